"""Whatever is done to a report that its own tool calls red, it is never green: every fixture, every
way.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reds import GREEN, RED, REPORTS, is_red, told
from testferry.ingest import Ingest
from testferry.reports import close, find


def kind_of(name: str) -> str:
    if name.endswith((".xml", ".trx")):
        return "xml"
    return name.partition("/")[0]


def is_xml(name: str) -> bool:
    return kind_of(name) == "xml"


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def bodies(data: bytes) -> bytes:
    """An XML document without its declaration."""
    if data.lstrip(b"\xef\xbb\xbf").startswith(b"<?xml"):
        return data.partition(b"?>")[2]
    return data


def test_nearly_every_format_has_a_red_fixture() -> None:
    formats = {name.partition("/")[0] for name in RED}
    assert len(RED) > 90
    missing = {path.name for path in REPORTS.iterdir() if path.is_dir()} - formats
    assert missing == {"allure"}, "a folder, see below"


def banners(name: str, data: bytes) -> Iterator[bytes]:
    for banner in (
        "\n\n",
        "> npm test\n\n",
        "[dotenv@17.2.3] injecting env (2)\n",
        "[12:31:30] Starting\n",
        '{"level":"info","msg":"x"}\n',
        "warning: <odd> & more\n",
    ):
        yield banner.encode() + data
    for tail in ("\n", "\nnpm ERR! Test failed.\n", "\n[12:31:30] Done\n"):
        yield data + tail.encode()


def comments(name: str, data: bytes) -> Iterator[bytes]:
    if not is_xml(name):
        return
    for tail in (
        b" <!-- name -->",
        b"<?xml-stylesheet href='x'?>",
        b"\n<!-- <testsuite> -->\n",
        b"\0\0",
    ):
        yield data + tail
    if is_utf8(data):
        yield b"<!-- <testsuites/> -->" + bodies(data)
        yield b"<?x y?>" + bodies(data)
        yield (
            b"<!DOCTYPE x>" + bodies(data).replace(b"<!DOCTYPE", b"<!-- ")
            if b"<!DOCTYPE" not in data
            else data
        )


def joined(name: str, data: bytes) -> Iterator[bytes]:
    green = GREEN.get(kind_of(name))
    yield data + b"\n" + data
    if green is None or not is_utf8(data):
        return
    yield data + b"\n" + green
    yield green + b"\n" + data.removeprefix(b"\xef\xbb\xbf")
    if is_xml(name):
        yield green + bodies(data)


def encoded(name: str, data: bytes) -> Iterator[bytes]:
    if not is_utf8(data):
        return
    text = data.decode("utf-8-sig")
    for declared in (
        'encoding="UTF-8"',
        "encoding='UTF-8'",
        'encoding="utf-8"',
        "encoding='utf-8'",
    ):
        text = text.replace(declared, "", 1)
    for encoding in ("utf-8-sig", "utf-16", "utf-16-be" if is_xml(name) else "utf-8"):
        yield text.encode(encoding)
    yield text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    if is_xml(name) and not text.startswith("<?xml"):
        latin = f'<?xml version="1.0" encoding="iso-8859-1"?>{text}'
        yield latin.encode("latin-1", "replace")


WAYS = {"banner": banners, "comment": comments, "join": joined, "encode": encoded}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", RED)
def test_a_red_report_stays_red(name: str, way: str) -> None:
    for number, changed in enumerate(WAYS[way](name, RED[name])):
        assert told(changed), (number, changed[:200])


@pytest.mark.parametrize("name", RED)
def test_a_red_report_that_is_cut_is_red_or_told(name: str) -> None:
    data = RED[name]
    end = len(data.rstrip())
    steps = 24
    cuts = {max(1, end * step // steps) for step in range(steps)} | {end - 1, end - 2, 1, 2, 5}
    # at the ends of lines, where a cut shows least
    ends = [at for at in range(end) if data[at : at + 1] == b"\n"]
    cuts |= {at + 1 for at in ends[:: max(1, len(ends) // steps)]} | {at + 1 for at in ends[-3:]}
    for cut in sorted(cuts):
        if 0 < cut < end and data[:cut].strip():
            assert told(data[:cut]), (cut, end, data[max(0, cut - 200) : cut])


def packed(files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    yield "a.zip", out.getvalue()
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as file:
        file.writestr("in.zip", out.getvalue())
        file.writestr("readme.md", b"x")
    yield "b.zip", outer.getvalue()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    yield "c.tar.gz", out.getvalue()


def of_allure(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((REPORTS / folder).iterdir())}


ALLURE = {folder: of_allure(f"allure/{folder}") for folder in ("pytest", "pytest-teardown")}
_GREEN_ALLURE = {
    "uuid": "g",
    "historyId": "g",
    "name": "g",
    "status": "passed",
    "stage": "finished",
}


def reds(files: dict[str, bytes]) -> dict[str, bytes]:
    """The results of a folder that are not green."""
    return {
        name: content
        for name, content in files.items()
        if name.endswith("-result.json") and json.loads(content)["status"] in ("failed", "broken")
    }


def altered(files: dict[str, bytes]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The ways in which a folder of results comes to somebody."""
    yield "as it is", files
    green = {"g-result.json": json.dumps(_GREEN_ALLURE).encode(), "good.xml": GREEN["xml"]}
    yield "beside green ones", {**files, **green}
    yield (
        "without containers",
        {name: content for name, content in files.items() if "container" not in name},
    )
    for encoding in ("utf-8-sig", "utf-16"):
        yield (
            encoding,
            {
                name: content.decode().encode(encoding) if name.endswith(".json") else content
                for name, content in files.items()
            },
        )
    for share in (0, 3, 30, 60, 99):
        cut = {
            name: content[: len(content) * share // 100] for name, content in reds(files).items()
        }
        yield f"red ones cut at {share} %", {**files, **cut}
    alone = next(iter(reds(files).items()))
    yield "one alone", dict([alone])
    yield "one alone, cut", {alone[0]: alone[1][: len(alone[1]) // 2]}


@pytest.mark.parametrize("name", ALLURE)
def test_a_red_folder_of_allure_is_red_in_any_way(name: str, tmp_path: Path) -> None:
    for way, files in altered(ALLURE[name]):
        folder = tmp_path / way / "results"
        folder.mkdir(parents=True)
        for path, body in files.items():
            (folder / path).write_bytes(body)
        assert red_in(folder), way
        assert red_in(folder.parent), way
        for archive, body in packed({f"allure-results/{path}": files[path] for path in files}):
            place = tmp_path / way / archive
            place.mkdir()
            (place / archive).write_bytes(body)
            assert red_in(place / archive), (way, archive)
            half = tmp_path / way / f"half of {archive}"
            half.write_bytes(body[: len(body) // 2])
            assert red_in(half), (way, archive)


def red_in(folder: Path) -> bool:
    found = find([str(folder)])
    ingest = Ingest(found.sources)
    results = list(ingest)
    summaries = [*ingest.summaries, *found.summaries()]
    close(found.sources)
    return is_red(results, summaries)


@pytest.mark.parametrize("name", RED)
def test_a_red_report_is_red_in_folders_and_archives(name: str, tmp_path: Path) -> None:
    short, data = name.rpartition("/")[2], RED[name]
    files = {f"sub/{short}": data, "good.xml": GREEN["xml"]}
    cut = {f"sub/{short}": data[: len(data) // 3], "good.xml": GREEN["xml"]}
    for at, content in enumerate((files, cut)):
        folder = tmp_path / f"plain-{at}"
        for path, body in content.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(body)
        assert red_in(folder)
        for archive, body in packed(content):
            folder = tmp_path / f"{archive}-{at}"
            folder.mkdir()
            (folder / archive).write_bytes(body)
            assert red_in(folder / archive)
            assert red_in(folder)
    folder = tmp_path / "gz"
    folder.mkdir()
    (folder / f"{short}.gz").write_bytes(gzip.compress(data))
    assert red_in(folder)
