"""Finds the procedures' folders, and gives their messages to the parser.

Adding a folder under `workflows/procedures` adds a procedure; nothing else has to be touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from parsers.catalogue import Catalogue, MessageType
from parsers.leaves import Leaf, leaves_of
from workflows import procedures as folders
from workflows.definition import MessageRule, Procedure
from workflows.dialogue import SHARED_MESSAGES
from workflows.errors import WrongPolicy, WrongProcedure
from workflows.mistakes import instead, mistakes
from workflows.policy import Policy
from workflows.standing import STANDING
from workflows.wording import LANGUAGES, SEPARATOR, SHARED, Wording


def procedures(policy: Policy | None = None) -> Mapping[str, Procedure]:
    """Return all procedures by name, under a policy. Raises WrongProcedure, WrongPolicy."""
    wanted = policy or Policy()
    found = {p.name: p for p in _found()}
    for name in set(wanted.procedures) - set(found):
        raise WrongPolicy(f"policy.procedures.{name}: {instead(name, found)}")
    return MappingProxyType(
        {
            name: replace(p, policy=wanted, settings=_settings(p, wanted.procedures.get(name, {})))
            for name, p in found.items()
        }
    )


def _settings(procedure: Procedure, given: Mapping[str, Any]) -> BaseModel:
    model = type(procedure.settings)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = mistakes(error, model, unknown=f"is not a setting of {procedure.name}")
        place = f"policy.procedures.{procedure.name}"
        raise WrongPolicy("\n".join(f"{place}.{one.key}: {one.said}" for one in wrong)) from None


@cache
def _found() -> tuple[Procedure, ...]:
    made = []
    for folder in sorted(iter_modules(folders.__path__), key=lambda folder: folder.name):
        module = import_module(f"{folders.__name__}.{folder.name}.procedure")
        procedure = getattr(module, "PROCEDURE", None)
        if not isinstance(procedure, Procedure) or procedure.name != folder.name:
            raise WrongProcedure(f"{folder.name}: procedure.py has no PROCEDURE of that name")
        made.append(procedure)
    return tuple(made)


def catalogue(found: Mapping[str, Procedure] | Iterable[Procedure]) -> Catalogue:
    """Return the message types of procedures and of no case, with words. Raises WrongProcedure."""
    several = found.values() if isinstance(found, Mapping) else found
    types: dict[str, MessageType] = {}
    for procedure in several:
        for rule in procedure.messages:
            if rule.name in SHARED_MESSAGES:
                types[rule.name] = _message_type(rule, SHARED)
                continue
            if rule.name in {*types, *STANDING}:
                raise WrongProcedure(f"{procedure.name}: another procedure has {rule.name} too")
            types[rule.name] = _message_type(rule, procedure.wording)
    standing = [_message_type(rule, SHARED) for rule in STANDING.values()]
    return Catalogue((*types.values(), *standing))


def _message_type(rule: MessageRule, wording: Wording) -> MessageType:
    leaves = leaves_of(rule.model)
    return MessageType(
        name=rule.name,
        model=rule.model,
        forms=rule.forms,
        titles={lang: wording.text(f"message.{rule.name}.title", lang) for lang in LANGUAGES},
        labels={lang: _labels(leaves, wording, lang) for lang in LANGUAGES},
        help={lang: _texts(leaves, wording, "help", lang) for lang in LANGUAGES},
        choices={lang: _choices(leaves, wording, lang) for lang in LANGUAGES},
        aliases={
            lang: {
                path: text.split(SEPARATOR)
                for path, text in _texts(leaves, wording, "alias", lang).items()
            }
            for lang in LANGUAGES
        },
        needs_addressee=rule.needs_addressee,
    )


def _texts(leaves: tuple[Leaf, ...], wording: Wording, table: str, language: str) -> dict[str, str]:
    found = wording.under(table, language)
    return {leaf.path: found[leaf.path] for leaf in leaves if leaf.path in found}


def _labels(leaves: tuple[Leaf, ...], wording: Wording, language: str) -> dict[str, str]:
    """Name every field, and the groups that fields stand in: a whole group can be missing."""
    groups = wording.under("group", language)
    prefixes = {path for leaf in leaves for path in groups if leaf.path.startswith(f"{path}.")}
    named = {path: text for path, text in groups.items() if path in prefixes}
    return named | _texts(leaves, wording, "label", language)


def _choices(
    leaves: tuple[Leaf, ...], wording: Wording, language: str
) -> dict[str, dict[str, str]]:
    return {
        leaf.path: {
            choice: wording.text(f"choice.{leaf.path}.{choice}", language)
            for choice in leaf.choices
        }
        for leaf in leaves
        if leaf.choices
    }
