"""One run for many jobs, whatever the interleaving, the lost answers and the lag of lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testferry.engine.step import Reply, Request
from testferry.engine.verdict import Accepted, Deferred, InDoubt, Refused, Rejected
from testferry.services.runkey import (
    LOOKS,
    Carrier,
    Unread,
    Wanted,
    Ways,
    cure_of_gone,
    one_run,
)
from testferry.submission import Kind, Submission


@dataclass
class Service:
    """Runs that carry one key. A list shows, in order, all but the last ``behind`` of them."""

    completed: list[bool] = field(default_factory=list)
    behind: int = 0
    filled: set[str] = field(default_factory=set)

    def shown(self) -> list[Carrier]:
        last = len(self.completed) - self.behind
        return [
            Carrier(str(9 + at), done, str(9 + at) not in self.filled)
            for at, done in enumerate(self.completed[:last])
        ]

    def make(self) -> str:
        self.completed.append(False)
        return str(8 + len(self.completed))

    def close(self, run: str) -> None:
        self.completed[int(run) - 9] = True


class Job:
    """One job's conversation, a request at a time; it is begun again as the engine would."""

    def __init__(self, service: Service, *, make: bool = True, fill: bool = True) -> None:
        self.service = service
        self.row = Submission(1, Kind.OPEN, "run")
        self.wanted = Wanted("k", make=make, fill=fill)
        self.verdict: Any = None
        self.restarts = 0
        self._begin()

    def _begin(self) -> None:
        ways = Ways(self._carriers, self._recall, self._make, self._close)
        self._steps = one_run(self.row, self.wanted, ways)
        self._request: Request | None = next(self._steps)

    @property
    def ended(self) -> bool:
        return self.verdict is not None

    def step(self, *, lost: bool = False) -> None:
        """The request that is out is applied; its answer may be lost."""
        assert self._request is not None
        reply = self._applied(self._request)
        if lost:
            reply = Reply(InDoubt("lost"))
        try:
            self._request = self._steps.send(reply)
        except StopIteration as end:
            self._ended(end.value)

    def _applied(self, request: Request) -> Reply:
        document: Any = None
        if request.path == "make":
            document = self.service.make()
        elif request.path.startswith("close"):
            self.service.close(request.path.split()[1])
        else:
            document = self.service.shown()
        self._said = document
        return Reply(Accepted())

    def _ended(self, verdict: Any) -> None:
        if not isinstance(verdict, InDoubt | Deferred):
            self.verdict = verdict
            return
        self.restarts += 1
        self.row.applied = self.row.applied or isinstance(verdict, InDoubt)
        self._begin()

    def _carriers(self, after: float) -> Any:
        reply = yield Request("GET", "list", after=after)
        if not reply.accepted:
            raise Unread(reply.verdict)
        return self._said

    def _recall(self, run: str) -> Any:
        reply = yield Request("GET", "list")
        return [each for each in self._said if reply.accepted and each.id == run]

    def _make(self) -> Any:
        reply = yield Request("POST", "make")
        return Accepted({"id": self._said}) if reply.accepted else reply.verdict

    def _close(self, run: str) -> Any:
        reply = yield Request("POST", f"close {run}")
        return reply.verdict


@given(st.data(), st.integers(2, 6))
def test_all_jobs_agree_on_one_run_and_what_else_was_made_is_closed(
    data: st.DataObject, count: int
) -> None:
    service = Service()
    jobs = [Job(service) for _ in range(count)]
    lost = 4
    for _ in range(400):
        open_jobs = [job for job in jobs if not job.ended]
        if not open_jobs:
            break
        job = data.draw(st.sampled_from(open_jobs))
        loses = lost > 0 and data.draw(st.booleans())
        lost -= loses
        service.behind = data.draw(st.integers(0, min(2, len(service.completed))))
        if lost == 0 and job.restarts > 3:
            service.behind = 0
        job.step(lost=loses)
    assert {job.verdict.remote["id"] for job in jobs if isinstance(job.verdict, Accepted)} == {"9"}
    assert not any(isinstance(job.verdict, Refused) for job in jobs)
    assert service.completed[0] is False, "the one that is filled is open"


