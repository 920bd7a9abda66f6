"""What TestRail's own uploader loses or doubles, replayed: one test for each measured failure,
named after it.

10,000 results in batches of 50 unless said. Everywhere: nothing lost, nothing doubled, nothing
deleted, and the exit code says so.
"""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from fakes import FINE, Ended, Fate, RailWorld
from shells import Shell, junit, section
from testferry.dialects import Window
from testferry.model import Result, Status
from testferry.sandbox.server import TOKEN, Sandbox, Settings
from testferry.services.testrail.emulator import FIELD

MANY = 10_000
Fates = Callable[[int, str, bytes], Fate]


def world(folder: Path, count: int = MANY, *, named: bool = False, **more: Any) -> RailWorld:
    made = RailWorld(folder, [f"t{at}" for at in range(count)], batch=50, **more)
    if named:
        made.entries = [
            Result(
                name,
                Status.PASSED,
                classname="suite",
                properties=(("testrail_result_comment", f"#{name}#"),),
            )
            for name in made.names
        ]
    made.plan()
    return made


def holds(it: RailWorld, outcome: Ended, code: int, accepted: int) -> None:
    """The promise, for every row."""
    assert not it.service.deleted
    assert max(it.stored().values(), default=0) <= 1, "nothing doubled"
    assert len(it.stored()) == accepted == outcome.results.accepted
    assert outcome.exit_code == code, outcome.stop_reason
    assert outcome.results.total == len(it.entries or it.names)
    assert len(it.service.runs) <= 1


def during(it: RailWorld, operation: str, after: int, seconds: float, fate: Fate) -> Fates:
    """From the so-many-th request of a kind on, for so many seconds, this happens to every
    request.
    """
    seen = {"count": 0, "from": 0.0}

    def fates(_number: int, what: str, _body: bytes) -> Fate:
        seen["count"] += what == operation
        if seen["count"] == after and not seen["from"]:
            seen["from"] = it.clock.now()
        return fate if seen["from"] and it.clock.now() < seen["from"] + seconds else FINE

    return fates


def every(number: int, operation: str, fate: Fate, most: int = MANY) -> Fates:
    seen = {"count": 0}

    def fates(_number: int, what: str, _body: bytes) -> Fate:
        seen["count"] += what == operation
        return (
            fate
            if what == operation and seen["count"] % number == 0 and seen["count"] // number <= most
            else FINE
        )

    return fates


def test_row_01_a_case_that_is_not_there_in_a_new_run(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, [f"t{at}" for at in range(MANY)], batch=50, options={"match": "id"})
    it.entries = [
        Result(f"C{case}_t{at}", Status.PASSED) for at, case in enumerate(it.service.cases)
    ]
    it.entries[6000].name = "C999999_unknown"
    it.plan()
    outcome = it.go(it.wire())
    holds(it, outcome, 6, MANY - 1)
    assert [one.as_dict()["name"] for one in outcome.refused] == ["C999999_unknown"]


def test_row_02_a_case_that_left_an_existing_run(tmp_path: Path) -> None:
    it = world(tmp_path)
    it.service.handle(
        "POST",
        "/index.php?/api/v2/add_run/1",
        b'{"name": "Nightly", "suite_id": 1, "include_all": true}',
    )
    (run,) = it.service.runs.values()
    del run.tests[list(run.tests)[6400]]
    run.fields["include_all"] = True
    it.run_id = str(run.id)
    it.folder = tmp_path / "second"
    it.plan()
    outcome = it.go(it.wire())
    holds(it, outcome, 6, MANY - 1)
    assert outcome.refused[0].name == "t6400"
    assert "unknown or not part of the test run" in outcome.refused[0].reason


def test_row_03_one_batch_always_answers_500(tmp_path: Path) -> None:
    it = world(tmp_path, named=True)
    poisoned: Fates = lambda _n, _what, body: (  # noqa: E731
        Fate(status=500, apply=None) if b"#t4321#" in body else FINE
    )
    outcome = it.go(it.wire(poisoned))
    holds(it, outcome, 75, MANY - 50)
    assert outcome.results.pending == 50
    holds(it, it.go(it.wire()), 0, MANY)


@pytest.mark.parametrize("seconds", [1.0, 3.0], ids=["row_04_one_second", "row_05_three_seconds"])
def test_rows_04_05_a_network_blip_in_the_middle(tmp_path: Path, seconds: float) -> None:
    it = world(tmp_path)
    holds(
        it,
        it.go(it.wire(during(it, "append", 100, seconds, Fate(status=None, unsent=True)))),
        0,
        MANY,
    )


