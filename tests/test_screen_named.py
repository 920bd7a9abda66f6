"""Results by name: what is said of many is said once."""

from __future__ import annotations

from testferry.events import NamedResult
from testferry.screen.named import REASON, SHOWN, by_reason, grouped, in_a_list


def listed(results: list[NamedResult], *, every: bool = False) -> list[str]:
    return [line.plain for line in by_reason("Refused:", results, "more", every=every)]


def refused(number: int, reason: str = "The given data was invalid.") -> list[NamedResult]:
    return [NamedResult(f"t{at}", "s", reason) for at in range(number)]


def test_a_reason_that_many_share_stands_once_behind_the_first_names_and_their_number() -> None:
    assert listed(refused(18)) == [
        "Refused:",
        "  s › t0",
        "  s › t1",
        "  s › t2",
        "  … and 15 more, for the same reason:",
        "      The given data was invalid.",
    ]
    assert listed(refused(4)) == [
        "Refused:",
        *(f"  s › t{at}" for at in range(4)),
        "      The given data was invalid.",
    ]


def test_every_name_is_shown_on_demand_and_the_reason_still_once() -> None:
    lines = listed(refused(50), every=True)
    assert len(lines) == 52
    assert lines[-1] == "      The given data was invalid."


def test_reasons_that_differ_in_the_results_own_name_alone_are_one() -> None:
    results = [NamedResult(f"t{at}", "c", f"no case has the id 'c.t{at}'") for at in range(3)]
    assert listed(results) == [
        "Refused:",
        "  c › t0",
        "  c › t1",
        "  c › t2",
        "      no case has the id 'c.t0'; likewise the others",
    ]
    assert len(grouped([*results, NamedResult("x", "c", "no case has the id 'c.y'")])) == 2


def test_a_name_that_is_no_quotation_is_left_in_the_reason() -> None:
    assert len(grouped([NamedResult("a", "", "a b"), NamedResult("b", "", "a a")])) == 2


def test_a_long_list_of_different_reasons_is_cut_and_says_where_the_rest_is() -> None:
    results = [NamedResult(f"t{at}", "", f"no {at}") for at in range(SHOWN + 3)]
    lines = listed(results)
    assert lines[-1] == "  … and 3 more (more)"
    assert f"  t{SHOWN - 1}" in lines
    assert f"  t{SHOWN}" not in lines


def test_a_long_reason_is_cut() -> None:
    assert len(listed(refused(2, "x" * 1000))[-1]) == REASON + 6


def test_a_list_has_each_place_and_each_reason() -> None:
    failed = [NamedResult("t", "s", "assert 1 == 2\nmore", "a.py", 7), NamedResult("u", "", "")]
    lines = [line.plain for line in in_a_list("Failed:", [*failed, *failed], 2, "there")]
    assert lines == [
        "Failed:",
        "  s › t",
        "      a.py:7  assert 1 == 2",
        "  u",
        "  … and 2 more (there)",
    ]