@given(st.permutations([0, 0, 0, 1, 1, 1, 2, 2, 2]))
def test_the_losers_runs_are_closed_and_named(order: list[int]) -> None:
    service = Service()
    jobs = [Job(service) for _ in range(3)]
    for at in order:
        if not jobs[at].ended:
            jobs[at].step()
    for job in jobs:
        while not job.ended:
            job.step()
    assert service.completed == [False, *[True] * (len(service.completed) - 1)]
    named = {run for job in jobs for run in job.verdict.remote["extra"]}
    assert named == {str(9 + at) for at in range(1, len(service.completed))}


def test_one_that_holds_results_is_left_open() -> None:
    service = Service([False, False], filled={"10"})
    job = Job(service)
    job.row.applied = True
    job.step()
    assert job.verdict.remote == {"id": "9", "extra": []}
    assert service.completed == [False, False]


def test_who_made_nothing_closes_nothing() -> None:
    service = Service([False, False])
    job = Job(service)
    job.step()
    assert job.verdict.remote == {"id": "9", "extra": []}


def test_a_complete_run_takes_no_more_but_can_be_found_to_be_ended() -> None:
    late, ending = Job(Service([True])), Job(Service([True]), make=False, fill=False)
    late.step()
    ending.step()
    assert isinstance(late.verdict, Refused)
    assert late.verdict.closed
    assert "--run-key" in late.verdict.hint
    assert ending.verdict.remote["id"] == "9"


def test_nothing_is_made_where_one_is_only_to_be_found() -> None:
    service = Service()
    job = Job(service, make=False)
    job.step()
    assert isinstance(job.verdict, Refused)
    assert service.completed == []


def test_a_run_that_is_never_shown_is_put_aside_and_not_made_again() -> None:
    service = Service()
    job = Job(service)
    job.step()
    job.step()
    service.behind = 1
    for _ in LOOKS:
        job.step()
    assert job.restarts == 1
    service.behind = 0
    job.step()
    assert job.verdict.remote["id"] == "9"
    assert len(service.completed) == 1


def test_what_is_known_is_looked_at_before_it_is_believed() -> None:
    service = Service([False, False])
    job = Job(service)
    job.wanted = Wanted("k", known="77")
    job._begin()
    job.step()
    assert not job.ended, "it is not there: the list is asked"
    job.step()
    assert job.verdict.remote["id"] == "9"


@pytest.mark.parametrize("refusal", [Rejected("no"), Refused("gone")])
def test_an_extra_run_that_cannot_be_closed_does_not_stop_the_upload(refusal: Any) -> None:
    service = Service([False, False])
    job = Job(service)
    job.row.applied = True
    close: Callable[[str], Any] = job._close

    def refused(run: str) -> Any:
        yield from close(run)
        return refusal

    job._close = refused  # type: ignore[method-assign]
    job._begin()
    job.step()
    job.step()
    assert job.verdict.remote["id"] == "9"


def test_lists_that_are_refused_end_it() -> None:
    job = Job(Service())
    with pytest.raises(StopIteration) as end:
        job._steps.send(Reply(Rejected("no such page")))
    assert isinstance(end.value.value, Refused)


def test_what_stands_in_a_journal_is_read_again() -> None:
    said = {"known": "7", "wait": 1.5, "make": False, "fill": False}
    assert Wanted.of("k", said) == Wanted("k", "7", 1.5, make=False, fill=False)
    assert Wanted.of("k", {}) == Wanted("k")


def test_a_run_that_is_gone_is_a_wrong_id_only_where_an_id_was_given() -> None:
    assert "--run-id" in cure_of_gone("7", "")
    assert "finds or makes another" in cure_of_gone("7", "k")
    assert "the same command makes a new one" in cure_of_gone("", "")
