"""Attempts of one CI job: what an older one left unsent is not put on top of a newer one.

Who comes back to it by hand knows what he does; a cron job's ``resume`` does not, and would turn a
test that failed since green again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from testferry.errors import TestferryError, TryLater
from testferry.journal import Header, Journal, Store
from testferry.outcome import Stop
from testferry.submission import State

_UNSENT = (State.PENDING, State.SENDING, State.IN_DOUBT)
_RUN = ("run_id", "run_key")  # of a place: its run is there whoever comes first
_Test = tuple[str, str]  # name and suite


def overtaken(store: Store, journal: Journal) -> Stop:
    """Why an upload is better not carried on unasked: a later attempt of its job has results of the
    same tests, at the same place. An empty Stop if there is none.
    """
    header = journal.header
    if not header.job:
        return Stop()
    unsent = set(_tests(journal, *_UNSENT))
    for upload_id in store.changed_since(header.created):
        if upload_id == header.upload_id or not unsent:
            continue
        with (
            contextlib.suppress(TestferryError),  # nothing is known of it
            store.open(upload_id, write=False) as other,
        ):
            newer = _is_later(other.header, header) and _is_there(other, journal)
            if newer and not unsent.isdisjoint(_tests(other, State.SENT, *_UNSENT)):
                return _stop(header, other.header)
    return Stop()


def _is_later(other: Header, header: Header) -> bool:
    """Whether it is of a later attempt of the same job."""
    known = {header.attempt, *(attempt for attempt, *_ in header.carried_on)}
    if other.job != header.job or other.attempt in known:
        return False
    if header.number and other.number:
        return other.number > header.number
    return other.created > header.created


def _is_there(other: Journal, journal: Journal) -> bool:
    """Whether both go to the same place, and into the same run if there are runs."""
    place = journal.header.place
    if other.header.place != place:
        return False
    if any(place.get(name) for name in _RUN):
        return True
    run, _ = journal.run()
    there, _ = other.run()
    if run or there:
        return run == there
    return other.counts().accepted > 0  # it has none: a service without runs


def _tests(journal: Journal, *states: State) -> Iterator[_Test]:
    for result in journal.listed(*states):
        yield result.name, result.suite


def _stop(header: Header, later: Header) -> Stop:
    attempt = "a later attempt"
    if later.number:
        attempt = f"attempt {later.number}"
    upload_id = header.upload_id
    return Stop(
        TryLater.exit_code,
        f"{attempt} of this job was uploaded since: what is left here is older than its results",
        f"`testferry resume {upload_id}` sends it all the same, `testferry uploads forget "
        f"{upload_id}` drops it",
    )
