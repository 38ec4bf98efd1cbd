"""What the steps of one batch share: one transaction, one moment, one directory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.pipeline.answers import Answers
from gateway.pipeline.apply import Applier
from gateway.pipeline.casebook import Casebook
from gateway.pipeline.decisions import Desk
from gateway.store.mails import Before
from gateway.store.unit import Unit


@dataclass
class Batch:
    """What one batch works with."""

    unit: Unit
    desk: Desk
    casebook: Casebook
    applier: Applier
    answers: Answers
    now: datetime
    before: Before
