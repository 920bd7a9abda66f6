"""Every format that a tool wrote for fixtures/reports, counted by hand or by another program; and
what breaks in each.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import FIXTURES, SHARED
from fakes import mutate, of
from testferry.errors import NothingToUpload, ReportProblem
from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports import READERS, Source, close, digest, find, read
from testferry.reports import archive as archive_module
from testferry.reports.archive import members
from testferry.reports.convert import FORMATS, write
from testferry.reports.detect import detect
from testferry.reports.dotnet import seconds as dotnet_seconds
from testferry.text import steady

REPORTS = FIXTURES / "reports"
GOOD = b"<testsuite><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>"


def counted() -> list[tuple[str, list[int]]]:
    rows = csv.DictReader((REPORTS / "counts.csv").read_text("utf-8").splitlines())
    return [
        (row["file"], [int(row[key]) for key in ("tests", "passed", "failed", "errors", "skipped")])
        for row in rows
    ]


@pytest.mark.parametrize(("name", "counts"), counted(), ids=[name for name, _ in counted()])
def test_reports_of_real_tools(name: str, counts: list[int]) -> None:
    summary = ReportSummary(name)
    found = list(read(Source(str(REPORTS / name)), summary))
    assert list(summary.tests.as_dict().values()) == counts, summary.problems
    assert all(result.name for result in found)
    assert digest([Source(str(REPORTS / name))])


def test_every_format_has_a_fixture_and_is_told_by_its_content() -> None:
    told = set()
    for name, _ in counted():
        path = REPORTS / name
        told.add("allure" if path.is_dir() else detect(path.read_bytes()[:65536]).name)
    assert told | {"junit", "ndjson"} == set(READERS)


CORPUS = SHARED / "corpus" / "manifest.csv"


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside this checkout")
def test_the_corpus_of_the_other_formats() -> None:
    """Exact, or refused by name; never a report without tests and without a problem."""
    missed = []
    for row in csv.DictReader(CORPUS.read_text("utf-8").splitlines()):
        if row["format"].startswith("junit") or row["expect"] == "reject":
            continue
        summary = ReportSummary(row["path"])
        for _ in read(Source(str(CORPUS.parent / row["path"])), summary):
            pass
        wanted = [int(row[key] or 0) for key in ("tests", "passed", "failed", "errors", "skipped")]
        got = list(summary.tests.as_dict().values())
        other = wanted[0] - sum(wanted[1:])  # CTRF's `other`
        exact = got[:4] == wanted[:4] and got[4] == wanted[4] + other
        refused = row["expect"] != "parse" and got[0] == 0 and bool(summary.problems)
        if not exact and not refused:
            missed.append((row["path"], wanted, got))
    assert not missed


SAMPLES = [
    path.read_bytes()
    for path in sorted(REPORTS.rglob("*"))
    if path.is_file()
    and path.suffix not in (".md", ".csv")
    and path.parent.name != "junit"
    and "allure" not in path.parts
]


@given(st.data())
@settings(max_examples=250)
def test_any_mutation_of_any_report_gives_results_or_a_named_problem(data: st.DataObject) -> None:
    sample = bytearray(data.draw(st.sampled_from(SAMPLES)))
    form = detect(bytes(sample[:65536])).name
    mutate(data, sample)
    of(bytes(sample), form)


@given(
    st.sampled_from(sorted(READERS)),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["tests", "results", "suites", "name", "status", "title", "id", "err"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=30,
    ),
)
@settings(max_examples=150)
def test_any_json_at_all_in_any_reader(form: str, value: object) -> None:
    of(json.dumps(value), form)


# --- what only hand-made files show


def statuses(data: str, form: str = "auto") -> list[tuple[str, str]]:
    return [(result.name, result.status.value) for result in of(data, form)[0]]


def test_a_cut_json_report_keeps_what_was_complete() -> None:
    whole = json.dumps(
        {
            "results": {
                "tool": {"name": "x"},
                "tests": [{"name": f"t{at}", "status": "passed"} for at in range(50)],
            }
        }
    )
    found, summary = of(whole[:-200])
    assert 0 < len(found) < 50
    assert "cut off" in summary.problems[-1].message
    assert summary.problems[0].is_error


@pytest.mark.parametrize(
    "text",
    [
        '{"results": {"tests": [1 2]}}',
        '{"results" 5}',
        "{5: 6}",
        '{"results": {"tests": [{"name": x}]}}' + " " * 200,
        "[" * 5000,
    ],
)
def test_broken_json_is_named(text: str) -> None:
    found, summary = of(text, "ctrf")
    assert found == []
    assert summary.problems[0].is_error


def test_a_summary_that_says_more_than_the_tests() -> None:
    _, summary = of(
        '{"reportFormat":"CTRF","results":{"summary":{"failed":3},"tests":[{"name":"a","status":"odd"}]}}'
    )
    assert "3 failures, its entries show 1" in summary.problems[-1].message


def test_go_tests_that_never_end_and_packages_that_fail() -> None:
    lines = [
        {"Action": "run", "Package": "p", "Test": "A"},
        {"Action": "output", "Package": "p", "Test": "A", "Output": "panic: x\n"},
        {"Action": "output", "Package": "p", "Output": "FAIL\n"},
        {"Action": "fail", "Package": "p"},
        {"Action": "fail", "Package": "q"},
        {"Action": "pass", "Package": "r"},
        {"Action": "run", "Package": "s", "Test": "B"},
    ]
    text = "\n".join(map(json.dumps, lines))
    assert statuses(text) == [("A", "error"), ("q [package]", "error"), ("B", "error")]


def test_lines_that_are_cut_or_noise() -> None:
    _, summary = of('{"Action":"pass","Package":"p","Test":"A"}\nnoise\n{"Action":"pa')
    assert "cut off at line 3" in summary.problems[-1].message
    _, summary = of('{"Action":"pass","Package":"p","Test":"A"}\nnoise\nmore noise')
    assert "2 lines of another format" in summary.problems[0].message


def test_tap_that_bails_out_or_stops_short() -> None:
    assert statuses("1..3\nok 1 - a\nBail out! no db") == [
        ("a", "passed"),
        ("the run [tap]", "error"),
    ]
    assert statuses("1..3\nok 1 - a") == [("a", "passed"), ("the run [tap]", "error")]
    assert statuses("TAP version 13\nok\nnot ok 2 # TODO later\nok 3 # SKIP no\n1..3") == [
        ("test", "passed"),
        ("test 2", "skipped"),
        ("test 3", "skipped"),
    ]
    assert statuses("1..0 # skip all") == []
    _, summary = of("hello", "tap")
    assert "no TAP" in summary.problems[0].message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5", 1.5),
        ("00:00:01.5000000", 1.5),
        ("1.02:00:00", 93600.0),
        ("0,288", 0.288),
        ("", None),
        (None, None),
        ("soon", None),
        ("1e999", None),
    ],
)
def test_durations_of_dotnet(text: str | None, expected: float | None) -> None:
    assert dotnet_seconds(text) == expected


def test_allure_attempts_and_broken_files(tmp_path: Path) -> None:
    folder = tmp_path / "allure-results"
    folder.mkdir()
    for at, status in enumerate(("failed", "passed")):
        document = {
            "uuid": str(at),
            "historyId": "h",
            "name": "t",
            "status": status,
            "start": at * 1000,
            "stop": at * 1000 + 500,
        }
        (folder / f"{at}-result.json").write_text(json.dumps(document))
    (folder / "2-result.json").write_text("{")
    found = find([str(tmp_path)])
    assert [source.path for source in found.sources] == [str(folder)]
    summary = ReportSummary("a")
    results = list(read(found.sources[0], summary))
    assert [(one.status, one.attempts, one.flaky, one.elapsed) for one in results] == [
        (Status.PASSED, 2, True, 0.5)
    ]
    assert "2-result.json" in summary.problems[0].message
    assert len(of((folder / "0-result.json").read_bytes())[0]) == 1
    (folder / "0-result.json").write_text("[]")
    assert [source.path for source in find([str(folder)]).sources] != [str(folder)]


# --- archives


def packed(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / f"reports.{kind}"
    if kind == "gz":
        path.write_bytes(gzip.compress(GOOD))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("a/one.xml", GOOD)
            file.writestr("two.xml", GOOD)
            file.mkdir("empty")
    else:
        with tarfile.open(
            path, {"tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}.get(kind, "w")
        ) as file:  # type: ignore[call-overload]  # all modes
            for name in ("one.xml", "../../evil.xml"):
                info = tarfile.TarInfo(name)
                info.size = len(GOOD)
                file.addfile(info, io.BytesIO(GOOD))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            file.addfile(link)
    return path


@pytest.mark.parametrize(
    ("kind", "reports"),
    [("gz", 1), ("zip", 2), ("tar", 2), ("tar.gz", 2), ("tar.bz2", 2), ("tar.xz", 2)],
)
def test_archives_of_reports(tmp_path: Path, kind: str, reports: int) -> None:
    path = packed(tmp_path, kind)
    for found in (
        find([str(path)]),
        find([str(tmp_path / "rep*")]),
        find(["-"], io.BytesIO(path.read_bytes())),
    ):
        assert len(found.sources) == reports
        assert (
            sum(len(list(read(source, ReportSummary("x")))) for source in found.sources)
            == 2 * reports
        )
        close(found.sources)
    assert not (tmp_path.parent / "evil.xml").exists()


def test_bombs_and_broken_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "ALWAYS_ALLOWED", 1_000_000)
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(b"\0" * 50_000_000))
    with pytest.raises(ReportProblem, match="a bomb"):
        list(members(str(bomb)))
    broken = tmp_path / "broken.gz"
    broken.write_bytes(gzip.compress(GOOD)[:-9])
    found = find([str(broken)])
    assert len(list(read(found.sources[0], ReportSummary("x")))) == 2, (
        "what came out before it broke is read"
    )
    assert "cannot be unpacked" in found.broken[0][1].message
    close(found.sources)
    broken.write_bytes(b"\x1f\x8b\x08\0\0")
    with pytest.raises(NothingToUpload, match="cannot be unpacked"):
        find([str(broken)])
    (tmp_path / "good.xml").write_bytes(GOOD)
    found = find([str(broken), str(tmp_path / "good.xml")])
    assert len(found.sources) == 1
    assert found.broken[0][0] == str(broken)
    zipped = packed(tmp_path, "zip")
    zipped.write_bytes(zipped.read_bytes()[:60])
    with pytest.raises(ReportProblem, match="cannot be unpacked"):
        list(members(str(zipped)))


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
        file.writestr("deep/r.xml.gz", gzip.compress(GOOD))
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
    with pytest.raises(NothingToUpload, match="holds no report, but 1 other file"):
        find([str(path)])


def test_other_reports_in_an_allure_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "1-result.json").write_text(
        json.dumps({"uuid": "1", "historyId": "h", "name": "t", "status": "passed"})
    )
    (tmp_path / "2-attachment.xml").write_bytes(GOOD)
    (tmp_path / "TEST-x.xml").write_bytes(GOOD)
    found = find([str(tmp_path)])
    assert [source.path for source in found.sources] == [
        str(tmp_path),
        str(tmp_path / "TEST-x.xml"),
    ]


# --- conversion


@pytest.mark.parametrize("form", ["ctrf", "junit"])
@pytest.mark.parametrize(
    "name",
    [
        "junit/pytest.xml",
        "playwright/playwright.json",
        "go-test/go-test.jsonl",
        "junit/node-test.xml",
    ],
)
def test_what_is_converted_is_read_back_with_the_same_counts(form: str, name: str) -> None:
    found, summary = of((REPORTS / name).read_bytes())
    out = io.StringIO()
    write(found, form, out)
    again, second = of(out.getvalue())
    assert [one.name for one in again] == [one.name for one in found]
    assert second.tests.passed == summary.tests.passed
    assert second.tests.skipped == summary.tests.skipped
    assert second.tests.total == summary.results
    assert not [problem for problem in second.problems if problem.is_error]


def test_conversion_to_lines() -> None:
    found, _ = of(GOOD)
    out = io.StringIO()
    write(found, "ndjson", out)
    assert [json.loads(line)["name"] for line in out.getvalue().splitlines()] == ["a", "b"]
    assert set(FORMATS) == {"ctrf", "junit", "ndjson"}


@pytest.mark.parametrize("name", [name for name, _ in counted() if not (REPORTS / name).is_dir()])
def test_lines_are_read_back_as_they_were(name: str) -> None:
    found, _ = of((REPORTS / name).read_bytes())
    out = io.StringIO()
    write(found, "ndjson", out)
    assert of(out.getvalue())[0] == found


def test_junit_keeps_suites_properties_and_types() -> None:
    junit = """<testsuites><testsuite name="o"><testsuite name="i"><testcase name="a" classname="c"><properties>
        <property name="k" value="v"/></properties><error message="m" type="T">text</error></testcase>
        <testcase name="b" classname="c"><flakyFailure message="once"/></testcase></testsuite></testsuite>
        <testsuite name="p"><testcase name="c" classname="c" time="0.5"/></testsuite></testsuites>"""
    found, _ = of(junit)
    out = io.StringIO()
    write(found, "junit", out)
    assert of(out.getvalue())[0] == found


def test_a_converted_result_keeps_its_status_whatever_its_details_say() -> None:
    odd = [
        Result("a", Status.ERROR, details=(Detail("failure", "m"),)),
        Result("b", Status.PASSED, details=(Detail("failure", "expected"),)),
        Result("c", Status.SKIPPED),
        Result("d", Status.FAILED),
    ]
    out = io.StringIO()
    write(odd, "junit", out)
    assert [one.status for one in of(out.getvalue())[0]] == [one.status for one in odd]


def test_names_without_memory_addresses() -> None:
    assert steady("p[2: java.lang.Object@68d279ec]") == "p[2: java.lang.Object@…]"
    assert steady("f<at 0x7f2e6ca68450>") == "f<at 0x…>"
    assert steady("mail a@b.example, 0xff") == "mail a@b.example, 0xff"
