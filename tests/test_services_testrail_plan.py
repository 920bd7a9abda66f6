"""Every result is planned once, with its case, or with why it has none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rail import LABEL, STATUSES, neutral
from testferry.engine.batching import Limits
from testferry.model import Detail, Result, Status
from testferry.services.testrail.item import (
    entries,
    of_case,
    outcome,
)
from testferry.services.testrail.match import (
    Case,
    Cases,
)
from testferry.services.testrail.plan import case_of, place_of, plan, resolved, rows
from testferry.services.testrail.read import Catalogue
from testferry.services.testrail.target import Testrail
from testferry.services.testrail.wish import Wish
from testferry.submission import Kind, Label


@given(st.lists(st.integers(0, 300), max_size=60), st.sampled_from(["auto", "name"]))
def test_every_result_is_planned_once(names: list[int], mode: str) -> None:
    """Whatever tests there are: each is in one item or unmatched, and the weights add up."""
    catalogue = Catalogue(cases=Cases(mode), automation_field="custom_automation_id")
    for number in range(200):
        catalogue.cases.add(
            Case(1000 + number, f"c.t{number}" if mode == "auto" else f"t{number}", 1)
        )
    tests = [
        (neutral(f"t{number}", classname="c"), b"{}", Label(f"t{number}", "c", "passed"))
        for number in names
    ]
    for create in (False, True):
        made = plan(iter(tests), catalogue, Wish(create_missing=create))
        listed = list(rows(made, (), STATUSES, Wish(create_missing=create), Limits(7, 10_000)))
        counted = sum(items.results for one, items in listed if items is not None)
        assert counted == len(names)
        cases = [
            case_of(resolved(wire, {place_of(wire): "1"}) or b"")
            for one, items in listed
            if items and one.name == "results"
            for wire in items.wire
        ]
        assert len(cases) == len(made.cases), "never one case in two items"
        unmatched = sum(
            len(items.wire) for one, items in listed if items and one.name == "unmatched"
        )
        assert unmatched == (0 if create else sum(number >= 200 for number in names))
        assert len(made.creations) == (
            len({number for number in names if number >= 200}) if create else 0
        )


def test_entries_by_attempts() -> None:
    tries = [
        outcome(neutral("t", status=status, classname="c"), LABEL, {})
        for status in ("failed", "error", "passed")
    ]
    assert [one.status for one in of_case(tries, "last")] == [Status.PASSED]
    assert [one.status for one in of_case(tries, "worst")] == [Status.ERROR]
    assert [one.status for one in of_case(tries, "all")] == [
        Status.FAILED,
        Status.ERROR,
        Status.PASSED,
    ]


def test_placeholders_are_only_where_a_case_stands() -> None:
    text = Result(
        "t", Status.FAILED, classname="c", details=(Detail("failure", 'says "case_id":@0'),)
    )
    wire = Testrail(project="1").item(text)
    catalogue = Catalogue(cases=Cases("auto"), automation_field="custom_automation_id")
    made = plan(
        iter([(text, wire, Label("t", "c", "failed"))]), catalogue, Wish(create_missing=True)
    )
    items = next(items for one, items in rows(made, (), STATUSES, Wish(), Limits(5, 5000)) if items)
    assert place_of(items.wire[0]) == "@0"
    (done,) = entries(resolved(items.wire[0], {"@0": "77"}) or b"")
    assert done["case_id"] == 77
    assert '"case_id":@0' in done["comment"]
    assert resolved(items.wire[0], {}) is None


def test_what_tests_of_a_case_name_is_added_once_and_only_what_is_asked_for() -> None:
    catalogue = Catalogue(cases=Cases("name"))
    catalogue.cases.add(Case(7, "t", 1))
    said = (["refs", "A-1"], ["labels", "slow"])
    tests = [
        (neutral("t", properties=[*said, ["refs", more]]), b"{}", LABEL) for more in ("B-1", "A-1")
    ]
    known = {"slow": 3}
    for wish, bodies in (
        (Wish(update_refs=True), [{"case": 7, "refs": ["A-1", "B-1"]}]),
        (Wish(update_labels=True, labels=known), [{"case": 7, "labels": [3]}]),
        (Wish(), []),
    ):
        made = plan(iter(tests), catalogue, wish)
        listed = rows(made, (), STATUSES, wish, Limits(7, 10_000))
        assert [row.body for row, _ in listed if row.kind is Kind.ATTACH] == bodies
