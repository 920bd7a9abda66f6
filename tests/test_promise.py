"""The ways in which results were lost, doubled, stuck or wrongly told once, each played again: every
result arrives once, and what cannot is named.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import DROPPED, FINE, LOST, FakeWire, Fate, Killed, RailWorld, World, named, on, once
from shells import Shell, junit, with_cases
from sink import LOST as NO_ANSWER
from sink import Said, Seen, Sink, describe
from testferry.engine.judge import Answer
from testferry.sandbox.faults import parse
from testferry.services.emulation import Response
from testferry.services.testmo.emulator import TestmoEmulator

KEYED = 'dialect = "simutest"\nidempotency_header = "Idempotency-Key"\n'
SINGLY = "batch = { max_results = 1 }"
QUICK = ("--rate", "none", "--settle", "1s", "--width", "1", "--output", "json")


def world(folder: Path, count: int = 20, **more: Any) -> World:
    made = World(folder, [f"test_{at}" for at in range(count)], **more)
    made.plan()
    return made


def rail_world(folder: Path, count: int = 20, *, picked: bool = False, **more: Any) -> RailWorld:
    """A run of ours alone, or one that was picked by hand."""
    made = RailWorld(folder, [f"test_{at}" for at in range(count)], entries=named(count), **more)
    if picked:
        run = b'{"name": "N", "include_all": false, "case_ids": []}'
        made.service.handle("POST", "/index.php?/api/v2/add_run/1", run)
        made.run_id = str(next(iter(made.service.runs)))
    made.plan()
    return made


def between(it: World, change: Callable[[str, str, bytes, Callable[[], Any]], Any]) -> None:
    """Something stands between the service and everybody: it sees each request, and may answer."""
    handle = it.service.handle

    def changed(method: str, target: str, body: bytes = b"", *kind: str) -> Any:
        return change(method, target, body, lambda: handle(method, target, body, *kind))

    it.service.handle = changed


def lagging(it: World, seconds: float, write: str, *reads: str) -> None:
    """What is read is what was there before the last write, for so many seconds after it."""
    shown: dict[str, Any] = {}
    written = [-1e9]

    def late(_method: str, target: str, _body: bytes, go: Callable[[], Any]) -> Any:
        if write in target:
            written[0] = it.clock.now()
            return go()
        if not any(read in target for read in reads):
            return go()
        if it.clock.now() >= written[0] + seconds or target not in shown:
            shown[target] = go()
        return shown[target]

    between(it, late)


# --- keys


def test_equal_requests_of_one_upload_have_keys_of_their_own(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, f"{KEYED}{SINGLY}")
    (tmp_path / "r.tap").write_text("1..3\nok - same\nok - same\nok - same\n")
    assert shell("upload", "sink", "r.tap", *QUICK) == 0
    assert len({seen.headers["idempotency-key"] for seen in sink.seen}) == 3


def test_who_is_still_at_work_on_the_first_try_refuses_nothing(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    """409 is what the draft of the header asks for: neither split nor rejected."""
    describe(tmp_path, KEYED)
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(8)]))
    said = [NO_ANSWER, Said(409, {"message": "still at work"}), Said(200, {"ok": True})]
    sink.answers = lambda _: said.pop(0)
    assert shell("upload", "sink", "r.xml", *QUICK) == 0, shell.err
    assert len({seen.headers["idempotency-key"] for seen in sink.seen}) == 1
    assert [len(seen.json["results"]) for seen in sink.seen] == [8, 8, 8]


# --- who an upload is


def test_how_it_is_sent_makes_no_other_upload(sink: Sink, shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "testferry.toml"
    before = file.read_text()
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(8)]))
    for how in ("batch = { max_results = 4 }", SINGLY, f"{KEYED}{SINGLY}"):
        file.write_text(f"{before}{how}\n")
        assert shell("upload", "sink", "r.xml", *QUICK) == 0
    assert sum(len(seen.json["results"]) for seen in sink.seen) == 8


# --- what the next process knows


def test_dropped_doubt_is_never_found_by_a_count_of_the_next_process(tmp_path: Path) -> None:
    it = world(tmp_path, in_doubt="drop")
    later = Fate(status=503, apply=None, headers={"retry-after": "60"})
    blind = [True]

    def unreadable(method: str, _target: str, _body: bytes, go: Callable[[], Any]) -> Any:
        if method == "GET" and blind[0]:
            return Response(404, {"message": "not found"})
        return go()

    between(it, unreadable)
    with pytest.raises(Killed):
        it.go(it.wire(on("append", LOST, later, Fate(kill="after"))))
    blind[0] = False
    ended = it.go(it.wire())
    assert (ended.results.accepted, ended.results.rejected) == (15, 5)
    assert ended.exit_code == 6
    assert it.stored() == once(20)


def test_a_clock_ahead_makes_no_second_run(tmp_path: Path) -> None:
    it = world(tmp_path)
    it.service = TestmoEmulator(":memory:", lambda: it.clock.wall() - 300.0)
    assert it.go(it.wire(on("run", LOST))).exit_code == 0
    assert len(it.service.runs()) == 1


def test_each_process_has_attempts_of_its_own(tmp_path: Path) -> None:
    it = world(tmp_path)
    away = Fate(status=503, apply=None)
    assert it.go(it.wire(lambda *_: away)).exit_code == 75
    limit = Fate(status=429, apply=None, headers={"retry-after": "1"})
    assert it.go(it.wire(on("append", limit))).exit_code == 0
    assert it.stored() == once(20)


# --- refusals


@pytest.mark.parametrize("make", [world, rail_world])
def test_a_run_that_is_closed_in_the_middle_costs_few_requests_and_no_result(
    tmp_path: Path, make: Callable[..., World]
) -> None:
    it = make(tmp_path, 200, batch=50)
    wire = it.wire()
    refused = Fate(status=400, apply=None, body=b'{"message": "no more", "error": "no more"}')
    wire.fates = lambda _, what, __: refused if what == "append" and it.stored() else FINE
    ended = it.go(wire)
    appends = [1 for _, operation, _, _ in wire.requests if operation == "append"]
    assert (ended.exit_code, ended.results.accepted, ended.results.rejected) == (5, 50, 0)
    assert ended.results.pending == 150
    assert len(appends) <= 1 + (2 * 6 + 8) + 2 + 1, (
        "the bad one of 50 would have been found by then"
    )


@pytest.mark.parametrize("named", [False, True])
def test_a_refusal_that_took_the_good_ones_all_the_same_repeats_none(
    tmp_path: Path, named: bool
) -> None:
    it = world(tmp_path)

    def in_part(method: str, target: str, body: bytes, go: Callable[[], Any]) -> Any:
        if not target.endswith("/append"):
            return go()
        document = json.loads(body)
        good = [test for test in document["tests"] if test["name"] != "test_7"]
        if len(good) == len(document["tests"]):
            return go()
        if good:
            body = json.dumps({**document, "tests": good}).encode()
            TestmoEmulator.handle(it.service, method, target, body)
        at = next(at for at, test in enumerate(document["tests"]) if test not in good)
        errors = {f"tests.{at}.name": ["bad"]} if named else {}
        return Response(422, {"message": "test_7 is bad", "errors": errors})

    between(it, in_part)
    ended = it.go(it.wire())
    ((name, reason),) = [(one.name, one.reason) for one in ended.refused]
    assert (name, reason[:13]) == ("test_7", "test_7 is bad")
    assert it.stored() == once(20) - Counter({"test_7": 1})


def test_a_closing_that_is_refused_because_it_is_done_is_done(tmp_path: Path) -> None:
    it = world(tmp_path)
    times = Counter[str]()

    def once_only(_method: str, target: str, _body: bytes, go: Callable[[], Any]) -> Any:
        times[target] += 1
        if target.endswith("/complete") and times[target] > 1:
            return Response(422, {"message": "The thread is already completed."})
        return go()

    between(it, once_only)
    assert it.go(it.wire(on("complete", LOST))).exit_code == 0


def test_a_run_that_somebody_completed_meanwhile_is_complete(tmp_path: Path) -> None:
    """All results are in it; a closing that is refused for that is done."""
    it = world(tmp_path)

    def somebody(method: str, target: str, body: bytes, go: Callable[[], Any]) -> Any:
        if target.endswith("/complete"):
            go()
            return Response(422, {"message": "The automation run is already completed."})
        return go()

    between(it, somebody)
    assert it.go(it.wire()).exit_code == 0
    assert it.stored() == once(20)


@pytest.mark.parametrize(
    "trouble", [Fate(status=429, apply=None, headers={"retry-after": "3"}), LOST, DROPPED]
)
def test_trouble_within_a_repair_rejects_nothing(tmp_path: Path, trouble: Fate) -> None:
    """Another job took our cases out of the run; putting them back meets a limit, or no answer."""
    it = rail_world(tmp_path, picked=True)
    other = it.service.make_case(1001, title="of the other job")["id"]
    seen = Counter[str]()

    def race(_number: int, operation: str, _body: bytes) -> Fate:
        seen[operation] += 1
        if operation == "append" and seen["append"] == 2:
            (run,) = it.service.runs
            target = f"/index.php?/api/v2/update_run/{run}"
            theirs = b'{"include_all": false, "case_ids": [%d]}' % other
            it.service.handle("POST", target, theirs)
        return trouble if operation == "update" and seen["update"] == 2 else FINE

    ended = it.go(it.wire(race))
    assert seen["update"] > 2
    assert (ended.exit_code, ended.results.rejected) == (0, 0)
    assert it.stored() == once(20)


# --- looks


def test_counters_behind_what_was_acknowledged_prove_nothing(tmp_path: Path) -> None:
    it = rail_world(tmp_path)
    lagging(it, 10.0, "/add_results", "/get_run/", "/get_tests/", "/get_results")
    assert it.go(it.wire(on("append", FINE, Fate(status=500)))).exit_code == 0
    assert it.stored() == once(20)


def test_a_last_look_at_lists_that_lag_sends_nothing_twice(tmp_path: Path) -> None:
    it = rail_world(tmp_path, picked=True)
    lagging(it, 3.0, "/add_results", "/get_run/", "/get_tests/", "/get_results")
    assert it.go(it.wire()).exit_code == 0
    assert it.stored() == once(20)


def test_a_service_that_keeps_texts_another_way_doubles_nothing(tmp_path: Path) -> None:
    it = rail_world(tmp_path, picked=True)

    def kept_otherwise(method: str, _target: str, _body: bytes, go: Callable[[], Any]) -> Any:
        said = go()
        if method != "GET":
            return said
        text = json.dumps(said.document).replace("#test_", "number ")
        return replace(said, document=json.loads(text))

    between(it, kept_otherwise)
    ended = it.go(it.wire(on("append", FINE, LOST)))
    assert ended.results.accepted + ended.results.in_doubt == 20
    assert it.stored() == once(20)


class Dated(FakeWire):
    """Answers have the service's date, which is right whatever this machine's clock says."""

    ahead = 3600.0

    def _handle(self, *request: Any) -> Answer:
        said = super()._handle(*request)
        moment = time_of(self.clock.wall() - self.ahead)
        return replace(said, headers={**said.headers, "date": moment})


def time_of(wall: float) -> str:
    from email.utils import formatdate

    return formatdate(wall, usegmt=True)


@pytest.mark.parametrize("operation", ["append", "run"])
def test_a_clock_that_is_set_right_between_sending_and_looking(
    tmp_path: Path, operation: str
) -> None:
    it = RailWorld(tmp_path, [f"test_{at}" for at in range(20)], entries=named(20))
    wire = Dated(it.clock, it.service)
    it.service._wall = lambda: it.clock.wall() - wire.ahead
    if operation == "append":
        run = b'{"name": "N", "include_all": true}'
        it.service.handle("POST", "/index.php?/api/v2/add_run/1", run)
        it.run_id = str(next(iter(it.service.runs)))
    it.plan()

    def set_right(_number: int, what: str, _body: bytes) -> Fate:
        if what != operation or not wire.ahead:
            return FINE
        it.clock.wall_offset -= wire.ahead
        wire.ahead = 0.0
        return LOST

    wire.fates = set_right
    assert it.go(wire).exit_code == 0
    assert it.stored() == once(20)
    assert len(it.service.runs) == 1


def test_a_look_waits_as_long_as_the_answer_asked(tmp_path: Path) -> None:
    it = world(tmp_path)
    asked = Fate(status=500, headers={"retry-after": "8"})
    wire = it.wire(on("append", asked))
    assert it.go(wire).exit_code == 0
    times = [when for when, operation, _, _ in wire.requests]
    at = next(n for n, (_, operation, _, _) in enumerate(wire.requests) if operation == "append")
    assert times[at + 1] - times[at] >= 8.0
    assert it.stored() == once(20)


# --- deadlines


def test_the_end_of_the_time_makes_no_doubt(tmp_path: Path) -> None:
    it = world(tmp_path, 100, max_time=12.0, width=4)
    ended = it.go(it.wire(lambda *_: Fate(answer=2.0)))
    assert (ended.exit_code, ended.results.in_doubt) == (75, 0)
    assert 0 < ended.results.accepted < 100
    assert it.go(it.wire()).exit_code in {0, 75}


# --- options that shape what is sent


def test_results_that_were_refused_without_a_field_are_sent_with_it(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "testferry.toml"
    before = file.read_text()

    def wants_env(seen: Seen) -> Said:
        if all("env" in result for result in seen.json["results"]):
            return Said(200, {"ok": True})
        return Said(422, {"message": "env is required"})

    sink.answers = wants_env
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(8)]))
    file.write_text(f'{before}item = {{ name = "{{name}}" }}\n')
    assert shell("upload", "sink", "r.xml", *QUICK) == 5
    file.write_text(f'{before}item = {{ name = "{{name}}", env = "3" }}\n')
    assert shell("upload", "sink", "r.xml", *QUICK) == 0, shell.err
    assert [result["env"] for result in sink.seen[-1].json["results"]] == ["3"] * 8


def test_cases_that_cannot_be_made_cost_only_their_own_results(rail: Shell) -> None:
    with_cases(rail, ["t0", "t1"])
    rail.sandbox.testrail.required_of_cases = {"custom_type"}
    Path("r.xml").write_text(junit(["t0", "t1", "n0", "n1", "n2"]))
    words = ("upload", "testrail", "--project", "1", "--create-missing", "r.xml", *QUICK)
    assert rail(*words) == 6
    assert (rail.json["results"]["accepted"], rail.json["results"]["rejected"]) == (2, 3)
    assert "custom_type" in rail.json["refused"][0]["reason"]
    assert rail(*words, "--case-field", "custom_type=1") == 0, rail.err
    cases = rail.sandbox.testrail.cases.values()
    made = [case for case in cases if str(case["title"]).startswith("n")]
    assert [str(case["custom_type"]) for case in made] == ["1", "1", "1"]
    assert len(rail.sandbox.testrail.runs) == 1


# --- doubt, and other options


class Keeps:
    """A service that honours keys: it took the first request, and its answer was lost; then it says
    something else until it is well again.
    """

    def __init__(self, then: int) -> None:
        self.then, self.well = then, False
        self.names: list[str] = []
        self._keys: set[str] = set()

    def __call__(self, seen: Seen) -> Said:
        key, first = seen.headers["idempotency-key"], not self._keys
        if not first and not self.well:
            return Said(self.then, {"message": "not now"})
        if key not in self._keys:
            self._keys.add(key)
            self.names += [result["name"] for result in seen.json["results"]]
        return NO_ANSWER if first else Said(200, {"ok": True})


ITEM = 'item = {{ name = "{{name}}", x = "{}" }}\n'


@pytest.mark.parametrize("then", [401, 409, 422, 429, 503])
@pytest.mark.parametrize("other", ["other", "same"])
def test_what_may_be_there_is_settled_before_anything_is_planned_anew(
    sink: Sink, shell: Shell, tmp_path: Path, then: int, other: str
) -> None:
    file = tmp_path / "testferry.toml"
    before = file.read_text()
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(4)]))
    sink.answers = service = Keeps(then)
    file.write_text(f"{before}{KEYED}batch = {{ max_results = 2 }}\n{ITEM.format('same')}")
    assert shell("upload", "sink", "r.xml", *QUICK, "--max-time", "2s") in {5, 6, 75}
    service.well = True
    file.write_text(f"{before}{KEYED}batch = {{ max_results = 2 }}\n{ITEM.format(other)}")
    assert shell("upload", "sink", "r.xml", *QUICK) == 0, shell.err
    assert Counter(service.names) == Counter(f"t{at}" for at in range(4))


@pytest.mark.parametrize(("fault", "renewed"), [("lost", 0), ("drop", 2)])
def test_doubt_is_settled_by_the_command_with_other_options(
    rail: Shell, monkeypatch: pytest.MonkeyPatch, fault: str, renewed: int
) -> None:
    """What turns out to be there stays as it is; what is not goes with the options of now."""
    with_cases(rail, [f"t{at}" for at in range(8)])
    Path("r.xml").write_text(junit([f"t{at}" for at in range(8)]))
    words = ("upload", "testrail", "--project", "1", "r.xml", "--batch-size", "2", *QUICK)
    rail.sandbox.settings.faults.faults += parse([f"append: {fault} once"]).faults
    monkeypatch.setenv("TESTFERRY_MAX_TIME", "1s")
    assert rail(*words) == 75
    monkeypatch.delenv("TESTFERRY_MAX_TIME")
    assert rail(*words, "--result-field", "version=2") == 0, rail.err
    stored = Counter(one["case_id_of_test"] for one in rail.sandbox.testrail.results)
    assert set(stored.values()) == {1}
    assert len(stored) == 8
    versions = [one.get("version") for one in rail.sandbox.testrail.results]
    assert versions.count("2") == renewed
    assert len(rail.sandbox.testrail.runs) == 1


@pytest.mark.parametrize("status", [404, 405, 410])
def test_a_wrong_path_costs_few_requests_at_any_width(
    sink: Sink, shell: Shell, tmp_path: Path, status: int
) -> None:
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(60)]))
    describe(tmp_path, f'dialect = "simutest"\n{SINGLY}')
    sink.answers = lambda _: Said(status, {"message": "no such thing"})
    assert shell("upload", "sink", "r.xml", *QUICK, "--width", "8") == 5
    assert len(sink.seen) <= 8


def test_that_equal_results_carry_an_unfinished_upload_on_is_told(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "r.xml").write_text(junit(["a", "b"]))
    sink.answers = lambda _: Said(503, {"message": "away"})
    assert shell("upload", "sink", "r.xml", *QUICK, "--max-time", "1s") == 75
    sink.answers = lambda _: Said(200, {"ok": True})
    (tmp_path / "r.xml").rename(tmp_path / "other.xml")
    assert shell("upload", "sink", "other.xml", *QUICK) == 0
    assert "has the same results and is unfinished: it is carried on" in shell.err
    assert "--again" in shell.err
