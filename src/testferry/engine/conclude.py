"""The end of an upload, read from the journal: the truth is what is on disk."""

from __future__ import annotations

from testferry.engine.loop import Upload
from testferry.engine.verdict import Refused
from testferry.events import Outcome
from testferry.journal import Journal
from testferry.submission import State


def conclude(upload: Upload, stopped: Refused | None, outcome: Outcome) -> Outcome:
    """What is left to say, read from the journal: the truth is what is on disk."""
    outcome.requests = upload.requests
    if stopped is not None:
        outcome.stop_code, outcome.stop_reason, outcome.hint = (
            stopped.exit_code,
            stopped.reason,
            stopped.hint,
        )
    upload.journal.remember_stop(outcome.stop_reason)
    return summarise(upload.journal, outcome)


def summarise(journal: Journal, outcome: Outcome) -> Outcome:
    """What a journal says of its upload."""
    header = journal.header
    outcome.upload_id, outcome.target, outcome.journal = (
        header.upload_id,
        header.target,
        str(journal.path),
    )
    outcome.run_id, outcome.run_url = journal.run()
    outcome.reports, outcome.tests = journal.reports(), journal.tests()
    outcome.results, outcome.failed_tests = journal.counts(), journal.failed_tests()
    missing = journal.attachments_missing()
    outcome.refused = [*journal.listed(State.REJECTED, State.IN_DOUBT, State.SENDING), *missing]
    outcome.attachments_missing = len(missing)
    outcome.unfinished = journal.unfinished()
    return outcome
