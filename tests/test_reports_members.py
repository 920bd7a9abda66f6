"""Archives are read by the rules of a folder; what came out before one broke is kept."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from fakes import codes
from shells import Shell
from testferry.model import ReportSummary, Status
from testferry.reports import close, find, read

GOOD = "<testsuite><testcase name='a'/></testsuite>"


def test_an_archive_is_read_by_the_rules_of_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "artefact.zip"
    first = {
        "uuid": "1",
        "historyId": "h",
        "name": "t",
        "status": "failed",
        "stop": 1,
        "fullName": "t",
    }
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.md", "hello")
        file.writestr("pom.xml", "<project/>")
        file.writestr("deep/r.xml.gz", gzip.compress(GOOD.encode()))
        for at, status in enumerate(("failed", "passed")):
            file.writestr(
                f"al/{at}-result.json",
                json.dumps({**first, "uuid": str(at), "status": status, "stop": at}),
            )
        file.writestr("al/x-container.json", "{}")
    found = find([str(path)])
    assert [source.path.removeprefix(str(path)) for source in found.sources] == [
        "/al",
        "/deep/r.xml.gz",
    ]
    (retried,) = read(found.sources[0], ReportSummary("x"))
    assert (retried.status, retried.attempts, retried.flaky) == (Status.PASSED, 2, True)
    place = Path(found.sources[0].folder)
    close(found.sources)
    assert not place.exists()
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.md", "hello")
    found = find([str(path)])
    assert not found.sources
    assert "holds no report, but 1 other file" in found.broken[0][1].message


def test_archives_within_archives_are_read_or_told(tmp_path: Path) -> None:
    def zipped(files: dict[str, bytes]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            for name, content in files.items():
                file.writestr(name, content)
        return out.getvalue()

    red = GOOD.replace("name='a'/", "name='r'><failure/></testcase").encode()
    inner = zipped({"r.xml": red})
    (tmp_path / "outer.zip").write_bytes(zipped({"a.xml": GOOD.encode(), "in.zip": inner}))
    found = find(["outer.zip"])
    assert [source.path for source in found.sources] == [
        "outer.zip/a.xml",
        "outer.zip/in.zip/r.xml",
    ]
    close(found.sources)
    deep = zipped({"deep.zip": zipped({"deeper.zip": inner})})
    (tmp_path / "deep.zip").write_bytes(zipped({"a.xml": GOOD.encode(), "b.zip": deep}))
    found = find(["deep.zip"])
    assert [source.path for source in found.sources] == ["deep.zip/a.xml"]
    (told,) = found.summaries()
    assert codes(told) == ["over-limit"]
    assert "deeper.zip" in told.path or "deep.zip" in told.path
    close(found.sources)


def tarball(rows: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        for at in range(rows):
            content = GOOD.replace("'a'", f"'{at}'").encode()
            info = tarfile.TarInfo(f"TEST-{at}.xml")
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize("rows", [4, 400])
def test_a_cut_tarball_is_a_damaged_archive_and_no_report(
    tmp_path: Path, shell: Shell, rows: int
) -> None:
    """It is cut within its first 64 KB, or behind them."""
    whole = gzip.compress(tarball(rows))
    # so that something comes out: half of the tar itself, packed in full, without its trailer
    packed = gzip.compress(tarball(rows)[: 1024 * (rows // 2) + 700])[:-8]
    for name, data in (("cut.tar.gz", packed), ("half.tgz", whole[: len(whole) // 2])):
        (tmp_path / name).write_bytes(data)
    found = find([str(tmp_path / "cut.tar.gz")])
    assert len(found.sources) == rows // 2 + 1
    assert all(source.path.startswith(f"{tmp_path}/cut.tar.gz/TEST-") for source in found.sources)
    assert "cannot be unpacked" in found.broken[0][1].message
    close(found.sources)
    assert shell("inspect", "cut.tar.gz") == 4
    assert shell("inspect", "half.tgz", "--output", "json") == 4
    assert not any(
        report["path"].endswith(".tgz") and report["results"] for report in shell.json["reports"]
    )
    assert any(
        problem["code"] == "unreadable"
        for report in shell.json["reports"]
        for problem in report["problems"]
    )


def test_the_one_report_that_cannot_be_read_is_no_empty_folder(
    shell: Shell, tmp_path: Path
) -> None:
    """CONTRACT: 4 where a report could not be read, 3 where there is none."""
    (tmp_path / "cut.zip").write_bytes(b"PK\3\4 and no more")
    (tmp_path / "log.xml").write_text("ECONNREFUSED")
    (tmp_path / "none.xml").write_text("<testsuites/>")
    for name in ("cut.zip", "log.xml"):
        for more in ((), ("--allow-empty",), ("--output", "json")):
            assert shell("inspect", name, *more) == 4
            assert shell.upload(name, *more) == 4
            assert name in shell.out + shell.err
    for name, code in (("none.xml", 3), ("nowhere.xml", 3)):
        assert shell("inspect", name) == shell.upload(name) == code
        assert shell("inspect", name, "--allow-empty") == 0
        assert shell.upload(name, "--allow-empty") == 0
    assert shell.sandbox.requests == 0
