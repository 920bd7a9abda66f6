"""What an upload leaves: was anything made, is anything not settled?"""

from __future__ import annotations

from testferry.engine.step import Steps, Target
from testferry.journal import Journal
from testferry.submission import Kind, State


def unsettled(journal: Journal) -> bool:
    """Whether something may have been applied, and nobody knows."""
    return any(row.unsettled for row in journal.submissions())


def came_to_nothing(journal: Journal, target: Target) -> bool:
    """Whether nothing was made and nothing may have been: there is nothing to resume, the options
    have to be others.
    """
    steps = Steps(target.steps())
    for row in journal.submissions():
        only_read = row.kind is Kind.OPEN and steps.of(row).plans
        if row.unsettled or (row.state is State.SENT and not only_read):
            return False
    return True