def test_row_06_maintenance(tmp_path: Path) -> None:
    it = world(tmp_path)
    words = b'{"error": "This TestRail instance is currently in maintenance mode, please try the request again in a few minutes"}'
    holds(
        it,
        it.go(it.wire(during(it, "append", 50, 240.0, Fate(status=409, apply=None, body=words)))),
        0,
        MANY,
    )


@pytest.mark.parametrize("seconds", [60.0, 20.0], ids=["row_07_a_minute", "row_08_twenty_seconds"])
def test_rows_07_08_not_available(tmp_path: Path, seconds: float) -> None:
    it = world(tmp_path)
    holds(
        it, it.go(it.wire(during(it, "append", 50, seconds, Fate(status=503, apply=None)))), 0, MANY
    )


@pytest.mark.parametrize(
    "fate",
    [Fate(status=500, apply=None), Fate(status=500)],
    ids=["row_09_not_applied", "row_10_applied"],
)
def test_rows_09_10_500_on_every_tenth(tmp_path: Path, fate: Fate) -> None:
    it = world(tmp_path)
    holds(it, it.go(it.wire(every(10, "append", fate))), 0, MANY)


@pytest.mark.parametrize(
    "fate",
    [Fate(status=None), Fate(status=None, apply=20.0, answer=10.0)],
    ids=["row_11_dropped", "row_12_slower_than_the_timeout"],
)
def test_rows_11_12_answers_that_are_lost_three_times(tmp_path: Path, fate: Fate) -> None:
    it = world(tmp_path)
    outcome = it.go(it.wire(every(40, "append", fate, most=3)))
    holds(it, outcome, 0, MANY)
    assert outcome.requests.in_doubt == 3


def test_row_13_the_answer_to_the_new_run_is_lost(tmp_path: Path) -> None:
    it = world(tmp_path)
    holds(it, it.go(it.wire(every(1, "run", Fate(status=None), most=1))), 0, MANY)


def test_row_14_answers_to_new_cases_are_lost(tmp_path: Path) -> None:
    it = world(tmp_path, 1000, options={"create_missing": True})
    holds(it, it.go(it.wire(every(100, "case", Fate(status=None), most=10))), 0, 1000)
    assert len(it.service.cases) == 1000


def test_row_15_one_new_case_is_refused(tmp_path: Path) -> None:
    it = world(tmp_path, 1000, options={"create_missing": True})
    refused = Fate(
        status=400, apply=None, body=b'{"error": "Field :custom_type is a required field."}'
    )
    outcome = it.go(it.wire(every(500, "case", refused, most=1)))
    holds(it, outcome, 6, 999)
    assert "Field :custom_type is a required field." in outcome.refused[0].reason


@pytest.mark.parametrize(
    "retry", ["", "date"], ids=["row_16_no_retry_after", "row_17_retry_after_as_a_date"]
)
def test_rows_16_17_the_rate_limit(tmp_path: Path, retry: str) -> None:
    it = world(tmp_path, width=4)
    limit = Window(180, 60.0)
    served: list[float] = []

    def limited(_number: int, _what: str, _body: bytes) -> Fate:
        now = it.clock.now()
        served[:] = [one for one in served if one > now - limit.per]
        if len(served) < limit.limit:
            served.append(now)
            return Fate(answer=0.01)
        wait = served[0] + limit.per - now
        headers = (
            {"retry-after": formatdate(it.clock.wall() + wait + 1, usegmt=True)} if retry else {}
        )
        return Fate(
            status=429,
            apply=None,
            headers={**headers, "date": formatdate(it.clock.wall(), usegmt=True)},
        )

    holds(it, it.go(it.wire(limited)), 0, MANY)


