"""A service that is down is found down once, and asked again at growing intervals."""

from __future__ import annotations

import pytest

from testferry.engine.outage import INTERVALS, Outage


def down(*times: float, patience: float = 120.0) -> Outage:
    seen = Outage(patience)
    for now in times:
        seen.failed(now, 0.0, "no connection")
    return seen


def test_one_failure_is_no_outage() -> None:
    assert not down(0.0).found
    assert not down(0.0, 1.0).found
    assert down(0.0, 1.0, 2.0).found


def test_any_answer_ends_it() -> None:
    seen = down(0.0, 1.0, 2.0)
    seen.answered()
    assert not seen.found
    seen.failed(3.0, 0.0, "no connection")
    assert not seen.found


def test_probes_come_at_growing_intervals() -> None:
    seen, now, waited = down(0.0, 0.0, 0.0), 0.0, []
    for _ in range(8):
        waited.append(seen.next_probe - now)
        now = seen.next_probe
        seen.failed(now, 0.0, "no connection")
    assert waited == [*INTERVALS, INTERVALS[-1], INTERVALS[-1]]


def test_requests_that_were_out_together_are_one_failure() -> None:
    seen = down(0.0, 0.0, 0.0, 0.0, 0.0)
    assert seen.next_probe == INTERVALS[0]


def test_a_wait_that_the_answer_names_is_kept() -> None:
    seen = down(0.0, 0.0)
    seen.failed(0.0, 40.0, "503")
    assert seen.next_probe == 40.0


def test_what_time_will_not_mend_is_asked_once_more_by_one_probe() -> None:
    seen = Outage()
    for now in (0.0, 0.1, 0.2):
        seen.failed(now, 0.0, "no such host", "check --url")
        assert seen.found, "nobody else needs to try"
        assert not seen.certain, "they were out together"
    assert seen.next_probe == INTERVALS[0]
    seen.failed(1.0, 0.0, "no such host", "check --url")
    assert seen.certain


def test_another_trouble_or_an_answer_between_them_makes_it_uncertain_again() -> None:
    for between in (Outage.answered, lambda seen: seen.failed(1.0, 0.0, "no connection")):
        seen = Outage()
        seen.failed(0.0, 0.0, "no such host", "check --url")
        between(seen)
        seen.failed(9.0, 0.0, "no such host", "check --url")
        assert not seen.certain


@pytest.mark.parametrize(("now", "over"), [(119.0, False), (120.0, True)])
def test_patience_ends(now: float, over: bool) -> None:
    assert down(0.0, 1.0, 2.0).over(now) is over
    assert not down(0.0).over(1000.0), "one failure is no outage"
    assert not down(0.0, 1.0, 2.0, patience=float("inf")).over(1e9)
