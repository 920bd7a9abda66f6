"""A rehearsal shows the first requests as they would leave, and knows no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from shells import TOKEN, Shell, faulty, junit
from sink import Said, Sink, describe
from testferry.journal import Store


def test_the_requests_of_an_upload_one_of_each_kind(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(5)]))
    describe(
        tmp_path,
        """batch = { max_results = 2 }
auth = { query = "api_key" }
open = { request = "POST /runs", json = { of = "{upload.total|str}" }, keep = { id = "/id" } }
send = { request = "POST /runs/{run.id}?x=1" }
close = { request = "PATCH /runs/{run.id}" }""",
    )
    assert shell("upload", "sink", "--dry-run", "--output", "json", "r.xml") == 0, shell.err
    shown = shell.json["rehearsal"]
    assert [(each["method"], each["url"]) for each in shown] == [
        ("POST", f"{sink.url}/bulk/runs?api_key=***"),
        ("POST", f"{sink.url}/bulk/runs/{{run.id}}?x=1&api_key=***"),
        ("PATCH", f"{sink.url}/bulk/runs/{{run.id}}?api_key=***"),
    ]
    assert '"name": "t0"' in shown[1]["body"]
    assert shown[1]["bytes"] > 20
    assert shell("upload", "sink", "--dry-run", "r.xml") == 0
    assert "(the first of 3)" in shell.out
    assert "bytes" in shell.out
    assert not sink.seen
    assert TOKEN not in shell.out + shell.err


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ("", "Authorization: Bearer ***"),
        ('auth = { basic = "me:{token}" }', "Authorization: Basic ***"),
        ('auth = { header = "X-API-Key: {token}" }', "X-API-Key: ***"),
        ('dialect = "talentlms"', "X-API-Key: ***"),
    ],
)
def test_how_the_token_would_be_sent(
    sink: Sink, shell: Shell, tmp_path: Path, auth: str, header: str
) -> None:
    describe(tmp_path, auth)
    assert shell("upload", "sink", "--dry-run", "r.xml") == 0
    assert header in shell.out
    describe(tmp_path, "")


def test_no_token_a_packed_body_and_lines(sink: Sink, shell: Shell, tmp_path: Path) -> None:
    describe(
        tmp_path,
        """auth = { none = true }
batch = { gzip = true }
item = "m,name={name|tag} took={elapsed|or 0}"
send = { request = "POST /write", format = "lines" }""",
    )
    assert shell("upload", "sink", "--dry-run", "r.xml") == 0
    assert "***" not in shell.out
    assert "  m,name=a took=0\n" in shell.out
    assert "Content-Encoding: gzip" in shell.out


def test_a_long_body_is_cut_unless_all_of_it_is_asked_for(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(50)]))
    assert shell("upload", "sink", "--dry-run", "r.xml") == 0
    assert "more (-v shows all)" in shell.out
    assert '"t49"' not in shell.out
    assert shell("upload", "sink", "--dry-run", "-v", "r.xml") == 0
    assert '"t49"' in shell.out


def kept(folder: Path) -> dict[str, bytes]:
    """Everything that journals are made of; what sqlite reads by (-shm, an empty -wal) is none."""
    found = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: held for name, held in found.items() if held and not name.endswith("-shm")}


UPLOAD = ("--batch-size", "1", "--width", "1", "--journal", "j", "r.xml")


@faulty("append: 403 every 2")
def test_what_is_left_of_an_unfinished_upload_would_be_sent_and_nothing_is_touched(
    shell: Shell, tmp_path: Path
) -> None:
    assert shell.upload(*UPLOAD) == 5
    before, asked = kept(tmp_path / "j"), len(shell.stored)
    assert shell.upload("--dry-run", *UPLOAD) == 0
    assert "1 of 2 results would be sent" in shell.out
    assert "is unfinished: it is carried on" in shell.err
    assert shell.upload("--dry-run", "--output", "json", *UPLOAD) == 0
    assert (shell.json["results"]["accepted"], shell.json["results"]["pending"]) == (1, 1)
    assert shell.upload("--dry-run", "--source", "other", *UPLOAD) == 0
    assert "would be sent" in shell.out
    assert shell.upload("--dry-run", "--again", *UPLOAD) == 0
    assert "2 results would be sent" in shell.out
    assert kept(tmp_path / "j") == before
    assert len(shell.stored) == asked


def test_what_is_uploaded_already_would_not_be_sent(shell: Shell, tmp_path: Path) -> None:
    assert shell.upload(*UPLOAD) == 0
    before = kept(tmp_path / "j")
    assert shell.upload("--dry-run", *UPLOAD) == 0
    assert shell.out.startswith("Already uploaded on ")
    assert kept(tmp_path / "j") == before


@faulty("append: refuse c.b")
def test_what_was_rejected_would_be_sent_once_more(shell: Shell, tmp_path: Path) -> None:
    Path("r.xml").write_text(junit(["a", "c.b", "d"]))
    assert shell.upload(*UPLOAD) == 6
    before = kept(tmp_path / "j")
    assert shell.upload("--dry-run", "--retry-rejected", *UPLOAD) == 0
    assert "1 of 3 results would be sent" in shell.out
    assert kept(tmp_path / "j") == before


def test_what_was_sent_is_not_shown_again_and_who_is_at_work_is_not_disturbed(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, "batch = { max_results = 1 }")
    Path("r.xml").write_text(junit(["a", "b", "c"]))
    sink.answers = lambda _: Said(200 if len(sink.seen) == 1 else 403)
    words = ("upload", "sink", "--width", "1", "--journal", "j", "--output", "json", "r.xml")
    assert shell(*words) == 5
    asked = len(sink.seen)
    with Store(tmp_path / "j").open(shell.json["upload_id"], write=True):
        assert shell(*words, "--dry-run") == 0, shell.err
    (shown,) = shell.json["rehearsal"]
    assert ('"name": "b"' in shown["body"], '"name": "a"' in shown["body"]) == (True, False)
    assert len(sink.seen) == asked
