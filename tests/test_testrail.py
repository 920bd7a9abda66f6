"""TestRail's own rules: which case a test has, what a result looks like, what is read and how."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import NoBook, looking, sending
from testferry.engine.batching import Limits
from testferry.engine.step import Reply, Request
from testferry.engine.verdict import (
    Accepted,
    CannotTell,
    Deferred,
    InDoubt,
    NotThere,
    PartlyThere,
    Refused,
    Rejected,
    There,
)
from testferry.journal.results import result_of
from testferry.model import Detail, Result, Status
from testferry.services.testrail import settle as settling
from testferry.services.testrail.item import (
    entries,
    entry,
    of_case,
    outcome,
    seconds,
    span,
    typed,
)
from testferry.services.testrail.match import (
    Case,
    Cases,
    automation_id,
    ids_of,
    match,
    plain,
    title_of,
)
from testferry.services.testrail.plan import Wish, case_of, place_of, plan, resolved, rows
from testferry.services.testrail.read import Catalogue, Stopped, by_id_or_name, page_of, refreshed
from testferry.services.testrail.target import Testrail
from testferry.submission import Items, Kind, Label, Submission

LABEL = Label("t", "c", "failed")
STATUSES = {"passed": 1, "failed": 5, "error": 5, "skipped": 4}


def neutral(name: str, **more: Any) -> Result:
    document = {"name": name, "status": "passed", **more}
    return result_of(json.dumps(document).encode())


def answer(steps: Any, *documents: Any) -> Any:
    """What a generator returns when the service answers so; a number is a refusal with this
    status.
    """
    try:
        next(steps)
        for document in documents:
            if isinstance(document, int):
                steps.send(Reply(Rejected("no"), document, {}, b"", "no"))
            else:
                steps.send(Reply(Accepted(), 200, {}, json.dumps(document).encode()))
    except StopIteration as end:
        return end.value
    raise AssertionError("asks for more")


# --- matching


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("[C123] logs in", (123,)),
        ("logs in [C1, C2]", (1, 2)),
        ("C7_logs_in", (7,)),
        ("C1_C2_both", (1, 2)),
        ("[C1, C1]", (1,)),
        ("sort [1, 2, 3] ascending", ()),
        ("login [chrome, 123]", ()),
        ("test c3 po works", ()),
        ("test_c14_dating", ()),
        ("covid c19 form", ()),
        ("C123 x", (123,)),
        ("x C123", (123,)),
        ("ABC1_x", ()),
    ],
)
def test_ids_in_names_are_strict(name: str, ids: tuple[int, ...]) -> None:
    assert ids_of(neutral(name)) == ids


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("C123, C456", (123, 456)),
        ("5", (5,)),
        ("c9", (9,)),
        ("nonsense", ()),
        ("C1, x", ()),
        ("", ()),
    ],
)
def test_ids_of_the_property(value: str, ids: tuple[int, ...]) -> None:
    assert ids_of(neutral("t", properties=[["test_id", value]])) == ids


def test_automation_ids() -> None:
    assert automation_id(neutral("t", classname="a.B")) == "a.B.t"
    assert automation_id(neutral("t")) == "t"
    assert (
        automation_id(
            neutral("t", properties=[["testrail_case_field", "custom_automation_id: mine"]])
        )
        == "mine"
    )
    long = automation_id(neutral("x" * 300, classname="a"))
    assert len(long) == 250
    assert long != automation_id(neutral("x" * 301, classname="a")), "cut ones stay apart"
    assert plain("<p>a.B.t[&quot;x&quot;]</p>") == 'a.B.t["x"]'


def test_titles_are_found_in_the_right_section() -> None:
    cases = Cases("name")
    for number, title, section in ((1, "adds", 10), (2, "adds", 20), (3, "x" * 249 + "…", 10)):
        cases.add(Case(number, title, section))
    sections = {10: "Cart", 20: "Admin"}
    assert match(neutral("adds", suite=["Shop", "Cart"]), cases, sections).cases == (1,)
    assert match(neutral("adds", classname="Admin"), cases, sections).cases == (2,)
    ambiguous = match(neutral("adds"), cases, sections)
    assert not ambiguous.cases
    assert not ambiguous.missing, "no third one is made"
    assert ambiguous.reason == "2 cases have the title 'adds': C1, C2"
    assert match(neutral("x" * 300), cases, sections).cases == (3,)
    assert title_of("a" * 250) == "a" * 250


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
        listed = list(rows(made, None, STATUSES, Wish(create_missing=create), Limits(7, 10_000)))
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


# --- results


def test_a_result_as_trcli_would_send_it() -> None:
    test = neutral(
        "t",
        status="failed",
        elapsed=2.4,
        details=[
            {
                "kind": "failure",
                "message": "assert 1 == 2",
                "type": "AssertionError",
                "text": "Traceback",
            }
        ],
        properties=[
            ["testrail_result_comment", "Build 991"],
            ["testrail_result_field", "custom_env:qa"],
            ["testrail_result_field", "custom_list:['a', 'b']"],
            ["testrail_result_field", "nonsense"],
            ["testrail_result_step", "passed:Go home"],
            ["testrail_result_step", "failed:Log in"],
            ["testrail_result_step", "no status"],
        ],
    )
    made = entry(7, outcome(test, LABEL, {"version": "1.2"}), STATUSES)
    assert made == {
        "case_id": 7,
        "status_id": 5,
        "comment": "Build 991\n\nType: AssertionError\nMessage: assert 1 == 2\nText: Traceback",
        "elapsed": "2s",
        "version": "1.2",
        "custom_env": "qa",
        "custom_list": ["a", "b"],
        "custom_step_results": [
            {"content": "Go home", "status_id": 1},
            {"content": "Log in", "status_id": 5},
            {"content": "no status", "status_id": 3},
        ],
    }


@pytest.mark.parametrize(
    ("elapsed", "said"),
    [(None, ""), (0.0, ""), (0.001, "1s"), (0.9, "1s"), (1.4, "1s"), (75.0, "75s")],
)
def test_elapsed_is_whole_seconds_and_never_none_of_them(elapsed: float | None, said: str) -> None:
    assert span(elapsed) == said


def test_time_spans_are_understood_however_they_are_shown() -> None:
    assert [seconds(text) for text in ("75s", "1m 15s", "1h 2m", "", None, "2d")] == [
        75,
        75,
        3720,
        0,
        0,
        8 * 3600,
    ]


def test_values_are_never_evaluated() -> None:
    assert typed("__import__('os')") == "__import__('os')"
    assert typed("[1, 2]") == [1, 2]
    assert typed("[not json") == "[not json"
    assert typed("[oops]") == "[oops]"


def test_a_comment_keeps_head_and_tail() -> None:
    test = neutral("t", details=[{"kind": "failure", "text": "a" * 20_000 + "END"}])
    comment = outcome(test, LABEL, {}).comment
    assert len(comment) <= 10_000
    assert comment.startswith("Text: aaa")
    assert comment.endswith("END")


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


# --- reading


def test_a_bare_array_is_a_server_without_pages() -> None:
    assert answer(page_of("get_cases/1", "cases", 0), [{"id": 1}]) == ([{"id": 1}], True)


def test_links_are_never_followed_as_given() -> None:
    steps = page_of("get_cases/1", "cases", 250, suite_id=2)
    request: Request = next(steps)
    assert request.target == "index.php?/api/v2/get_cases/1&suite_id=2&limit=250&offset=250"


@pytest.mark.parametrize("document", [{"cases": "no"}, "text", None, 3.5])
def test_an_answer_of_another_kind_is_told(document: Any) -> None:
    with pytest.raises(Stopped):
        answer(page_of("get_cases/1", "cases", 0), document)


def test_names_of_projects_and_suites() -> None:
    known = [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}, {"id": 3, "name": "B"}]
    assert by_id_or_name(known, "A", "project", "--project")["id"] == 1
    assert by_id_or_name(known, "3", "project", "--project")["id"] == 3
    for wanted, words in (
        ("B", "several projects are called 'B'"),
        ("C", "there is no project 'C'"),
    ):
        with pytest.raises(Stopped, match=words) as told:
            by_id_or_name(known, wanted, "project", "--project")
        assert isinstance(told.value.verdict, Refused)
        assert "A (1)" in told.value.verdict.hint


@pytest.mark.parametrize(
    "kept",
    [{}, {"cases": [1], "changed": 5}, {"cases": [[1]], "changed": 5}, {"cases": [], "changed": 5}],
)
def test_a_cache_that_is_not_ours_is_read_anew(kept: dict[str, Any]) -> None:
    steps = refreshed(1, None, "", kept)
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value is None


# --- verdicts


class Book(NoBook):
    """A run in which three results are known."""

    def __init__(self, others: int = 0) -> None:
        super().__init__()
        self._others = [Submission(9, Kind.BATCH, "results", count=others)] if others else []

    def confirmed_items(self) -> int:
        return 3

    def others_open(self, one: Submission) -> list[Submission]:
        return self._others


WIRE = (
    b'{"case_id":1,"status_id":1}',
    b'{"case_id":2,"status_id":5,"comment":"no","elapsed":"75s"}',
)
ITEMS = Items(WIRE, (Label("a", "s", "passed"), Label("b", "s", "failed")))
BATCH = Submission(5, Kind.BATCH, "results", count=2)


def sent(document: Any, status: int = 200, message: str = "") -> Any:
    steps = sending(Testrail(project="1"), BATCH, ITEMS, Book())
    next(steps)
    verdict = Accepted() if status == 200 else Rejected(message)
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(verdict, status, {}, json.dumps(document).encode(), message))
    return end.value.value


def test_as_many_results_as_were_sent_or_doubt() -> None:
    assert sent([{"id": 70}, {"id": 71}]) == Accepted({"results": {"1": 70, "2": 71}})
    for odd in ([], [{"id": 70}], [1, 2, 3], {"id": 1}, None):
        assert isinstance(sent(odd), InDoubt), odd


def test_a_named_case_is_the_culprit() -> None:
    words = "Field :results contains one or more invalid results (case C2 unknown or not part of the test run)"
    assert sent({}, 400, words) == Rejected(words, (1,))
    assert sent({}, 400, "Field :custom_x is a required field.").alike
    assert not sent({}, 400, "Field :results contains one or more invalid results").alike


def looked(others: int, *documents: Any, run_id: str = "") -> Any:
    target = Testrail(project="1", run_id=run_id, user="me@example.com")
    return answer(looking(target, BATCH, lambda: ITEMS, Book(others)), *documents)


def run(passed: int, failed: int = 0, **more: int) -> dict[str, int]:
    return {"passed_count": passed, "failed_count": failed, "untested_count": 90, **more}


RESULTS = {
    "results": [
        {"id": 1, "test_id": 11, "status_id": 1},
        {"id": 2, "test_id": 12, "status_id": 5, "comment": "no\r\n", "elapsed": "1m 15s"},
    ]
}
TESTS = {"tests": [{"id": 11, "case_id": 1}, {"id": 12, "case_id": 2}]}
ME = {"id": 4}


def test_counters_tell_where_the_run_is_ours_alone() -> None:
    assert looked(0, run(3)) == NotThere()
    assert looked(0, run(4, 1)) == There()
    assert looked(2, run(5, 2)) == There(), "all of them"
    assert looked(0, run(3, custom_status1_count=2)) == There()


def test_what_counters_cannot_tell_results_do() -> None:
    found = There({"results": {"1": 1, "2": 2}})
    assert looked(2, run(5), ME, RESULTS, TESTS) == found
    assert looked(0, {"name": "an old server"}, ME, RESULTS, TESTS) == found
    assert looked(0, ME, RESULTS, TESTS, run_id="7") == found
    assert looked(0, 403, RESULTS, TESTS, run_id="7") == found, (
        "who may not ask for users looks through all"
    )
    assert looked(0, ME, {"results": RESULTS["results"][:1]}, TESTS, run_id="7") == PartlyThere(
        frozenset({0})
    )
    assert looked(0, ME, {"results": []}, run_id="7") == NotThere()
    assert (
        looked(0, ME, {"results": [{"id": 9, "test_id": 12, "status_id": 1}]}, TESTS, run_id="7")
        == NotThere()
    )
    assert isinstance(looked(0, 500), CannotTell)


def test_the_entry_of_a_plan() -> None:
    assert settling.run_of_entry({"id": "e", "runs": [{"id": 5}]}) == {"id": "5", "entry": "e"}
    assert settling.run_of_entry([]) == {}


def test_placeholders_are_only_where_a_case_stands() -> None:
    text = Result(
        "t", Status.FAILED, classname="c", details=(Detail("failure", 'says "case_id":@0'),)
    )
    wire = Testrail(project="1").item(text)
    catalogue = Catalogue(cases=Cases("auto"), automation_field="custom_automation_id")
    made = plan(
        iter([(text, wire, Label("t", "c", "failed"))]), catalogue, Wish(create_missing=True)
    )
    items = next(
        items for one, items in rows(made, None, STATUSES, Wish(), Limits(5, 5000)) if items
    )
    assert place_of(items.wire[0]) == "@0"
    (done,) = entries(resolved(items.wire[0], {"@0": "77"}) or b"")
    assert done["case_id"] == 77
    assert '"case_id":@0' in done["comment"]
    assert resolved(items.wire[0], {}) is None


def test_reading_again_does_no_harm() -> None:
    for name in ("match", "extend run"):
        steps = looking(
            Testrail(project="1"), Submission(1, Kind.OPEN, name), lambda: ITEMS, Book()
        )
        with pytest.raises(StopIteration) as end:
            next(steps)
        assert end.value.value == NotThere(retry_at_once=True)


def test_a_deferred_reading_is_handed_up() -> None:
    steps = sending(Testrail(project="1"), Submission(1, Kind.OPEN, "match"), Items((), ()), Book())
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(Deferred("409", 5.0), 409))
    assert end.value.value == Deferred("409", 5.0)


def test_a_list_that_lags_makes_no_result_be_sent_twice() -> None:
    """Others fill the run too: what is not shown is doubt first, then batches of its own."""

    class Sent(NoBook):
        def sent_items(self, lane: int | None) -> Iterator[bytes]:
            yield from WIRE

    shown = {"tests": [{"case_id": 1, "status_id": 1}, {"case_id": 2, "status_id": 3}]}
    all_shown = {"tests": [{"case_id": 1, "status_id": 1}, {"case_id": 2, "status_id": 5}]}
    target = Testrail(project="1", run_id="7")
    row = Submission(
        9, Kind.ATTACH, "last look at the run", body={"path": "the run", "test": "all"}
    )
    assert isinstance(answer(sending(target, row, Items((), ()), Sent()), shown), InDoubt)
    assert answer(looking(target, row, lambda: Items((), ()), Sent()), all_shown) == There()
    missing = answer(looking(target, row, lambda: Items((), ()), Sent()), shown)
    assert missing == NotThere(remote={"missing": ["2"]})
    row.remote = missing.remote
    done = answer(sending(target, row, Items((), ()), Sent()), shown)
    ((batch, items),) = done.rows
    assert (batch.name, items.wire, items.results) == ("results", WIRE[1:], 0)
    assert answer(sending(target, row, Items((), ()), Sent()), all_shown) == Accepted()
