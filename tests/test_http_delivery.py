"""The http target end to end, over loopback: what is opened, lost, looked up, cut and refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shells import Shell, junit
from sink import LOST, Said, Seen, Sink, describe, each
from testferry.journal import Store
from testferry.submission import Kind

QUICK = ("--rate", "none", "--settle", "1s", "--output", "json")


def report(folder: Path, count: int) -> None:
    (folder / "r.xml").write_text(junit([f"t{at}" for at in range(count)]))


RUN = """
batch = { max_results = 2 }
item = { name = "{name}" }
[targets.sink.open]
request = "POST /runs"
json = { title = "{upload.name}", by = "{upload.id}" }
keep = { id = "/result/id", token = "/token" }
[targets.sink.send]
request = "POST /runs/{run.id}/results"
headers = { X-Run = "{run.token}" }
[targets.sink.close]
request = "PATCH /runs/{run.id}"
json = { state = "done" }
"""


def runs(seen: Seen) -> Said:
    if seen.path == "/bulk/runs":
        return Said(201, {"result": {"id": 17}, "token": "k9"})
    return Said(200, {"ok": True})


def test_a_run_is_opened_filled_and_closed_and_each_is_a_row(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, RUN)
    report(tmp_path, 3)
    sink.answers = runs
    words = ("upload", "sink", "r.xml", "--name", "Nightly", *QUICK)
    assert shell(*words) == 0, shell.err
    assert [f"{seen.method} {seen.path}" for seen in sink.seen] == [
        "POST /bulk/runs",
        "POST /bulk/runs/17/results",
        "POST /bulk/runs/17/results",
        "PATCH /bulk/runs/17",
    ]
    assert sink.seen[0].json["title"] == "Nightly"
    assert sink.seen[1].headers["x-run"] == "k9"
    assert shell.json["run_id"] == 17
    folder = tmp_path / "home" / "testferry"
    with Store(folder).open(shell.json["upload_id"], write=False) as journal:
        kinds = [row.kind for row in journal.submissions()]
    assert Counter(kinds) == {Kind.OPEN: 1, Kind.BATCH: 2, Kind.CLOSE: 1}


def test_many_jobs_fill_one_run(sink: Sink, shell: Shell, tmp_path: Path) -> None:
    describe(tmp_path, RUN.replace('headers = { X-Run = "{run.token}" }', ""))
    report(tmp_path, 1)
    sink.answers = runs
    assert shell("run", "create", "sink", "--name", "Build 7") == 0, shell.err
    assert shell.out == "17\n"
    assert shell("upload", "sink", "r.xml", "--run-id", "17", *QUICK) == 0, shell.err
    assert shell("run", "complete", "sink", "--run-id", "17") == 0, shell.err
    assert [seen.path for seen in sink.seen] == [
        "/bulk/runs",
        "/bulk/runs/17/results",
        "/bulk/runs/17",
    ]
    assert shell("upload", "sink", "r.xml", "--run-id", "") == 2
    assert "run-id" in shell.err


def test_a_table_that_makes_no_run_says_so(sink: Sink, shell: Shell) -> None:
    assert shell("run", "create", "sink") == 2
    assert "makes no run" in shell.err
    assert shell("upload", "sink", "r.xml", "--run-id", "3") == 2
    assert not sink.seen


def test_a_lost_answer_to_an_opening_makes_no_second_run(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, RUN)
    sink.answers = lambda seen: LOST if len(sink.seen) == 1 else runs(seen)
    assert shell("upload", "sink", "r.xml", *QUICK) == 75
    assert len(sink.seen) == 1
    assert shell("upload", "sink", "r.xml", "--in-doubt", "resend", *QUICK) == 0, shell.err
    assert [seen.path for seen in sink.seen].count("/bulk/runs") == 2


SEARCH = """
look = { request = "GET /runs?skip={page.offset}", items = "/runs", mark = "/by", keep = { id = "/no" } }
"""


@pytest.mark.parametrize("made", [True, False])
def test_an_opening_whose_answer_was_lost_is_looked_up(
    sink: Sink, shell: Shell, tmp_path: Path, made: bool
) -> None:
    table = RUN.replace(', token = "/token" }', " }" + SEARCH)
    describe(tmp_path, table.replace('headers = { X-Run = "{run.token}" }', ""))
    report(tmp_path, 1)
    stored: list[dict[str, Any]] = []

    def answers(seen: Seen) -> Said:
        if seen.method == "GET":
            return Said(200, {"runs": [] if "skip=1" in seen.path else stored})
        if seen.path != "/bulk/runs":
            return Said(200, {})
        is_first = len(sink.asked("POST")) == 1
        if made or not is_first:
            stored.append({"no": 17, "by": seen.json["by"]})
        return LOST if is_first else Said(201, {"result": {"id": 17}})

    sink.answers = answers
    assert shell("upload", "sink", "r.xml", *QUICK) == 0, shell.err
    assert len(stored) == 1
    assert shell.json["run_id"] == 17
    assert sink.seen[-1].path == "/bulk/runs/17"


LOOK = """
batch = { max_results = 4 }
item = { name = "{name}", comment = "{key}" }
look = { request = "GET /r?skip={page.offset}", keys = "/value/*/comment" }
"""


UNCLEAR = Said(207, {"errors": ["x"]})


class Rows:
    """A service that stores what it gets, and shows five of them a page."""

    def __init__(self, *lost: int, keeps: bool = True) -> None:
        self.rows: list[dict[str, Any]] = []
        self.lost, self.keeps = lost, keeps
        self.posts = 0

    def __call__(self, seen: Seen) -> Said:
        if seen.method == "GET":
            skip = int(parse_qs(urlsplit(seen.path).query)["skip"][0])
            return Said(200, {"value": self.rows[skip : skip + 5]})
        self.posts += 1
        if self.posts in self.lost and not self.keeps:
            return LOST
        self.rows += seen.json["results"]
        return LOST if self.posts in self.lost else Said(200, {"ok": True})


@pytest.mark.parametrize("keeps", [True, False])
def test_a_lost_answer_is_looked_up(sink: Sink, shell: Shell, tmp_path: Path, keeps: bool) -> None:
    describe(tmp_path, LOOK)
    report(tmp_path, 12)
    sink.answers = rows = Rows(2, keeps=keeps)
    assert shell("upload", "sink", "r.xml", "--width", "1", *QUICK) == 0, shell.err
    assert Counter(row["name"] for row in rows.rows) == Counter(f"t{at}" for at in range(12))
    assert len(sink.asked("GET")) >= 2


KEYED = """send = { request = "POST /api/bulk", headers = { Idempotency-Key = "{batch.key}" } }"""


def test_a_key_header_that_nobody_heeds_doubles_nothing(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, f"{KEYED}\nbatch = {{ max_results = 1 }}")
    sink.answers = lambda seen: LOST if len(sink.seen) == 1 else Said(200, {"ok": True})
    assert shell("upload", "sink", "r.xml", "--width", "1", *QUICK) == 6
    assert (shell.json["results"]["accepted"], shell.json["results"]["in_doubt"]) == (1, 1)
    assert "idempotent = true" in shell.json["refused"][0]["reason"]
    assert len(sink.seen) == 2


@pytest.mark.parametrize(
    ("said", "headers"),
    [
        ('idempotency_header = "Idempotency-Key"', {}),
        (f"{KEYED}\nidempotent = true", {}),
        (KEYED, {"Idempotency-Key": "seen"}),
    ],
)
def test_a_key_header_that_is_heeded_is_sent_again(
    sink: Sink, shell: Shell, tmp_path: Path, said: str, headers: dict[str, str]
) -> None:
    describe(tmp_path, f"{said}\nbatch = {{ max_results = 1 }}")
    sink.answers = lambda _: LOST if len(sink.seen) == 2 else Said(200, {}, headers)
    assert shell("upload", "sink", "r.xml", "--width", "1", *QUICK) == 0, shell.err
    keys = [seen.headers["idempotency-key"] for seen in sink.seen]
    assert keys[1] == keys[2] != keys[0]


def test_a_limit_is_learnt_for_this_upload_and_the_next(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    report(tmp_path, 250)
    describe(tmp_path, "batch = { max_results = 125 }")

    def answers(seen: Seen) -> Said:
        if len(seen.json["results"]) > 40:
            return Said(400, {"message": "Too many rows, maximum allowed is 40"})
        return Said(201, {"ok": True})

    sink.answers = answers
    assert shell("upload", "sink", "r.xml", "--width", "1", *QUICK) == 0, shell.err
    sizes = [len(seen.json["results"]) for seen in sink.seen]
    assert sizes == [125, 40, 40, 40, 5, 40, 40, 40, 5]
    sink.seen.clear()
    assert shell("upload", "sink", "r.xml", "--again", "--width", "1", *QUICK) == 0, shell.err
    assert max(len(seen.json["results"]) for seen in sink.seen) == 40


def test_only_the_culprits_of_a_4xx_are_rejected_each_in_its_own_words(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    report(tmp_path, 50)
    describe(
        tmp_path,
        "answer = { culprits = { path = '/errors', match = '^Row ([0-9]+) ' } }",
    )

    def answers(seen: Seen) -> Said:
        names = [row["name"] for row in seen.json["results"]]
        bad = [
            f"Row {at} has a bad name: {name}" for at, name in enumerate(names) if name[-1] == "7"
        ]
        return Said(400, {"ok": False, "errors": bad}) if bad else Said(201, {"ok": True})

    sink.answers = answers
    assert shell("upload", "sink", "r.xml", *QUICK) == 6
    assert shell.json["results"]["accepted"] == 45
    told = {row["name"]: row["reason"] for row in shell.json["refused"]}
    assert told["t17"].endswith("has a bad name: t17")
    assert len(told) == 5
    assert len(sink.seen) == 2


def test_what_is_wanted_later_is_sent_again_and_nothing_else(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    report(tmp_path, 4)
    describe(tmp_path, 'answer = { items = "/items", status = "/status", reason = "/why" }')
    busy = iter([{"t1", "t3"}, {"t3"}])

    def answers(seen: Seen) -> Said:
        names = [row["name"] for row in seen.json["results"]]
        later = next(busy, set())
        return Said(
            207,
            {
                "items": [
                    {"status": 429, "why": "busy"} if name in later else {"status": 201}
                    for name in names
                ]
            },
        )

    sink.answers = answers
    assert shell("upload", "sink", "r.xml", *QUICK) == 0, shell.err
    sent = [[row["name"] for row in seen.json["results"]] for seen in sink.seen]
    assert sent == [["t0", "t1", "t2", "t3"], ["t1", "t3"], ["t3"]]


def test_results_of_one_name_in_an_object_are_all_sent(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    names = ["a", "b", "a", "c", "a"]
    (tmp_path / "r.xml").write_text(junit(names))
    describe(
        tmp_path,
        'item = { "{name}" = "{status}" }\nsend = { as = "object", json = { tests = "{results}" } }',
    )
    assert shell("upload", "sink", "r.xml", "--attempts", "all", *QUICK) == 0, shell.err
    bodies = [seen.json["tests"] for seen in sink.seen]
    assert sorted(map(sorted, bodies)) == [["a"], ["a"], ["a", "b", "c"]]


def test_packed_lines(sink: Sink, shell: Shell, tmp_path: Path) -> None:
    describe(
        tmp_path,
        """batch = { gzip = true }
