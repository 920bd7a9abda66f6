from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from testferry.errors import TryLater
from testferry.ingest import Deadline, Ingest
from testferry.reports import Source, find


class Hand:
    """A clock that is moved by a second at every look."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        self.time += 1.0
        return self.time

    def wall(self) -> float:
        return self.time


def test_reading_ends_with_the_time_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "r.xml"
    path.write_text("<testsuite>" + "<testcase name='a' classname='c'/>" * 1000 + "</testsuite>")
    watch = Deadline(100.0, Hand())
    assert len(list(Ingest([Source(str(path))], watch=watch))) == 1000
    ingest = Ingest([Source(str(path))], watch=Deadline(5.0, Hand()))
    with pytest.raises(TryLater, match="before the reports are read"):
        list(ingest)
    assert 0 < ingest.results < 1000


def endless(tmp_path: Path) -> dict[str, Path]:
    """Reports of many chunks without a result in sight."""
    rows = b"<testsuite>" + b"<properties/>" * 400_000
    files = {
        "huge.xml": rows,
        "line.jsonl": b'{"Action":"output","Package":"p","Output":"' + b"x" * 4_000_000,
        "one.tap": b"TAP version 13\n" + b"# noise\n" * 500_000,
        "bomb.gz": gzip.compress(b"<testsuite>" + b" " * 20_000_000),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "many.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for at in range(200):
            file.writestr(f"{at}.xml", f"<testsuite><!-- {at} --></testsuite>")
    (tmp_path / "folder").mkdir()
    for at in range(50):
        (tmp_path / "folder" / f"{at}.xml").write_text(f"<testsuite><!-- {at} --></testsuite>")
    return {path.name: path for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    "name", ["huge.xml", "line.jsonl", "one.tap", "bomb.gz", "many.zip", "folder"]
)
def test_the_time_is_over_without_a_single_result(tmp_path: Path, name: str) -> None:
    path = endless(tmp_path)[name]
    watch = Deadline(20.0, Hand())
    with pytest.raises(TryLater, match="before the reports are read"):
        for _ in Ingest(find([str(path)], watch=watch).sources, watch=watch):
            raise AssertionError("there is no result")
