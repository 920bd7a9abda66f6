"""A rehearsal shows the first requests as they would leave, and knows no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from shells import TOKEN, Shell, junit
from sink import Sink, describe


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