@pytest.mark.parametrize("sliding", [True, False], ids=["row_18_sliding", "row_19_fixed"])
def test_rows_18_19_three_jobs_on_one_instance(tmp_path: Path, sliding: bool) -> None:
    """Real processes, a window of a second instead of a minute."""
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(300)]))
    with Sandbox(Settings(windows=(Window(20, 1.0),), sliding=sliding)) as sandbox:
        section(sandbox, [f"c.t{at}" for at in range(300)])
        environment = {
            **os.environ,
            "TESTRAIL_URL": sandbox.url,
            "TESTRAIL_USER": "me",
            "TESTRAIL_KEY": TOKEN,
        }
        words = [
            sys.executable,
            "-m",
            "testferry",
            "upload",
            "testrail",
            "--project",
            "1",
            "--rate",
            "20/s",
            "--batch-size",
            "10",
        ]
        jobs = [
            subprocess.Popen(
                [
                    *words,
                    "--title",
                    f"job {at}",
                    "--journal",
                    str(tmp_path / str(at)),
                    "-q",
                    "r.xml",
                ],
                env=environment,
            )
            for at in range(3)
        ]
        assert [job.wait(120) for job in jobs] == [0, 0, 0]
        assert len(sandbox.testrail.results) == 900
        assert len(sandbox.testrail.runs) == 3
        assert not sandbox.testrail.deleted


@pytest.mark.parametrize(
    ("cases", "create"),
    [(1000, False), (1000, True), (5000, False)],
    ids=["row_20", "row_21_create_missing", "row_22_more_cases"],
)
def test_rows_20_21_22_full_pages_slower_than_empty_ones(
    tmp_path: Path, cases: int, create: bool
) -> None:
    it = RailWorld(tmp_path, [f"t{at}" for at in range(cases)], batch=50, width=4)
    it.options = {"create_missing": create}
    it.plan()
    # one line
    pages: Fates = lambda _n, what, _body: Fate(answer=0.8 if what == "read" else 0.05)  # noqa: E731
    wire = it.wire(pages)
    holds(it, it.go(wire), 0, cases)
    assert len(it.service.cases) == cases
    reads = [
        target for _, what, target, _ in wire.requests if what == "read" and "get_cases" in target
    ]
    assert len(reads) == -(-cases // 250)


@pytest.mark.parametrize(
    "fate",
    [Fate(status=500, apply=None), Fate(status=429, apply=None, headers={"retry-after": "2"})],
    ids=["500", "429"],
)
def test_row_23_attachments_at_the_second_attempt(tmp_path: Path, fate: Fate) -> None:
    it = attached(tmp_path, 50, missing=False)
    seen: set[bytes] = set()

    def first(_number: int, what: str, body: bytes) -> Fate:
        again = body in seen
        seen.add(body)
        return fate if what == "attach" and not again else FINE

    holds(it, it.go(it.wire(first)), 0, 50)
    assert [len(content) for _, _, content in it.service.attachments] == [1000] * 50


@pytest.mark.parametrize("missing", [True, False], ids=["missing", "refused_403"])
def test_row_24_attachments_that_fail(tmp_path: Path, missing: bool) -> None:
    it = attached(tmp_path, 50, missing=missing)
    refused: Fates = lambda _n, what, _body: (  # noqa: E731
        Fate(status=403, apply=None) if what == "attach" else FINE
    )
    outcome = it.go(it.wire(refused))
    holds(it, outcome, 6, 50)
    assert len(outcome.refused) == 50


def test_row_25_a_refused_batch_is_no_success(tmp_path: Path) -> None:
    it = world(tmp_path, 1000, named=True)
    outcome = it.go(it.wire(poison=["#t123#"]))
    holds(it, outcome, 6, 999)
    assert [one.name for one in outcome.refused] == ["t123"]


def test_row_26_the_same_upload_again(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(shell, monkeypatch)
    section(shell.sandbox, [f"c.t{at}" for at in range(100)])
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(100)]))
    assert shell("run", "create", "testrail", "--project", "Demo", "--title", "N") == 0
    run = shell.out.strip()
    assert shell("upload", "testrail", "--run-id", run, "r.xml") == 0
    assert shell("upload", "testrail", "--run-id", run, "r.xml") == 0
    assert "Already uploaded" in shell.out
    assert len(shell.sandbox.testrail.results) == 100


def test_row_27_a_case_twice_in_the_report_with_jitter(tmp_path: Path) -> None:
    for attempt in range(3):
        it = RailWorld(tmp_path / str(attempt), [f"t{at}" for at in range(200)], batch=10, width=4)
        it.entries = [
            Result(name, status, classname="suite", retried=True)
            for status in (Status.FAILED, Status.PASSED)
            for name in it.names
        ]
        it.plan()
        # one line
        jitter: Fates = lambda number, _what, _body: Fate(answer=0.3 + (number * 7919 % 150) / 100)  # noqa: E731
        outcome = it.go(it.wire(jitter))
        assert (outcome.exit_code, outcome.results.accepted) == (0, 400)
        assert list(it.stored().values()) == [1] * 200
        assert set(next(iter(it.service.runs.values())).status.values()) == {1}


