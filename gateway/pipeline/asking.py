"""What a refusal may ask back: a procedure does not know which facilities there are, we do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.pipeline.decisions import Desk
from parsers.problems import Problem
from parsers.suggestions import nearest
from workflows.engine import Step


def ask_about_facility(step: Step, body: Any, desk: Desk) -> Step:
    """Ask in a refusal about the facility that an unknown one nearly is, by key or by name."""
    if all(problem.code != "facility.unknown" for problem in step.refused):
        return step
    known = [one for one in desk.directory.facilities.values() if not one.retired]
    keys = {one.name: one.key for one in known} | {one.key: one.key for one in known}
    asking = tuple(_asking(problem, body, keys) for problem in step.refused)
    return replace(step, refused=asking)


def _asking(problem: Problem, body: Any, keys: dict[str, str]) -> Problem:
    if problem.code != "facility.unknown":
        return problem
    meant = nearest(str(getattr(body, problem.path, "")), keys)
    if meant is None:
        return problem
    return replace(problem, params={**problem.params, "suggestion": keys[meant]})
