"""One run for many jobs: found by the key that is written into it, or made, once.

Whoever looks and finds nothing makes a run that carries the key, and looks again until the service
shows it. What shows our run shows every run that was there before it, so all agree on the lowest
id; whoever made another one closes it, empty, and says so. Nothing is deleted. The conversation can
be begun again at any point: it looks first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

from testferry.engine.step import Looking, Reply, Request, Sending
from testferry.engine.verdict import (
    Accepted,
    CannotTell,
    Deferred,
    InDoubt,
    NotThere,
    Refused,
    Rejected,
    Verdict,
)
from testferry.submission import Submission

# Seconds before each look for a run that was made: what a service lists may lag behind.
LOOKS = (1.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
GOOD_FOR = 30 * 86400.0  # seconds: runs that are older are not looked through
_LATE = "use another --run-key, or leave it out: these results get a run of their own then"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A run that carries the key, as the service shows it."""

    id: str
    completed: bool = False
    # it holds no result
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, as a target keeps it."""

    key: str
    # The run's id, if another process has told it; it is looked at before it is believed.
    known: str = ""
    # Seconds for which nothing is made: other jobs, which began at the same moment, may be first.
    wait: float = 0.0
    make: bool = True
    # It is to be filled: one that is complete is of no use.
    fill: bool = True

    @classmethod
    def of(
        cls,
        key: str,
        said: Mapping[str, object],
    ) -> Wanted:
        """Read what stands in the options of a target."""
        wait = said.get("wait", 0.0)
        if not isinstance(wait, int | float):
            wait = 0.0
        return cls(
            key,
            str(said.get("known", "")),
            float(wait),
            said.get("make", True) is True,
            said.get("fill", True) is True,
        )


class Unread(Exception):
    """What the service has cannot be read; ``verdict`` says why."""

    def __init__(
        self,
        verdict: Verdict,
    ) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


Reading = Generator[Request, Reply, list[Carrier]]


@dataclass(frozen=True, slots=True)
class Ways:
    """How a service is asked. Every one of them raises Unread."""

    # the runs that carry the key, so many seconds from now
    carriers: Callable[[float], Reading]
    # one run, if it carries the key
    recall: Callable[[str], Reading]
    make: Callable[[], Sending]
    close: Callable[[str], Sending]


def one_run(
    submission: Submission,
    wanted: Wanted,
    ways: Ways,
) -> Sending:
    """Find the one run, or make it; what it is called, and which others were closed."""
    try:
        found = yield from _found_or_made(
            submission,
            wanted,
            ways,
        )
    except Unread as stop:
        return _later(stop.verdict)
    if not isinstance(found, list):
        return found
    if not found:
        words = f"no run carries the key {wanted.key!r}"
        return Refused(words, hint="check --run-key, the project and --url")
    run = first(found)
    if run.completed and wanted.fill:
        words = f"run {run.id} of the key {wanted.key!r} is complete: it takes no more results"
        return Refused(words, hint=_LATE, closed=True)
    extra = []
    if _tried(submission):
        extra = [other for other in found if other is not run and other.empty]
    for other in extra:
        verdict = yield from _closed(other, ways)
        if not isinstance(verdict, Accepted):
            return verdict
    return Accepted({"id": run.id, "extra": [other.id for other in extra]})


def find_carrier(carriers: Reading, where: str) -> Looking:
    """A run that carries the key is all that is wanted, whoever made it: it is looked for again,
    and whose it is told by the service's order. ``where`` names the runs that are listed.
    """
    try:
        found = yield from carriers
    except Unread as stop:
        return CannotTell(f"{where} cannot be listed: {stop.verdict.reason}")
    return NotThere(retry_at_once=bool(found))


def cure_of_gone(run_id: str, run_key: str) -> str:
    """What to do where the run is there no more: only who named it has named a wrong one."""
    if run_key:
        return "once this upload is forgotten, the same command finds or makes another run"
    if run_id:
        return "check --run-id and --url: there is no such run, or none any more"
    return "the run that was made for it is gone: once forgotten, the same command makes a new one"


def place_of_job(
    key: str,
    build: Mapping[str, str],
) -> dict[str, object]:
    """What tells the uploads of a run's jobs apart: equal reports of two jobs are two uploads."""
    return {"run_key": key, "job": build.get("job", ""), "shard": build.get("shard", "")}


def first(carriers: list[Carrier]) -> Carrier:
    """The run that all jobs agree on."""
    return min(carriers, key=lambda run: (len(run.id), run.id))


def _found_or_made(
    submission: Submission,
    wanted: Wanted,
    ways: Ways,
) -> Generator[Request, Reply, list[Carrier] | Verdict]:
    made = str(submission.remote.get("made", ""))
    if made:
        return (yield from _until_shown(ways, made))
    if wanted.known and (known := (yield from ways.recall(wanted.known))):
        return known
    found = yield from ways.carriers(0.0)
    if found or not wanted.make:
        return found
    if wanted.wait:
        found = yield from ways.carriers(wanted.wait)
        if found:
            return found
    submission.remote = {**submission.remote, "tried": True}
    verdict = yield from ways.make()
    if not isinstance(verdict, Accepted):
        return verdict
    made = str(verdict.remote["id"])
    submission.remote = {**submission.remote, "made": made}
    return (yield from _until_shown(ways, made))


def _until_shown(
    ways: Ways,
    made: str,
) -> Generator[Request, Reply, list[Carrier] | Verdict]:
    """The runs, when the service shows the one that was made: then it shows all before it too."""
    for wait in LOOKS:
        found = yield from ways.carriers(wait)
        if any(run.id == made for run in found):
            return found
    words = f"run {made} was made, and the service does not show it"
    return Deferred(words, LOOKS[-1], exhausted=True)


def _tried(submission: Submission) -> bool:
    """Whether this upload may have made a run that nobody needs."""
    return submission.applied or bool(submission.remote.get("tried"))


def _closed(
    run: Carrier,
    ways: Ways,
) -> Sending:
    """An empty run that nobody fills; one that cannot be closed is left as it is."""
    if run.completed:
        return Accepted()
    verdict = yield from ways.close(run.id)
    if isinstance(verdict, Rejected | Refused):
        return Accepted()
    return verdict


def _later(verdict: Verdict) -> Verdict:
    """Nothing hangs on a list that cannot be read now: the conversation is begun again."""
    if isinstance(verdict, InDoubt):
        wait = max(1.0, verdict.wait)
        return Deferred(
            verdict.reason,
            wait,
            exhausted=verdict.exhausted,
            down=verdict.down,
        )
    if isinstance(verdict, Rejected):
        return Refused(f"the runs cannot be listed: {verdict.reason}")
    return verdict