@pytest.mark.parametrize(("signal", "code"), [(2, 130), (15, 143)], ids=["SIGINT", "SIGTERM"])
def test_row_28_a_signal_at_thirty_per_cent(tmp_path: Path, signal: int, code: int) -> None:
    it = world(tmp_path)

    def interrupt(_number: int, what: str, _body: bytes) -> Fate:
        if what == "append" and len(it.service.results) >= MANY * 3 // 10:
            it.upload.interrupt(signal)
        return FINE

    outcome = it.go(it.wire(interrupt))
    assert outcome.exit_code == code
    assert outcome.results.accepted + outcome.results.pending == MANY
    holds(it, it.go(it.wire()), 0, MANY)


def test_row_29_two_suites_of_one_name(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(shell, monkeypatch)
    suite = '<testsuite name="same"><testcase classname="c" name="{}"/></testsuite>'
    (tmp_path / "r.xml").write_text(
        f"<testsuites>{suite.format('a')}{suite.format('b')}</testsuites>"
    )
    assert shell("upload", "testrail", "--project", "1", "--create-missing", "r.xml") == 0
    assert [one["name"] for one in shell.sandbox.testrail.sections.values()] == ["same"]
    assert len(shell.sandbox.testrail.results) == 2


def test_row_30_the_batch_is_too_large(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, [f"t{at}" for at in range(MANY)], batch=1000)
    words = "x" * 400
    it.entries = [
        Result(
            name, Status.PASSED, classname="suite", properties=(("testrail_result_comment", words),)
        )
        for name in it.names
    ]
    it.plan()
    limit: Fates = lambda _n, _what, body: (  # noqa: E731
        Fate(status=413, apply=None, body=b"<html>") if len(body) > 128_000 else FINE
    )
    holds(it, it.go(it.wire(limit)), 0, MANY)


def test_row_31_more_cases_than_a_stack_is_deep(tmp_path: Path) -> None:
    """200 pages within 120 frames: pages are a loop."""
    it = RailWorld(tmp_path, ["t0"], batch=50)
    for at in range(50_000):
        it.service.make_case(1001, title=f"x{at}", **{FIELD: f"x.{at}"})
    it.plan()
    depth = len(inspect.stack())
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 120)
    try:
        holds(it, it.go(it.wire()), 0, 1)
    finally:
        sys.setrecursionlimit(limit)


def test_row_32_a_glob_with_two_stars(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(shell, monkeypatch)
    section(shell.sandbox, ["c.a", "c.b"])
    for name in ("a", "b"):
        (tmp_path / "deep" / name).mkdir(parents=True)
        (tmp_path / "deep" / name / "r.xml").write_text(junit([name]))
    assert shell("upload", "testrail", "--project", "1", "deep/**/*.xml") == 0
    assert len(shell.sandbox.testrail.results) == 2


def test_row_33_tests_without_a_case_are_named(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(shell, monkeypatch)
    section(shell.sandbox, ["c.t0"])
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(4)]))
    assert shell("upload", "testrail", "--project", "1", "r.xml") == 6
    assert all(f"c › t{at}" in shell.out for at in (1, 2, 3))
    assert "no case has the automation id 'c.t1'" in shell.out
    assert (
        shell("upload", "testrail", "--project", "1", "--again", "--output", "json", "r.xml") == 6
    )
    assert shell.json["results"] == {
        "total": 4,
        "accepted": 1,
        "rejected": 0,
        "in_doubt": 0,
        "pending": 0,
        "unmatched": 3,
        "excluded": 0,
    }
    assert [one["name"] for one in shell.json["refused"]] == ["t1", "t2", "t3"]


# --- the scene


