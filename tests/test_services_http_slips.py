"""What would be read and never heeded is told when the table is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from shells import Shell
from sink import Sink, describe
from testferry.errors import UsageProblem
from testferry.services.http.slips import check

WORDS = {"passed": "OK"}


@pytest.mark.parametrize(
    ("tables", "said", "cure"),
    [
        ({"item": {"v": "{status}"}, "status": WORDS}, "status: no hole", "{status|status}"),
        ({"item": {"v": "{status|upper}"}, "status": WORDS}, "status: no hole", "{status|status}"),
        (
            {"item": {"v": "{status}"}, "maps": {"verdict": WORDS}},
            "maps.verdict",
            "{status|verdict}",
        ),
        ({"answer": {"items": "data.runs"}}, "answer.items: 'data.runs'", '"/data/runs"'),
        ({"answer": {"reason": "$.error"}}, "answer.reason", '"/error"'),
        ({"answer": {"id": "id"}}, "answer.id", '"/id"'),
        ({"answer": {"culprits": "errors"}}, "answer.culprits", '"/errors"'),
        ({"answer": {"culprits": {"path": "a.b"}}}, "answer.culprits.path", '"/a/b"'),
    ],
)
def test_a_slip_is_told_with_what_to_write(tables: dict[str, object], said: str, cure: str) -> None:
    with pytest.raises(UsageProblem) as told:
        check(tables)
    assert said in told.value.message
    assert cure in told.value.hint


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"status": WORDS},
        {"item": {"title": "{name}"}, "status": WORDS},
        {"item": [{"v": "{status|status}", "w": "{status}"}], "status": WORDS},
        {"item": "{status|verdict}", "status": WORDS, "maps": {"verdict": WORDS}},
        {"answer": {"items": "/", "failed": "/error", "within": "*", "empty": "accept"}},
    ],
)
def test_what_is_meant_is_taken(tables: dict[str, object]) -> None:
    check(tables)


def test_it_is_told_with_file_and_line(sink: Sink, shell: Shell, tmp_path: Path) -> None:
    describe(tmp_path, 'status = { passed = "OK" }\nitem = { verdict = "{status}" }')
    assert shell("upload", "sink", "--dry-run", "r.xml") == 2
    assert "testferry.toml, line 4: status: no hole uses" in shell.err
    assert "write {status|status}" in shell.err


def test_a_pointer_without_its_slash_is_spelled_out(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, 'answer = { items = "data.runs" }')
    assert shell("upload", "sink", "--dry-run", "r.xml") == 2
    assert 'write "/data/runs"' in shell.err
