"""What a service may ask about an upload while it sends or looks."""

from __future__ import annotations

from pathlib import Path

from fakes import EPOCH, World
from testferry.cache import Cache
from testferry.engine.actions import Policy
from testferry.engine.book import NO_SERVICE_CLOCK, Ledger, ServiceClock
from testferry.engine.queues import Queues
from testferry.submission import Kind, State, Submission

DATE = "Fri, 15 Jan 2027 08:00:00 GMT"  # EPOCH


def test_the_services_clock_is_its_last_date_and_the_seconds_since() -> None:
    clock = ServiceClock()
    assert clock.at(50.0) is None
    clock.heed({"date": DATE}, 10.0)
    assert clock.at(30.0) == EPOCH + 20.0 - 3.0


def test_an_answer_without_a_date_that_can_be_read_tells_no_time() -> None:
    clock = ServiceClock()
    clock.heed({"date": DATE}, 10.0)
    clock.heed({"date": "yesterday"}, 99.0)
    clock.heed({}, 99.0)
    assert clock.at(10.0) == EPOCH - 3.0


def ledger(tmp_path: Path, *rows: Submission) -> Ledger:
    world = World(tmp_path, ["a"])
    world.plan()
    queues = Queues(rows, Policy(lanes=True), 0.0)
    return Ledger(world.open(), queues, Cache(), lambda: 1000.0)


def test_where_nobody_told_the_time_a_day_is_looked_back(tmp_path: Path) -> None:
    row = Submission(1, Kind.OPEN, "run", left_at=500_000.0)
    book = ledger(tmp_path)
    with book.journal:
        assert book.service_time(row) == 500_000.0 - NO_SERVICE_CLOCK
        row.there_at = 123.0
        assert book.service_time(row) == 123.0


def test_a_key_is_as_old_as_its_first_sending(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    with book.journal:
        assert book.key_age(Submission(1, Kind.BATCH, "b")) == 0.0
        assert book.key_age(Submission(1, Kind.BATCH, "b", left_at=990.0)) == 10.0
        assert book.key_age(Submission(1, Kind.BATCH, "b", left_at=990.0, key_at=400.0)) == 600.0
        assert book.key_age(Submission(1, Kind.BATCH, "b", left_at=2000.0)) == 0.0


def test_time_since_it_left_is_the_services_own(tmp_path: Path) -> None:
    """Ours may be wrong, and counts only where the service never told its time."""
    book = ledger(tmp_path)
    row = Submission(1, Kind.BATCH, "b", left_at=990.0, there_at=5_000.0)
    with book.journal:
        assert book.since_left(row) == 10.0
        book.clock.heed({"date": "Thu, 01 Jan 1970 01:30:00 GMT"}, 1.0)
        assert book.since_left(row) == 400.0
        row.there_at = None
        assert book.since_left(row) == 10.0


def test_the_lane_counts_what_is_known_to_be_in_it(tmp_path: Path) -> None:
    lane = Submission(1, Kind.LANE, "lane", State.SENT)
    there = Submission(2, Kind.BATCH, "b", State.SENT, count=3, lane=1)
    waits = Submission(3, Kind.BATCH, "b", count=2)
    book = ledger(tmp_path, lane, there, waits)
    with book.journal:
        assert book.lane(there) is lane
        assert (book.confirmed(1), book.confirmed(9), book.confirmed_items()) == (3, 0, 3)
        assert book.unsettled()


def test_ids_of_results_are_remembered_only_of_batches_that_arrived(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    told = {"results": {"C1": 11}}
    with book.journal:
        book.remember_results(Submission(1, Kind.BATCH, "b", State.PENDING, remote=told))
        assert book.results == {}
        book.remember_results(Submission(1, Kind.BATCH, "b", State.SENT, remote=told))
        assert book.results == {"C1": "11"}