def use(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTRAIL_URL", shell.sandbox.url)
    monkeypatch.setenv("TESTRAIL_USER", "me@example.com")
    monkeypatch.setenv("TESTRAIL_KEY", shell.sandbox.settings.token)


def attached(tmp_path: Path, count: int, *, missing: bool) -> RailWorld:
    it = RailWorld(tmp_path / "j", [f"t{at}" for at in range(count)], batch=50)
    for at in range(0 if missing else count):
        (tmp_path / f"{at}.png").write_bytes(b"%04d" % at * 250)
    it.entries = [
        Result(
            name, Status.PASSED, classname="suite", attachments=(f"{at}.png",), base=str(tmp_path)
        )
        for at, name in enumerate(it.names)
    ]
    it.plan()
    return it


# --- what a new user found


def test_tests_that_got_their_case_meanwhile_go_into_the_same_run(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(shell, monkeypatch)
    section(shell.sandbox, ["c.t0"])
    (tmp_path / "r.xml").write_text(junit(["t0", "t1"]))
    assert shell("upload", "testrail", "--project", "1", "r.xml") == 6
    shell.sandbox.testrail.make_case(1001, title="t1", **{FIELD: "c.t1"})
    assert shell("upload", "testrail", "--project", "1", "r.xml", "--output", "json") == 0
    assert shell.json["results"]["accepted"] == 2, "what arrived before is counted, not sent"
    (run,) = shell.sandbox.testrail.runs.values()
    assert len(run.tests) == len(shell.sandbox.testrail.results) == 2
    assert shell("upload", "testrail", "--project", "1", "r.xml") == 0
    assert "Already uploaded" in shell.out


def test_what_was_refused_before_anything_was_sent_leaves_nothing_to_resume(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(shell, monkeypatch)
    (tmp_path / "r.xml").write_text(junit(["t0"]))
    for words, code in (
        (["--project", "Nope"], 5),
        (["--run-id", "99999"], 5),
        (["--project", "1", "--status", "failed=nope"], 2),
    ):
        assert shell("upload", "testrail", *words, "r.xml") == code
        assert "resume" not in shell.out + shell.err
    assert shell("run", "create", "testrail", "--project", "Nope") == 5
    assert shell("resume") == 0
    assert "nothing is unfinished" in shell.out


def test_a_run_is_completed_twice_without_harm(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(shell, monkeypatch)
    assert shell("run", "create", "testrail", "--project", "1", "--title", "N") == 0
    run = shell.out.strip()
    assert run.isdigit()
    assert shell("run", "complete", "testrail", "--run-id", run) == 0
    assert shell("run", "complete", "testrail", "--run-id", run) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "there is no project"),
        (["--run-id", "1", "--plan-id", "2"], "do not go together"),
        (["--project", "1", "--match", "id", "--create-missing"], "does not go with --match id"),
        (["--project", "1", "--config-ids", "2"], "needs --plan-id"),
        (["--project", "1", "--result-field", "nonsense"], "is not K=V"),
        (["--project", "1", "--status", "green=1"], "has no 'green'"),
        (["--run-id", "1", "--description", "D"], "does not go with --run-id"),
        (["--run-id", "x"], "is no number"),
    ],
)
def test_options_that_cannot_be_meant(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    said: str,
) -> None:
    use(shell, monkeypatch)
    assert shell("upload", "testrail", *words, "r.xml") == 2
    assert said in shell.err


def test_a_target_of_the_configuration(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(shell, monkeypatch)
    section(shell.sandbox, ["c.a", "c.b"])
    monkeypatch.delenv("TESTRAIL_USER")
    table = '[targets.rail]\ntype = "testrail"\nuser = "me@example.com"\nproject = "Demo"\ntitle = "N"\n'
    (tmp_path / "testferry.toml").write_text(table)
    assert shell("upload", "rail", "r.xml") == 0
    assert shell("doctor", "rail") == 0
    assert "automation field: custom_automation_id" in shell.out
    (tmp_path / "testferry.toml").write_text(table + 'titel = "typo"\n')
    assert shell("upload", "rail", "r.xml") == 2
    assert "unknown key 'titel'" in shell.err


def test_dry_run_and_doctor_say_what_is_there(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(shell, monkeypatch)
    (tmp_path / "r.xml").write_text(junit(["t0", "t1"]))
    assert (
        shell("upload", "testrail", "--project", "1", "--create-missing", "--dry-run", "r.xml") == 0
    )
    assert "1 section and 2 cases to be made" in shell.err
    assert not shell.sandbox.testrail.sections
    assert not shell.sandbox.testrail.runs
    shell.sandbox.testrail.fields[0]["is_active"] = False
    assert shell("doctor", "testrail", "--project", "Demo") == 5
    assert "✘ automation field" in shell.out
    assert shell("upload", "testrail", "--project", "1", "r.xml") == 5
    assert "custom_automation_id" in shell.out + shell.err
    assert shell("doctor", "testrail", "--project", "Nope", "--output", "json") == 5
    assert [one["name"] for one in shell.json["checks"] if not one["passed"]] == ["project"]
    monkeypatch.setenv("TESTRAIL_KEY", "wrong")
    assert shell("doctor", "testrail", "--project", "Demo") == 5
    assert "API is enabled" in shell.out