item = 'tests,name={name|tag},id={key} took={elapsed|or 0}'
send = { request = "POST /write?db=x", format = "lines" }""",
    )
    sink.answers = each(204, b"")
    assert shell("upload", "sink", "r.xml", *QUICK) == 0, shell.err
    (seen,) = sink.seen
    lines = seen.body.decode().splitlines()
    assert [line.partition(",id=")[0] for line in lines] == ["tests,name=a", "tests,name=b"]
    assert seen.path == "/bulk/write?db=x"
    assert len(seen.raw) != len(seen.body)


def test_a_map_that_lacks_a_word_is_told_before_anything_is_sent(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, 'maps = { level = { passed = 0 } }\nitem = { level = "{status|level}" }')
    assert shell("upload", "sink", "r.xml", *QUICK) == 2
    assert "testferry.toml, line 4: maps.level: there is no word for 'failed'" in shell.err
    assert not sink.seen
    assert not list((tmp_path / "home").rglob("*.journal"))
    assert json.loads("{}") == {}


def test_an_answer_that_is_described_later_is_heeded_by_the_same_command(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, 'item = { id = "{key}", name = "{name}" }')
    sink.answers = each(207, {"rows": [{"state": "stored"}, {"state": "stored"}]})
    assert shell("upload", "sink", "r.xml", *QUICK) == 6
    assert shell.json["results"]["in_doubt"] == 2
    describe(tmp_path, 'idempotent = true\nanswer = { items = "/rows", status = "/state" }')
    assert shell("upload", "sink", "r.xml", *QUICK) == 0, shell.err
    bodies = [seen.json["results"] for seen in sink.seen]
    assert len(bodies) >= 2
    assert all(body == bodies[0] for body in bodies)


def test_what_is_exported_has_its_key(sink: Sink, shell: Shell, tmp_path: Path) -> None:
    describe(tmp_path, 'item = { id = "{key}", name = "{name}", of = "{upload.id}" }')
    sink.answers = each(503, {})
    assert shell("upload", "sink", "r.xml", "--max-time", "1s", *QUICK) == 75
    assert shell("uploads", "export", shell.json["upload_id"]) == 0
    kept = [json.loads(json.loads(line)["sent"]) for line in shell.out.splitlines()]
    sent = sink.seen[0].json["results"]
    assert [row["id"] for row in kept] == [row["id"] for row in sent]
    assert all(row["of"] == "{upload.id}" for row in kept)


def test_what_only_opens_looks_and_closes_plans_nothing_anew(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    table = RUN.replace('headers = { X-Run = "{run.token}" }', "")
    describe(tmp_path, table)
    report(tmp_path, 4)
    sink.answers = lambda seen: Said(503) if len(sink.seen) == 3 else runs(seen)
    wait = ("--max-time", "1s", "--width", "1", *QUICK)
    assert shell("upload", "sink", "r.xml", *wait) == 75
    begun = shell.json["upload_id"]
    file = tmp_path / "testferry.toml"
    file.write_text(
        file.read_text()
        .replace('state = "done"', 'state = "over"')
        .replace('title = "{upload.name}"', 'title = "other"')
        + '[targets.sink.look]\nrequest = "GET /r"\nkeys = "/*/id"\n'
    )
    sink.answers = runs
    assert shell("upload", "sink", "r.xml", *QUICK) == 0, shell.err
    assert shell.json["upload_id"] == begun
    assert "run 17 is made already, and keeps: open" in shell.err
    assert [seen.path for seen in sink.seen].count("/bulk/runs") == 1
    assert sink.seen[-1].json == {"state": "over"}


def test_an_item_that_is_mended_is_heeded_for_what_is_not_sent_yet(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, "batch = { max_results = 2 }\n" + KEYED + '\nitem = { name = "{name}" }')
    report(tmp_path, 4)
    sink.answers = lambda _: Said(503) if len(sink.seen) == 2 else Said()
    assert shell("upload", "sink", "r.xml", "--max-time", "1s", "--width", "1", *QUICK) == 75
    file = tmp_path / "testferry.toml"
    file.write_text(file.read_text().replace('{ name = "{name}" }', '{ called = "{name}" }'))
    sink.answers = each(200, {})
    assert shell("upload", "sink", "r.xml", *QUICK) == 0, shell.err
    assert "planned anew (other item)" in shell.err
    rows = [row for seen in (sink.seen[0], *sink.seen[2:]) for row in seen.json]
    assert rows == [{"name": "t0"}, {"name": "t1"}, {"called": "t2"}, {"called": "t3"}]


@pytest.mark.parametrize(("whose", "code"), [("project", 6), ("user", 0), ("config", 0)])
def test_resume_reads_answers_by_the_users_own_table_alone(
    sink: Sink, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str, code: int
) -> None:
    describe(tmp_path, 'item = { id = "{key}", name = "{name}" }')
    sink.answers = each(207, {"rows": [{"state": "stored"}, {"state": "stored"}]})
    assert shell("upload", "sink", "r.xml", *QUICK) == 6
    answer = 'answer = { items = "/rows", status = "/state" }'
    more: tuple[str, ...] = ()
    if whose == "project":
        describe(tmp_path, answer)
    elif whose == "user":
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "conf"))
        (tmp_path / "conf" / "testferry").mkdir(parents=True)
        file = tmp_path / "conf" / "testferry" / "config.toml"
        file.write_text(f"[targets.sink]\n{answer}\n")
    else:
        (tmp_path / "own.toml").write_text(f"[targets.sink]\n{answer}\n")
        more = ("--config", "own.toml")
    assert shell("resume", *more, "--in-doubt", "resend", *QUICK) == code, shell.err
    bodies = [seen.json["results"] for seen in sink.seen]
    assert all(body == bodies[0] for body in bodies)


def test_an_answer_that_is_explained_later_is_read_so_by_the_same_command(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    """What it said before is gone; sent once more, it is understood."""
    describe(tmp_path, "")
    report(tmp_path, 3)
    said = {"entries": [{"ok": True}, {"ok": False, "error": "no such suite"}, {"ok": True}]}
    sink.answers = lambda _: Said(207, said)
    assert shell("upload", "sink", "r.xml", *QUICK) == 6
    assert shell.json["results"]["in_doubt"] == 3
    assert len(sink.seen) == 1
    describe(tmp_path, 'answer = { items = "/entries", failed = "/error", reason = "/error" }')
    assert shell("upload", "sink", "r.xml", "--in-doubt", "resend", *QUICK) == 6
    counts = shell.json["results"]
    assert (counts["accepted"], counts["rejected"], counts["in_doubt"]) == (2, 1, 0)
    assert [one["reason"] for one in shell.json["refused"]] == ["no such suite"]
    assert len(sink.seen) == 2


def test_what_stays_unexplained_is_not_sent_for_ever(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, "")
    report(tmp_path, 3)
    sink.answers = lambda _: Said(207, {"errors": ["x"]})
    assert shell("upload", "sink", "r.xml", "--in-doubt", "resend", *QUICK) == 6
    assert shell.json["results"]["in_doubt"] == 3
    assert len(sink.seen) == 2


def test_what_was_answered_unclearly_is_not_sent_again_unasked(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    """It was answered, so it is there, or was refused: a key that the service only stores would
    double it in the next process.
    """
    describe(tmp_path, 'item = { id = "{key}", name = "{name}" }')
    report(tmp_path, 3)
    said = {"rows": [{"state": "stored"}] * 3}
    sink.answers = lambda _: Said(207, said)
    assert shell("upload", "sink", "r.xml", *QUICK) == 6
    describe(tmp_path, 'answer = { items = "/rows", status = "/state" }')
    for again in (("upload", "sink", "r.xml"), ("resume",)):
        assert shell(*again, *QUICK) == 6
        assert len(sink.seen) == 1
    assert shell("upload", "sink", "r.xml", *QUICK) == 6
    assert "`answer` counts for what is sent from now on" in shell.err
    assert shell("upload", "sink", "r.xml", "--in-doubt", "resend", *QUICK) == 0


def test_a_result_that_is_answered_unclearly_and_never_there_is_not_sent_for_ever(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, LOOK)
    report(tmp_path, 1)
    sink.answers = lambda seen: Said(200, {"value": []}) if seen.method == "GET" else UNCLEAR
    assert shell("upload", "sink", "r.xml", *QUICK) == 6
    assert len(sink.asked("POST")) == 2
    assert shell.json["results"]["in_doubt"] == 1
    reason = shell.json["refused"][0]["reason"]
    assert "each time it was not there afterwards" in reason
    assert "answer" in reason, "what to write stands there as well"
