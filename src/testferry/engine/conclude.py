"""The end of an upload, read from the journal: the truth is what is on disk."""

from __future__ import annotations

from testferry.engine.loop import Upload
from testferry.engine.verdict import Refused
from testferry.errors import TryLater
from testferry.journal import Header, Journal
from testferry.outcome import RUN_COMPLETED, RUN_CREATED, RUN_FOUND, Outcome, Run, Stop
from testferry.submission import Kind, State


def conclude(
    upload: Upload,
    stopped: Refused | None,
    outcome: Outcome,
) -> Outcome:
    """What is left to say, read from the journal: the truth is what is on disk."""
    outcome.figures.requests = upload.requests
    over_time = stopped is not None and stopped.exit_code == TryLater.exit_code
    if over_time and not upload.journal.unfinished():
        stopped = None  # its last answers came all the same
    if stopped is not None:
        outcome.stop = Stop(
            stopped.exit_code,
            stopped.reason,
            stopped.hint,
            stopped.outage,
            stopped.closed,
            stopped.needs,
        )
    summarise(upload.journal, outcome)
    if stopped is None and outcome.figures.results.pending:
        outcome.stop = _put_aside(upload.journal) or outcome.stop
    upload.journal.remember_stop(outcome.stop.reason, closed=outcome.stop.closed)
    return outcome


def _put_aside(journal: Journal) -> Stop | None:
    """Why results are left that nobody stopped: the words on a batch whose tries are used up."""
    for row in journal.submissions():
        if row.kind is Kind.BATCH and row.state is State.PENDING and row.reason:
            return Stop(TryLater.exit_code, row.reason)
    return None


def summarise(
    journal: Journal,
    outcome: Outcome,
    *,
    under_way: bool = False,
) -> Outcome:
    """What a journal says of its upload. ``under_way``: another process is at work on it, so that
    what is on its way is pending.
    """
    header = journal.header
    files, looks = journal.refused_behind()
    outcome.upload_id = header.upload_id
    outcome.target = header.target
    outcome.run = Run(*journal.run(), _name_of(header), run_alone(journal))
    outcome.reports = journal.reports()
    outcome.figures.tests = journal.tests()
    outcome.figures.results = journal.counts(under_way=under_way)
    outcome.figures.attachments_missing = len(files)
    outcome.figures.looks_refused = len(looks)
    outcome.named.failed_tests = journal.failed_tests()
    told = [State.REJECTED, State.IN_DOUBT]
    if not under_way:
        told.append(State.SENDING)
    outcome.named.refused = [
        *journal.listed(*told),
        *files,
        *looks,
    ]
    outcome.unfinished = journal.unfinished()
    return outcome


def run_alone(journal: Journal) -> str:
    """What a journal without a result makes of its run; empty if it sends results."""
    if journal.counts().total:
        return ""
    if any(row.kind is Kind.CLOSE for row in journal.submissions()):
        return RUN_COMPLETED
    if journal.header.options.get("finding"):
        return RUN_FOUND
    return RUN_CREATED


def _name_of(header: Header) -> str:
    """What the run is called; empty if the service has no runs, or it was given by its id."""
    if header.options.get("run_id"):
        return ""
    return str(header.options.get("name") or header.options.get("title") or "")
