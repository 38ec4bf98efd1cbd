"""What can go wrong in the pure domain, as a tree.

    WorkflowError
    ├── WrongProcedure   a definition does not hold: unreachable state, dead end, missing text ...
    ├── WrongEvent       the gateway handed in what no procedure of ours knows: a broken promise
    ├── WrongPolicy      a setting of a procedure does not exist or has a value that it can not have
    └── MissingText      a wording file lacks a key, or a text asks for a value that was not given

A refusal is none of these: a domain "no" is a value (`Step.refused`).
"""

from __future__ import annotations


class WorkflowError(Exception):
    """The root of the tree."""


class WrongProcedure(WorkflowError):
    """A procedure's definition does not hold; raised when it is imported. Lists all faults."""


class WrongEvent(WorkflowError):
    """An event that the procedure does not know, or one with the wrong kind of body."""


class WrongPolicy(WorkflowError):
    """A setting of a procedure does not exist, or has a value that it can not have."""


class MissingText(WorkflowError):
    """A text is missing in a language, or needs a value that was not given."""
