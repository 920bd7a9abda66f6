"""What an older attempt of a job left unsent is not put on top of a newer one, unless it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes import header, results
from jobs import JOBS
from shells import Shell, junit
from testferry.attempts import overtaken
from testferry.journal import Store
from testferry.model import Tally
from testferry.outcome import Stop
from testferry.sandbox.faults import parse
from testferry.services.http_json import label
from testferry.submission import Items, Kind, State, Submission

OLD, NEW = "0123456789ab", "ba9876543210"
KEYED = {"run_key": "k"}
JOB: dict[str, Any] = {"job": "github-7/e2e/", "place": KEYED}
FIRST = {**JOB, "attempt": "7/1", "number": 1, "created": 100.0}
SECOND = {**JOB, "attempt": "7/2", "number": 2, "created": 200.0}
UNCOUNTED = {"number": 0}


def planned(
    store: Store,
    upload_id: str,
    *,
    state: State = State.PENDING,
    name: str = "t{}",
    run: str = "",
    **more: Any,
) -> None:
    labels = tuple(map(label, results(2, name=name)))
    with store.create(header(upload_id, **more)) as journal:
        row = Submission(0, Kind.BATCH, "append", state)
        journal.plan(row, Items(tuple(b"{}" for _ in labels), labels))
        journal.commit_plan([], Tally(), [])
        if run:
            journal.remember_run(run, "")


def stop_of(folder: Path, first: dict[str, Any], second: dict[str, Any]) -> Stop:
    """What holds up the first attempt's upload where the second one's is there too."""
    store = Store(folder / "j")
    planned(store, OLD, **{**FIRST, **first})
    planned(store, NEW, **{"state": State.SENT, **SECOND, **second})
    with store.open(OLD, write=True) as journal:
        return overtaken(store, journal)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({}, {"state": State.PENDING}),
        ({"state": State.IN_DOUBT}, {}),
        ({"place": {"run_id": "7"}}, {"place": {"run_id": "7"}}),
        ({"place": {"set": "x"}}, {"place": {"set": "x"}}),
        ({"place": {}, "run": "7"}, {"place": {}, "run": "7"}),
    ],
    ids=["newer ones", "newer ones to come", "doubt", "one run", "no runs", "the same run"],
)
def test_it_is_overtaken(tmp_path: Path, first: dict[str, Any], second: dict[str, Any]) -> None:
    stop = stop_of(tmp_path, first, second)
    assert stop.code == 75
    assert stop.reason.startswith("attempt 2 of this job was uploaded since")
    assert f"`testferry resume {OLD}` sends it" in stop.hint
    assert f"`testferry uploads forget {OLD}` drops it" in stop.hint


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"job": ""}, {"job": ""}),
        ({}, {"job": "github-7/unit/"}),
        ({}, {"number": 1}),
        ({"carried_on": [["7/2", []]]}, {}),
        ({}, {"place": {"run_key": "other"}}),
        ({"place": {}, "run": "7"}, {"place": {}, "run": "8"}),
        ({"place": {}}, {"place": {}, "run": "8"}),
        ({"place": {}}, {"place": {}, "state": State.PENDING}),
        ({"state": State.SENT}, {}),
        ({}, {"name": "other{}"}),
        ({}, {"state": State.REJECTED}),
        (UNCOUNTED, {**UNCOUNTED, "attempt": "7/1"}),
    ],
    ids=[
        "no CI",
        "another job",
        "the same attempt",
        "the later attempt carried it on",
        "another key",
        "a run of its own",
        "a run of its own to be made",
        "nothing there yet",
        "nothing to send",
        "other tests",
        "nothing of it there",
        "the same job, not counted",
    ],
)
def test_it_is_not(tmp_path: Path, first: dict[str, Any], second: dict[str, Any]) -> None:
    assert stop_of(tmp_path, first, second) == Stop()


def test_the_later_one_is_not_overtaken_by_the_earlier_and_damage_is_passed_over(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "j")
    planned(store, OLD, **FIRST, state=State.SENT)
    planned(store, NEW, **SECOND)
    damaged = store.path("damaged")
    damaged.write_bytes(b"x" * 100)
    damaged.chmod(0o600)
    with store.open(NEW, write=True) as journal:
        assert overtaken(store, journal) == Stop()


def test_where_nobody_counts_the_later_one_began_later(tmp_path: Path) -> None:
    stop = stop_of(tmp_path, UNCOUNTED, UNCOUNTED)
    assert stop.reason.startswith("a later attempt of this job was uploaded since")


def test_a_plain_resume_leaves_what_a_later_attempt_overtook(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**JOBS["github"].environment, "GITHUB_RUN_ATTEMPT": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CI", "false")  # no other jobs are waited for
    report = tmp_path / "r.xml"
    report.write_text(junit(["a", "b"]))
    words = ("--run-key", "auto", "--batch-size", "1", "--width", "1", "--output", "json")
    shell.sandbox.settings.faults = parse(["append: 403 first 1"])
    assert shell.upload("r.xml", *words) == 5
    first = shell.json["upload_id"]
    shell.sandbox.settings.faults = parse([])
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    report.write_text(junit(["a", "b", "c"]))
    assert shell.upload("r.xml", *words) == 0
    assert shell.stored == ["a", "b", "c"]
    assert shell("resume") == 75
    assert "attempt 2 of this job was uploaded since" in shell.out
    assert f"`testferry uploads forget {first}` drops it" in " ".join(shell.out.split())
    assert shell("resume", "-q") == 75
    assert shell.stored == ["a", "b", "c"]
    assert shell("resume", first) == 0
    assert shell.stored == ["a", "a", "b", "b", "c"]
    assert shell("resume") == 0
