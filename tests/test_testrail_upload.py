"""The promise on TestRail: one counter for the whole run, no key that makes a call idempotent, no
bulk call for cases.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import (
    DROPPED,
    FATES,
    FINE,
    LOST,
    UNSENT,
    Fate,
    RailWorld,
    named,
    on,
    once,
    scripted,
    to_its_end,
)
from testferry.dialects import Window
from testferry.model import Detail, Result, Status
from testferry.pace.limits import Rate
from testferry.services.testrail.emulator import FIELD
from testferry.services.testrail.emulator.state import Left


def world(folder: Path, count: int = 20, **more: Any) -> RailWorld:
    made = RailWorld(folder, [f"test_{at}" for at in range(count)], entries=named(count), **more)
    made.plan()
    return made


def test_everything_arrives_in_one_run_of_exactly_the_matched_cases(tmp_path: Path) -> None:
    it = world(tmp_path)
    it.service.make_case(1001, title="another")
    wire = it.wire()
    outcome = it.go(wire)
    assert (outcome.exit_code, outcome.results.accepted) == (0, 20)
    assert it.stored() == once(20)
    (run,) = it.service.runs.values()
    assert len(run.tests) == 20
    assert outcome.run_url == f"https://x/index.php?/runs/view/{run.id}"
    assert [operation for _, operation, _, _ in wire.requests] == ["read"] * 4 + ["run"] + [
        "append"
    ] * 4


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("operation", ["read", "run", "append", "section", "case"])
@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(LOST, id="answer-lost"),
        pytest.param(DROPPED, id="dropped"),
        pytest.param(UNSENT, id="unsent"),
        pytest.param(Fate(status=None, apply=12.0), id="applied-late"),
        pytest.param(Fate(status=500), id="500-applied"),
        pytest.param(Fate(status=500, apply=None), id="500-not-applied"),
        pytest.param(Fate(status=502, apply=20.0), id="502-applied-late"),
        pytest.param(Fate(status=503, apply=None, headers={"retry-after": "9"}), id="503"),
        pytest.param(Fate(status=409, apply=None), id="maintenance"),
        pytest.param(Fate(status=429, apply=None, headers={"retry-after": "7"}), id="429"),
        pytest.param(Fate(status=200, body=b"{", answer=0.1), id="cut-json"),
        pytest.param(Fate(status=200, body=b"[]"), id="fewer-than-sent"),
    ],
)
def test_one_fault_anywhere_costs_nothing(
    tmp_path: Path, operation: str, fate: Fate, create: bool
) -> None:
    it = world(tmp_path, options={"create_missing": create})
    outcome = it.go(
        it.wire(
            on(operation, FINE, fate)
            if operation in ("read", "case", "append")
            else on(operation, fate)
        )
    )
    if (
        operation == "read" and fate.status == 200
    ):  # nothing to go by: it is said, and nothing was sent
        assert outcome.exit_code in (0, 5)
        assert it.go(it.wire()).exit_code == 0
    else:
        assert outcome.exit_code == 0, outcome
    assert it.stored() == once(20)
    assert len(it.service.runs) == 1
    assert len(it.service.cases) == 20
    assert not it.service.deleted


def test_what_was_not_applied_is_seen_by_counters_where_the_run_is_ours_alone(
    tmp_path: Path,
) -> None:
    """Each look is one request; that something is there takes its results."""
    it = world(tmp_path, count=50, width=1)
    wire = it.wire(on("append", *[FINE] * 9, DROPPED))
    assert it.go(wire).exit_code == 0
    assert it.stored() == once(50)
    looks = [
        target
        for _, operation, target, _ in wire.requests
        if operation == "read" and "get_run/" in target
    ]
    assert len(looks) >= 2
    assert not [
        target
        for _, _, target, _ in wire.requests
        if "get_results" in target or "get_tests" in target
    ]


def test_doubt_in_a_run_of_others_is_settled_by_what_this_user_added(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, [f"test_{at}" for at in range(20)], entries=named(20))
    it.service.handle("POST", "/index.php?/api/v2/add_run/1", b'{"name": "Shared", "suite_id": 1}')
    run = next(iter(it.service.runs))
    for case in list(it.service.cases)[:5]:  # another job's results for the same cases
        body = b'{"results": [{"case_id": %d, "status_id": 5}]}' % case
        it.service.handle("POST", f"/index.php?/api/v2/add_results_for_cases/{run}", body)
    it.run_id = str(run)
    it.plan()
    wire = it.wire(on("append", LOST, FINE, DROPPED, Fate(status=500, part=2)))
    assert it.go(wire).exit_code == 0
    assert sum(it.stored().values()) == 25
    ours = Counter(one["case_id_of_test"] for one in it.service.results if one["comment"])
    assert set(ours.values()) == {1}
    assert len(ours) == 20
    assert any("created_by=1" in target for _, _, target, _ in wire.requests)


def test_a_batch_that_was_applied_in_part_is_completed_not_repeated(tmp_path: Path) -> None:
    it = world(tmp_path)
    assert it.go(it.wire(on("append", FINE, Fate(status=500, part=3)))).exit_code == 0
    assert it.stored() == once(20)


def test_a_case_that_the_service_names_is_taken_out_at_once(tmp_path: Path) -> None:
    it = world(tmp_path)
    removed = list(it.service.cases)[7]

    def lose(_number: int, operation: str, _body: bytes) -> Fate:
        if operation == "append" and removed in next(iter(it.service.runs.values())).tests:
            for run in it.service.runs.values():
                del run.tests[removed]
        return FINE

    wire = it.wire(lose)
    outcome = it.go(wire)
    assert outcome.exit_code == 6
    (refused,) = outcome.refused
    assert refused.name == "test_7"
    assert refused.reason.endswith(f"(case C{removed} unknown or not part of the test run)")
    assert len([1 for _, operation, _, _ in wire.requests if operation == "append"]) == 5, (
        "one more than there are batches"
    )


@pytest.mark.parametrize("trouble", ["required", "closed"])
def test_what_refuses_every_result_alike_ends_after_two_probes(
    tmp_path: Path, trouble: str
) -> None:
    it = world(tmp_path, count=100)
    if trouble == "required":
        it.service.required = {"custom_environment"}

    def close(_number: int, operation: str, _body: bytes) -> Fate:
        if operation == "append" and trouble == "closed":
            next(iter(it.service.runs.values())).closed = True
        return FINE

    wire = it.wire(close)
    outcome = it.go(wire)
    assert outcome.exit_code == 5
    assert ("custom_environment" if trouble == "required" else "closed") in outcome.stop_reason
    assert outcome.outcome.stop.closed is (trouble == "closed"), "and the next command is another"
    assert len([1 for _, operation, _, _ in wire.requests if operation == "append"]) == 2
    assert outcome.results.pending == 100


def test_a_case_that_is_refused_costs_only_its_own_tests(tmp_path: Path) -> None:
    it = RailWorld(
        tmp_path,
        [f"test_{at}" for at in range(20)],
        options={"create_missing": True},
        entries=named(20),
    )
    it.service.required_of_cases = {"refs"}
    properties = (("testrail_case_field", "refs:JIRA-1"),)
    for at, one in enumerate(it.entries):
        one.properties = properties if at != 3 else ()
    it.plan()
    outcome = it.go(it.wire())
    assert (outcome.exit_code, outcome.results.accepted, outcome.results.rejected) == (6, 19, 1)
    assert "Field :refs is a required field." in outcome.refused[0].reason
    assert outcome.refused[0].name == "test_3"


def test_cases_that_are_all_refused_end_the_upload_early(tmp_path: Path) -> None:
    it = world(tmp_path, count=100, options={"create_missing": True})
    it.service.required_of_cases = {"refs"}
    wire = it.wire()
    outcome = it.go(wire)
    assert outcome.exit_code == 5
    assert "refs" in outcome.stop_reason
    assert len([1 for _, operation, _, _ in wire.requests if operation == "case"]) == 2


def test_the_cases_are_read_once_and_then_only_asked_about(tmp_path: Path) -> None:
    from testferry.cache import Cache

    it = world(tmp_path, count=600, batch=500, cache=Cache(tmp_path, "https://x"))
    for fields in list(it.service.cases.values())[:-1]:
        fields["updated_on"] -= 1000
    first = it.wire()
    assert it.go(first).exit_code == 0
    assert len([1 for _, operation, _, _ in first.requests if operation == "read"]) == 6
    again = RailWorld(
        tmp_path / "2", it.names, entries=it.entries, batch=500, cache=it.cache, clock=it.clock
    )
    again.service = it.service
    again.plan()
    second = again.wire()
    assert again.go(second).exit_code == 0
    assert len([1 for _, operation, _, _ in second.requests if operation == "read"]) == 3
    for change in ("add", "remove", "rename"):
        case = list(it.service.cases)[-1]
        it.clock.time += 10
        if change == "add":
            it.service.make_case(1001, title="new", **{FIELD: "suite.new"})
        elif change == "remove":
            del it.service.cases[list(it.service.cases)[2]]
        else:
            it.service.cases[case] |= {FIELD: "suite.renamed", "updated_on": int(it.clock.wall())}
        more = RailWorld(
            tmp_path / change, [], entries=it.entries, batch=500, cache=it.cache, clock=it.clock
        )
        more.service = it.service
        more.plan()
        outcome = more.go(more.wire())
        lost = {"add": 0, "remove": 1, "rename": 1}[change]
        assert outcome.results.unmatched == lost, change


def test_a_run_is_extended_by_what_is_missing_and_by_nothing_else(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, [f"test_{at}" for at in range(20)], entries=named(20))
    known = list(it.service.cases)
    other = it.service.make_case(1001, title="of somebody else")["id"]
    body = b'{"name": "N", "description": "D", "milestone_id": 7, "refs": "R-1", "include_all": false, "case_ids": [%d, %d]}'
    it.service.handle("POST", "/index.php?/api/v2/add_run/1", body % (other, known[0]))
    (run,) = it.service.runs.values()
    it.run_id = str(run.id)
    it.plan()
    assert it.go(it.wire(on("update", LOST))).exit_code == 0
    assert set(run.tests) == {other, *known}
    shown = it.service.show(run)
    assert (shown["name"], shown["description"], shown["milestone_id"], shown["refs"]) == (
        "N",
        "D",
        7,
        "R-1",
    )
    assert it.stored() == once(20)


@pytest.mark.parametrize("configs", [[], [2, 6]])
def test_a_run_in_a_plan(tmp_path: Path, configs: list[int]) -> None:
    it = RailWorld(tmp_path, [f"test_{at}" for at in range(20)], entries=named(20))
    it.service.handle("POST", "/index.php?/api/v2/add_plan/1", b'{"name": "Release"}')
    plan = next(iter(it.service.plans))
    it.options = {"plan_id": str(plan), "config_ids": configs}
    it.plan()
    assert it.go(it.wire(on("run", LOST))).exit_code == 0
    (run,) = it.service.runs.values()
    assert run.plan == plan
    assert it.service.show(run)["config_ids"] == configs
    assert it.stored() == once(20)


def test_runs_of_a_plan_are_extended_in_their_entry(tmp_path: Path) -> None:
    for at, configs in enumerate(([], [2, 6])):
        it = RailWorld(
            tmp_path / str(at), [f"test_{number}" for number in range(20)], entries=named(20)
        )
        it.service.handle("POST", "/index.php?/api/v2/add_plan/1", b'{"name": "Release"}')
        case = next(iter(it.service.cases))
        runs = (
            f', "runs": [{{"config_ids": {configs}, "include_all": false, "case_ids": [{case}]}}]'
            if configs
            else ""
        )
        entry = f'{{"name": "E", "include_all": false, "case_ids": [{case}], "config_ids": {configs}{runs}}}'
        it.service.handle(
            "POST",
            f"/index.php?/api/v2/add_plan_entry/{next(iter(it.service.plans))}",
            entry.encode(),
        )
        (run,) = it.service.runs.values()
        it.run_id = str(run.id)
        it.plan()
        wire = it.wire()
        assert it.go(wire).exit_code == 0
        assert len(run.tests) == 20
        call = "update_run_in_plan_entry" if configs else "update_plan_entry"
        assert any(f"/{call}/" in target for _, _, target, _ in wire.requests)


def test_entries_of_one_case_are_one_result_in_a_fixed_order(tmp_path: Path) -> None:
    """Row 27: retried tests, four workers, answers in any order: the last attempt is the case's
    status, every time.
    """
    for attempts, status, stored in (("last", 1, 20), ("worst", 5, 20), ("all", 1, 40)):
        it = RailWorld(
            tmp_path / attempts,
            [f"test_{at}" for at in range(20)],
            options={"attempts": attempts},
            width=4,
        )
        failed = [
            Result(
                f"test_{at}", Status.FAILED, classname="suite", details=(Detail("failure", "once"),)
            )
            for at in range(20)
        ]
        it.entries = [*failed, *named(20)]
        it.plan()
        wire = it.wire(lambda number, _operation, _body: Fate(answer=0.3 + number * 7 % 5 / 4))
        outcome = it.go(wire)
        assert (outcome.exit_code, outcome.results.accepted, outcome.results.total) == (0, 40, 40)
        assert len(it.service.results) == stored
        (run,) = it.service.runs.values()
        assert set(run.status.values()) == {status}


def test_different_tests_of_one_case_become_its_worst_result_with_the_parts_named(
    tmp_path: Path,
) -> None:
    it = RailWorld(tmp_path, ["shared"])
    (case,) = it.service.cases
    it.options = {"match": "id"}
    it.entries = [
        Result(f"[C{case}] one", Status.PASSED, classname="a.B", elapsed=1.2),
        Result(
            f"[C{case}] two",
            Status.FAILED,
            classname="a.B",
            elapsed=2.0,
            details=(Detail("failure", "boom"),),
        ),
        Result("without", Status.PASSED, classname="a.B"),
    ]
    it.plan()
    outcome = it.go(it.wire())
    (result,) = it.service.results
    assert (result["status_id"], result["elapsed"]) == (5, "3s")
    assert f"failed: a.B › [C{case}] two" in result["comment"]
    assert "Message: boom" in result["comment"]
    assert (outcome.results.accepted, outcome.results.unmatched, outcome.exit_code) == (2, 1, 6)
    assert outcome.refused[0].name == "without"


def test_one_test_of_several_cases(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, ["a", "b"])
    first, second = it.service.cases
    it.options = {"match": "id"}
    it.entries = [
        Result("t", Status.PASSED, properties=(("test_id", f"C{first}, C{second}"),)),
        Result("u", Status.PASSED, properties=(("test_id", f"C{first}, C999"),)),
    ]
    it.plan()
    outcome = it.go(it.wire())
    assert {one["case_id_of_test"] for one in it.service.results} == {first, second}
    assert (outcome.results.accepted, outcome.results.unmatched, outcome.results.total) == (1, 1, 2)
    assert outcome.refused[0].reason == "case C999 is not in the suite"


def test_a_run_is_closed_only_when_nothing_is_missing(tmp_path: Path) -> None:
    it = world(tmp_path / "1", options={"close_run": True})
    assert it.go(it.wire()).exit_code == 0
    assert next(iter(it.service.runs.values())).closed
    it = RailWorld(tmp_path / "2", ["test_0"], options={"close_run": True}, entries=named(2))
    it.plan()
    assert it.go(it.wire()).exit_code == 6
    assert not next(iter(it.service.runs.values())).closed


def test_sections_are_nested_as_suites_are_and_made_once(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, [], options={"create_missing": True, "section": "Nightly"})
    it.entries = [
        Result("a", Status.PASSED, suite=("Outer", "Inner"), classname="c"),
        Result("b", Status.PASSED, suite=("Outer", "Inner"), classname="c"),
        Result("c", Status.PASSED, suite=("Other", "Inner"), classname="c"),
        Result("GET /api/v1/users: returns 200", Status.PASSED, suite=("Outer",), classname="c"),
        Result("x" * 300, Status.PASSED, suite=("Outer",), classname="c"),
    ]
    it.plan()
    assert it.go(it.wire()).exit_code == 0
    names = {number: one["name"] for number, one in it.service.sections.items()}
    tree = sorted(
        (names.get(one["parent_id"], ""), one["name"]) for one in it.service.sections.values()
    )
    assert tree == [
        ("", "Nightly"),
        ("", "Old"),
        ("Nightly", "Other"),
        ("Nightly", "Outer"),
        ("Other", "Inner"),
        ("Outer", "Inner"),
    ]
    titles = [one["title"] for one in it.service.cases.values()]
    assert "GET /api/v1/users: returns 200" in titles, "titles are left as they are"
    assert f"{'x' * 249}…" in titles
    again = RailWorld(tmp_path / "2", [], options=it.options, entries=it.entries, clock=it.clock)
    again.service = it.service
    again.plan()
    assert again.go(again.wire()).exit_code == 0
    assert len(it.service.cases) == 5, "what was made is found again"


def test_attachments_travel_after_their_results(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "shot.png").write_bytes(b"\x89PNG" * 1000)
    (tmp_path / "secret").write_text("no")
    (folder / "link").symlink_to(tmp_path / "secret")
    it = RailWorld(tmp_path / "j", ["a", "b", "c", "d"])
    files = {"a": "shot.png", "b": "missing.png", "c": "../secret", "d": "link"}
    it.entries = [
        Result(name, Status.PASSED, classname="suite", attachments=(path,), base=str(folder))
        for name, path in files.items()
    ]
    it.plan()
    wire = it.wire(
        on(
            "attach",
            Fate(status=500, apply=None),
            Fate(status=429, apply=None, headers={"retry-after": "3"}),
        )
    )
    outcome = it.go(wire)
    assert outcome.results.accepted == 4
    ((number, name, content),) = it.service.attachments
    assert (name, content) == ("shot.png", b"\x89PNG" * 1000), "whole at the third attempt too"
    assert it.service.results[0]["id"] == number
    assert (outcome.exit_code, outcome.attachments_missing) == (6, 3)
    assert sorted(one.reason for one in outcome.refused) == [
        "the attachment ../secret lies outside of the report's folder; --attachments-root names another",
        "the attachment link cannot be read: it is, or lies behind, a symbolic link",
        "the attachment missing.png is not there",
    ]


def test_attachments_of_a_batch_whose_answer_was_lost_find_their_result(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(b"x")
    it = RailWorld(tmp_path / "j", ["a"])
    it.entries = [
        Result("a", Status.PASSED, classname="suite", attachments=("shot.png",), base=str(tmp_path))
    ]
    it.plan()
    assert it.go(it.wire(on("append", LOST))).exit_code == 0
    assert len(it.service.attachments) == 1


def test_the_limit_that_a_refusal_names_is_learned(tmp_path: Path) -> None:
    it = world(tmp_path, count=60, batch=1, width=4)
    words = b'{"error": "API Rate Limit Exceeded - 20 per minute maximum allowed. Retry after 5 seconds."}'
    wire = it.wire(
        on("append", FINE, Fate(status=429, apply=None, headers={"retry-after": "5"}, body=words))
    )
    assert it.go(wire).exit_code == 0
    times = [when for when, _, _, _ in wire.requests][8:]
    assert max(sum(start <= when < start + 60 for when in times) for start in times) <= 20
    assert it.stored() == once(60)


WORLDS: dict[str, st.SearchStrategy[Any]] = {
    "fates": st.lists(FATES, max_size=25),
    "width": st.integers(1, 4),
    "count": st.integers(1, 24),
    "batch": st.integers(1, 8),
    "poison": st.sets(st.integers(0, 23), max_size=2),
    "create": st.booleans(),
    "shared": st.booleans(),
}


@given(**WORLDS)
@settings(max_examples=150)
def test_every_result_arrives_once_or_is_listed(**it: Any) -> None:
    """Any sequence of 429, 5xx, drops, late and partial applications and kills, at any width."""
    arrives_once(**it)


@pytest.mark.long
@given(**WORLDS)
@settings(max_examples=3000)
def test_every_result_arrives_once_or_is_listed_in_thousands_of_worlds(**it: Any) -> None:
    arrives_once(**it)


def arrives_once(
    fates: list[Fate],
    width: int,
    count: int,
    batch: int,
    poison: set[int],
    *,
    create: bool,
    shared: bool,
) -> None:
    with TemporaryDirectory() as folder:
        it = RailWorld(
            Path(folder),
            [f"test_{at}" for at in range(count)],
            batch=batch,
            width=width,
            entries=named(count),
            options={"create_missing": create},
        )
        if shared:
            it.service.handle(
                "POST",
                "/index.php?/api/v2/add_run/1",
                b'{"name": "Shared", "include_all": false, "case_ids": []}',
            )
            it.run_id = str(next(iter(it.service.runs)))
        it.plan()
        outcome = to_its_end(it, scripted(fates), len(fates) + 3, [f"#test_{at}#" for at in poison])
        refused = Counter(one.name for one in outcome.refused)
        assert it.stored() + refused == once(count)
        if not any(fate.status == 413 for fate in fates):
            assert set(refused) <= {f"test_{at}" for at in poison}
        assert len(it.service.runs) <= 1
        assert len(it.service.cases) <= count
        assert outcome.results.total == count
        assert not it.service.deleted


@pytest.mark.parametrize("sliding", [True, False], ids=["sliding", "fixed"])
def test_the_limit_is_used_up_and_never_exceeded(tmp_path: Path, sliding: bool) -> None:
    """180 a minute: no refusal when alone, and at most a twentieth longer than the least that the
    window allows.
    """
    it = RailWorld(
        tmp_path,
        [f"test_{at}" for at in range(6000)],
        batch=10,
        width=4,
        rate=Rate((Window(180, 60.0),)),
    )
    it.plan()
    served: list[float] = []
    refused: list[float] = []

    def limited(_number: int, _what: str, _body: bytes) -> Fate:
        now = it.clock.now() + 0.02
        start = now - 60.0 if sliding else now - now % 60.0
        if sum(one > start for one in served) >= 180:
            refused.append(now)
            return Fate(status=429, apply=None, headers={"retry-after": "5"})
        served.append(now)
        return Fate(apply=0.02, answer=0.05)

    began = it.clock.now()
    wire = it.wire(limited)
    outcome = it.go(wire)
    assert outcome.exit_code == 0
    assert not refused
    least = (-(-len(wire.requests) // 180) - 1) * 60.0
    assert it.clock.now() - began <= least * 1.05
    assert it.stored() == once(6000)


# --- what a new user found


def test_attachments_wait_for_a_batch_that_is_sent_again(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(b"x")
    for at, fate in enumerate((Fate(status=500, apply=None), DROPPED)):
        it = RailWorld(tmp_path / str(at), ["a"])
        it.entries = [
            Result(
                "a", Status.PASSED, classname="suite", attachments=("shot.png",), base=str(tmp_path)
            )
        ]
        it.plan()
        assert it.go(it.wire(on("append", fate))).exit_code == 0
        assert len(it.service.attachments) == 1


def test_cases_that_another_job_pushed_out_of_the_run_are_put_back(tmp_path: Path) -> None:
    """``update_run`` replaces the list: two jobs that fill one run at the same moment take each
    other's cases out.
    """
    it = RailWorld(tmp_path, [f"test_{at}" for at in range(20)], entries=named(20))
    it.service.handle(
        "POST",
        "/index.php?/api/v2/add_run/1",
        b'{"name": "N", "include_all": false, "case_ids": []}',
    )
    (run,) = it.service.runs.values()
    it.run_id = str(run.id)
    it.plan()
    other = it.service.make_case(1001, title="of the other job")["id"]
    seen = {"appends": 0}

    def race(_number: int, operation: str, _body: bytes) -> Fate:
        seen["appends"] += operation == "append"
        if operation == "append" and seen["appends"] == 2:
            it.service.handle(
                "POST",
                f"/index.php?/api/v2/update_run/{run.id}",
                b'{"include_all": false, "case_ids": [%d]}' % other,
            )
        return FINE

    outcome = it.go(it.wire(race))
    assert outcome.exit_code == 0
    assert other in run.tests
    assert it.stored() == once(20)


@pytest.mark.parametrize("plan", [False, True])
def test_a_run_of_every_case_names_none_and_needs_no_change(tmp_path: Path, plan: bool) -> None:
    options: dict[str, Any] = {"include_all": True, "create_missing": True}
    it = RailWorld(tmp_path, [f"test_{at}" for at in range(4)], entries=named(6), options=options)
    if plan:
        it.service.handle("POST", "/index.php?/api/v2/add_plan/1", b'{"name": "P"}')
        it.options |= {"plan_id": str(next(iter(it.service.plans))), "config_ids": [1]}
    it.service.make_case(1001, title="of nobody")
    it.plan()
    assert it.go(it.wire()).exit_code == 0
    (run,) = it.service.runs.values()
    assert (len(run.tests), run.fields["include_all"]) == (7, True)
    assert "case_ids" not in run.fields
    other = RailWorld(tmp_path / "other", [], entries=named(8), options=options)
    other.service, other.run_id = it.service, str(run.id)
    other.plan()
    seen: list[str] = []

    def note(_number: int, operation: str, _body: bytes) -> Fate:
        seen.append(operation)
        return FINE

    assert other.go(other.wire(note)).exit_code == 0
    assert "update" not in seen
    assert len(run.tests) == 9


def test_a_run_that_was_deleted_stops_the_upload(tmp_path: Path) -> None:
    it = world(tmp_path)

    def delete(_number: int, operation: str, _body: bytes) -> Fate:
        if operation == "append":
            it.service.runs.clear()
        return FINE

    outcome = it.go(it.wire(delete))
    assert outcome.exit_code == 5
    assert outcome.results.pending == 20
    assert outcome.outcome.stop.closed, "nothing that is resumed gets into it"


def test_a_section_is_made_only_for_a_case(tmp_path: Path) -> None:
    it = world(tmp_path / "1", options={"create_missing": True, "section": "New"})
    it.service.make_case(1001, title="x")
    for name in it.names:
        it.service.make_case(1001, title=name, **{FIELD: f"suite.{name}"})
    assert it.go(it.wire()).exit_code == 0
    assert [one["name"] for one in it.service.sections.values()] == ["Old"]
    it = world(tmp_path / "2", options={"create_missing": True, "section": "99999"})
    assert it.go(it.wire()).exit_code == 5


# --- what a breaker found


def shared(tmp_path: Path, count: int = 20, **more: Any) -> RailWorld:
    """A hand-picked run, empty as ``run create`` makes it."""
    it = RailWorld(tmp_path, [f"test_{at}" for at in range(count)], entries=named(count), **more)
    it.service.handle(
        "POST",
        "/index.php?/api/v2/add_run/1",
        b'{"name": "N", "include_all": false, "case_ids": []}',
    )
    it.run_id = str(next(iter(it.service.runs)))
    it.plan()
    return it


@pytest.mark.parametrize("left", Left)
def test_results_that_another_job_took_out_of_the_run_are_put_back(
    tmp_path: Path, left: Left
) -> None:
    """The other job read the run before we filled it and replaces its cases after we did."""
    it = shared(tmp_path)
    it.service.left = left
    (run,) = it.service.runs.values()
    other = it.service.make_case(1001, title="of the other job")["id"]
    done = {"replaced": False}

    def replace(_number: int, operation: str, _body: bytes) -> Fate:
        if operation == "read" and len(it.service.results) == 20 and not done["replaced"]:
            done["replaced"] = True
            it.service.handle(
                "POST",
                f"/index.php?/api/v2/update_run/{run.id}",
                b'{"include_all": false, "case_ids": [%d]}' % other,
            )
        return FINE

    assert it.go(it.wire(replace)).exit_code == 0
    assert done["replaced"]
    assert other in run.tests
    assert it.stored() == once(20)
    assert len(run.status) == 20


def test_results_that_were_there_before_are_not_taken_for_ours(tmp_path: Path) -> None:
    """Two retries of one job, seconds apart, in one run: the same results, by the same user."""
    it = RailWorld(tmp_path, [f"test_{at}" for at in range(20)], entries=named(20))
    it.service.handle("POST", "/index.php?/api/v2/add_run/1", b'{"name": "N", "include_all": true}')
    it.run_id = str(next(iter(it.service.runs)))
    it.plan()
    assert it.go(it.wire()).exit_code == 0
    it.folder = tmp_path / "again"
    it.plan()
    assert it.go(it.wire(on("append", DROPPED))).exit_code == 0
    assert set(it.stored().values()) == {2}


def test_an_attachment_whose_answer_is_lost_is_there_once(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(b"x")
    for at, fate in enumerate((LOST, Fate(status=500), DROPPED)):
        it = RailWorld(tmp_path / str(at), ["a"])
        it.entries = [
            Result(
                "a", Status.PASSED, classname="suite", attachments=("shot.png",), base=str(tmp_path)
            )
        ]
        it.plan()
        assert it.go(it.wire(on("attach", fate))).exit_code == 0
        assert len(it.service.attachments) == 1


def test_a_closing_whose_answer_is_lost_is_done(tmp_path: Path) -> None:
    for at, fate in enumerate((LOST, Fate(status=500), Fate(status=200, body=b"<html>"))):
        it = world(tmp_path / str(at), options={"close_run": True})
        outcome = it.go(it.wire(on("complete", fate)))
        assert it.go(it.wire()).exit_code == 0, outcome.stop_reason
        assert next(iter(it.service.runs.values())).closed


def test_a_refused_section_costs_only_its_own_tests_and_is_named(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, [], options={"create_missing": True})
    for at in range(10):
        it.service.make_case(1001, title=f"test_{at}", **{FIELD: f"suite.test_{at}"})
    it.entries = named(20)
    it.plan()
    words = b'{"error": "You are not allowed to add sections"}'
    outcome = it.go(it.wire(on("section", Fate(status=400, apply=None, body=words))))
    assert (outcome.exit_code, outcome.results.accepted, outcome.results.rejected) == (6, 10, 10)
    assert "You are not allowed to add sections" in outcome.refused[0].reason


def test_a_case_that_was_removed_before_the_run_is_made(tmp_path: Path) -> None:
    it = world(tmp_path)
    case = list(it.service.cases)[3]

    def remove(_number: int, operation: str, _body: bytes) -> Fate:
        if operation == "run":
            it.service.cases.pop(case, None)
        return FINE

    outcome = it.go(it.wire(remove))
    assert (outcome.exit_code, outcome.results.accepted, outcome.results.rejected) == (6, 19, 1)
    assert outcome.refused[0].name == "test_3"


def test_both_automation_fields(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, [], entries=named(2))
    it.service.fields.insert(
        0, {"system_name": "custom_case_automation_id", "is_active": True, "configs": []}
    )
    it.service.make_case(1001, title="a", **{FIELD: "suite.test_0"})
    it.service.make_case(1001, title="b", custom_case_automation_id="suite.test_1")
    it.plan()
    assert it.go(it.wire()).exit_code == 0
    assert sorted(it.stored()) == ["a", "b"]


def test_long_tests_are_found_again_however_their_time_is_shown(tmp_path: Path) -> None:
    it = shared(tmp_path, 4)
    for one in it.entries:
        one.elapsed = 30000.0
    it.folder = tmp_path / "2"
    it.plan()
    handle = it.service.handle

    def shown(method: str, target: str, body: bytes, kind: str = "") -> Any:
        response = handle(method, target, body, kind)
        if "get_results_for_run" in target:
            for result in response.document["results"]:
                result["elapsed"] = "1d 20m"
        return response

    it.service.handle = shown
    assert it.go(it.wire(on("append", LOST))).exit_code == 0
    assert it.stored() == once(4)
