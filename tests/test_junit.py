from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import FIXTURES, SHARED
from fakes import mutate
from testferry.errors import ReportProblem
from testferry.model import ReportSummary, Result, Status, merge_attempts
from testferry.reports import Source, junit, read
from testferry.reports import decode as decode_module

REPORTS = FIXTURES / "reports" / "junit"


def parse(text: str | bytes) -> tuple[list[Result], ReportSummary]:
    data = text.encode() if isinstance(text, str) else text
    summary = ReportSummary("x.xml")
    found = []
    for result in junit.read(io.BytesIO(data), summary):
        summary.see(result)
        found.append(result)
    return found, summary


def one(case: str) -> Result:
    return parse(f"<testsuite name='s'>{case}</testsuite>")[0][0]


def test_what_a_test_says_of_itself() -> None:
    result = one(
        """<testcase name="t" classname="a.B" time="1.5" file="a.py" line="7" assertions="3">
        <properties><property name="owner" value="me"/><property name="text">long</property></properties>
        <failure message="m" type="T">trace</failure><failure message="second"/>
        <system-out>out [x]
[[ATTACHMENT|shots/a b.png]]
</system-out><system-out>more</system-out><system-err>err</system-err></testcase>"""
    )
    assert (
        result.name,
        result.classname,
        result.suite,
        result.elapsed,
        result.file,
        result.line,
    ) == (
        "t",
        "a.B",
        ("s",),
        1.5,
        "a.py",
        7,
    )
    assert result.status is Status.FAILED
    assert [(one.kind, one.message, one.type, one.text) for one in result.details] == [
        ("failure", "m", "T", "trace"),
        ("failure", "second", "", ""),
    ]
    assert result.properties == (("owner", "me"), ("text", "long"))
    assert result.attachments == ("shots/a b.png",)
    assert result.stdout.endswith("more")
    assert (result.stderr, result.assertions, result.message, result.folder) == (
        "err",
        3,
        "m",
        "a.B",
    )


@pytest.mark.parametrize(
    ("inside", "attributes", "status", "raw"),
    [
        ("", "", Status.PASSED, ""),
        ("<failure/>", "", Status.FAILED, ""),
        ("<error/>", "", Status.ERROR, ""),
        ("<skipped/>", "", Status.SKIPPED, ""),
        ("<failure/><error/>", "", Status.ERROR, ""),
        ("<skipped/><failure/>", "", Status.SKIPPED, "expected-failure"),
        ("<skipped/><error/>", "", Status.ERROR, ""),
        ("", "status='notrun'", Status.SKIPPED, "notrun"),
        ("", "status='run' result='suppressed'", Status.SKIPPED, "suppressed"),
        ("", "status='run'", Status.PASSED, ""),
        ("<failure/>", "status='passed'", Status.FAILED, ""),
        ("<warning>w</warning>", "", Status.PASSED, "warning"),
        ("<rerunFailure/><failure/>", "", Status.FAILED, ""),
        ("<flakyFailure/>", "", Status.PASSED, ""),
    ],
)
def test_status(inside: str, attributes: str, status: Status, raw: str) -> None:
    result = one(f"<testcase name='t' {attributes}>{inside}</testcase>")
    assert (result.status, result.raw_status) == (status, raw)


def test_reruns_are_attempts_of_one_result() -> None:
    result = one(
        "<testcase name='t'><flakyFailure message='1'><stackTrace>x</stackTrace><system-out>no</system-out></flakyFailure></testcase>"
    )
    assert (result.attempts, result.flaky, result.stdout) == (2, True, "")
    summary = parse(
        "<testsuite><testcase name='t'><failure/><rerunFailure/><rerunError/></testcase></testsuite>"
    )[1]
    assert (summary.reruns, summary.flaky) == (1, 0)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("<testcase name='a'/>", ["a"]),
        ("<testsuites><testcase name='a'/></testsuites>", ["a"]),
        (
            "<testsuites><testsuites><testsuite name='x'><testcase name='a'/></testsuite></testsuites></testsuites>",
            ["x/a"],
        ),
        (
            "<testsuite name='x'><testsuite name='y'><testcase name='a'/></testsuite><testcase name='b'/></testsuite>",
            ["x/y/a", "x/b"],
        ),
        (
            "<j:testsuites xmlns:j='urn:x'><j:testsuite name='n'><j:testcase name='a'><j:failure/></j:testcase></j:testsuite></j:testsuites>",
            ["n/a"],
        ),
        ("<testsuite xmlns='urn:y'><testcase name='a'/></testsuite>", ["a"]),
        (
            "<testsuite><testcase name='outer'><testcase name='inner'/></testcase></testsuite>",
            ["inner", "outer"],
        ),
        ("<testsuite><testcase/><testcase name=''/></testsuite>", ["(unnamed)", "(unnamed)"]),
        ("<root><testsuite name='x'><testcase name='a'/></testsuite></root>", ["x/a"]),
    ],
)
def test_tests_are_found_at_any_depth(text: str, names: list[str]) -> None:
    assert ["/".join((*found.suite, found.name)) for found in parse(text)[0]] == names


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1.5", 1.5), ("2.6e-05", 2.6e-05), ("3.069E9", 365 * 86400.0), ("0,288", 0.288), ("1,234.5", 1234.5), ("2.503,1", 2503.1),
        ("1,234", 1234.0), ("1,234,567", 1234567.0), ("12,5", 12.5), ("", None), ("NaN", None), ("inf", None), ("-5", 0.0), ("N/A", None),
        ("80.803us", None), ("00:00:01.5", None), ("<<computed>>", None), ("1 234.5", 1234.5), ("1.2.3", None), ("٣", 3.0),
    ],
)  # fmt: skip
def test_times_of_every_locale(text: str, seconds: float | None) -> None:
    quoted = text.replace("<", "&lt;")
    assert one(f"<testcase name='t' time='{quoted}'/>").elapsed == (
        pytest.approx(seconds) if seconds is not None else None
    )


def test_a_decimal_comma_is_decided_for_the_whole_file() -> None:
    found, _ = parse(
        "<testsuite><testcase name='a' time='0,5'/><testcase name='b' time='1,234'/></testsuite>"
    )
    assert [one.elapsed for one in found] == [0.5, pytest.approx(1.234)]


def test_a_suites_own_error_becomes_a_failing_result() -> None:
    found, summary = parse(
        "<testsuite name='s' tests='1' errors='1'><error message='boom'>x</error><testcase name='a'/></testsuite>"
    )
    assert [(one.name, one.status, one.synthetic) for one in found] == [
        ("a", Status.PASSED, False),
        ("s [suite]", Status.ERROR, True),
    ]
    assert (summary.tests.total, summary.synthetic, summary.results) == (1, 1, 2)
    assert summary.problems[0].is_error


def test_failures_that_only_attributes_claim_become_a_failing_result() -> None:
    found, summary = parse(
        "<testsuites failures='3'><testsuite name='s' failures='2'><testcase name='a'><failure/></testcase></testsuite></testsuites>"
    )
    assert [one.status for one in found] == [Status.FAILED, Status.FAILED, Status.FAILED]
    assert summary.synthetic == 2
    assert "claims 2 failures, its entries show 1" in summary.problems[0].message


@pytest.mark.parametrize(
    "text", ["<testsuite failures='x' errors='-4'><testcase name='a'/></testsuite>"]
)
def test_attributes_that_are_no_numbers_do_not_matter(text: str) -> None:
    assert parse(text)[1].problems == []


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (
            b"<testsuite><testcase name='a'/><testcase name='b'",
            "is cut off at line 1; its first 1 complete test is kept",
        ),
        (
            b"<testsuite>\n<testcase name='a'/>\n<testcase name='<'/>",
            "broken XML at line 3, column",
        ),
        (b"<testsuite><testcase name='a'/></other>", "mismatched tag"),
        (b"<testsuite>", "is cut off"),
        (b"hello", "is no XML"),
        (b"", "is no XML"),
        (
            b"<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite><testcase name='&a;'/></testsuite>",
            "entities, which are refused",
        ),
        (
            b"<testsuites><suite><test/></suite></testsuites>",
            "is not JUnit XML: no <testcase>, but <suite>",
        ),
        (b"<coverage/>", "is not JUnit XML"),
        (b"<a>" * 1500, "nested more than"),
    ],
)
def test_what_is_broken_is_named(data: bytes, problem: str) -> None:
    with pytest.raises(ReportProblem, match=problem):
        parse(data)


def test_a_cut_test_never_becomes_a_pass() -> None:
    stream = junit.read(
        io.BytesIO(b"<testsuite><testcase name='a'/><testcase name='b'>"), ReportSummary("x")
    )
    assert next(stream).name == "a"
    with pytest.raises(ReportProblem, match="cut off"):
        next(stream)


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    text = f"<!DOCTYPE t [<!ENTITY x SYSTEM 'file://{tmp_path}/secret'>]><testsuite><testcase name='a'><failure>&x;</failure></testcase></testsuite>"
    with pytest.raises(ReportProblem, match="entities"):
        parse(text)
    found, _ = parse(
        "<!DOCTYPE testsuite SYSTEM 'http://127.0.0.1:1/x.dtd'><testsuite><testcase name='a'/></testsuite>"
    )
    assert found[0].name == "a"


def test_text_around_and_several_documents() -> None:
    found, summary = parse(
        "> npm test\n\n<?xml version='1.0'?><testsuite><testcase name='a'/></testsuite>\nlog line\n"
        "<?xml version='1.0'?>\n<testsuite><testcase name='b'/></testsuite>\n<report/>\n\0\0"
    )
    assert [one.name for one in found] == ["a", "b"]
    assert [problem.message.split(",")[0] for problem in summary.problems] == [
        "there is text before the XML document",
        "there is text after the XML document",
        "there is text after the XML document",
        "2 characters that XML does not allow are replaced by U+FFFD",
    ]
    assert summary.problems[1].line == 3


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        ("<testsuite><testcase name='é'/></testsuite>".encode("cp1252"), "é", "not UTF-8"),
        (
            "<?xml version='1.0' encoding='iso-8859-1'?><testsuite><testcase name='é'/></testsuite>".encode(
                "latin-1"
            ),
            "é",
            "",
        ),
        (
            "<?xml version='1.0' encoding='utf-8'?><testsuite><testcase name='é'/></testsuite>".encode(
                "utf-16"
            ),
            "é",
            "",
        ),
        ("<testsuite><testcase name='é'/></testsuite>".encode("utf-16-le"), "é", ""),
        ("<testsuite><testcase name='é'/></testsuite>".encode("utf-16-be"), "é", ""),
        ("<testsuite><testcase name='é'/></testsuite>".encode("utf-8-sig"), "é", ""),
        (
            "<?xml version='1.0' encoding='bogus'?><testsuite><testcase name='é'/></testsuite>".encode(),
            "é",
            "",
        ),
        (
            "<?xml version='1.0' encoding='base64'?><testsuite><testcase name='é'/></testsuite>".encode(),
            "é",
            "",
        ),
        (
            "<?xml version='1.0' encoding='ascii'?><testsuite><testcase name='é'/></testsuite>".encode(),
            "é",
            "",
        ),
        (
            b"<testsuite><testcase name='\x1b[31mred&#27;&#x1b;&#65;'/></testsuite>",
            "\ufffd[31mred\ufffd\ufffdA",
            "3 characters",
        ),
        (
            b"<testsuite><testcase name='&#99999999999999999999;'/></testsuite>",
            "\ufffd",
            "1 character",
        ),
    ],
)
def test_every_encoding_and_illegal_characters(data: bytes, name: str, words: str) -> None:
    found, summary = parse(data)
    assert found[0].name == name
    assert [
        problem.message for problem in summary.problems if words and words in problem.message
    ] or not words


def test_a_character_reference_cut_by_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_module, "FIRST_CHUNK", 16)
    monkeypatch.setattr(decode_module, "HEAD", 16)
    for pad in range(20):
        found, _ = parse(f"<testsuite><testcase name='{'x' * pad}&#27;&amp;é'/></testsuite>")
        assert found[0].name == "x" * pad + "\ufffd&é"


def test_a_giant_text_is_kept_as_head_and_tail() -> None:
    text = (
        "<testsuite><testcase name='a'><system-out>HEAD"
        + "x" * 3_000_000
        + "TAIL</system-out></testcase></testsuite>"
    )
    result = parse(text)[0][0]
    assert len(result.stdout) < 300_000
    assert result.stdout.startswith("HEAD")
    assert result.stdout.endswith("TAIL")
    assert len(one(f"<testcase name='{'n' * 100_000}'/>").name) == junit.LONGEST_NAME


def test_memory_does_not_grow_with_the_file() -> None:
    """Ten times the tests, the same peak of what Python holds."""
    import tracemalloc

    def peak(count: int) -> int:
        data = (
            b"<testsuite>"
            + b"<testcase name='abc' classname='def' time='0.1'><failure>trace</failure></testcase>"
            * count
            + b"</testsuite>"
        )
        stream = io.BytesIO(data)
        tracemalloc.start()
        for _ in junit.read(stream, ReportSummary("x")):
            pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(20_000) < 1.3 * peak(5_000) + 100_000


def test_memory_does_not_grow_with_one_giant_text() -> None:
    import tracemalloc

    stream = io.BytesIO(
        b"<testsuite><testcase name='a'><system-out>"
        + b"line of output\n" * 4_000_000
        + b"</system-out></testcase></testsuite>"
    )
    tracemalloc.start()
    found = list(junit.read(stream, ReportSummary("x")))
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 1
    assert top < 40_000_000, "of sixty million bytes"


def test_lxml_is_not_used() -> None:
    result = one("<testcase name='t'><failure message='m'/></testcase>")
    assert result.details[0].message == "m"
    assert "lxml" not in {
        module.split(".")[0] for module in sys.modules if module.startswith("testferry")
    }


def counted() -> list[tuple[str, list[int]]]:
    rows = csv.DictReader((REPORTS / "counts.csv").read_text("utf-8").splitlines())
    return [
        (row["file"], [int(row[key]) for key in ("tests", "passed", "failed", "errors", "skipped")])
        for row in rows
    ]


@pytest.mark.parametrize(
    ("name", "counts"), counted(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_reports_of_real_tools(name: str, counts: list[int]) -> None:
    summary = ReportSummary(name)
    for _ in read(Source(str(REPORTS / name)), summary):
        pass
    assert list(summary.tests.as_dict().values()) == counts, summary.problems


CORPUS = SHARED / "corpus" / "manifest.csv"


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside this checkout")
def test_the_corpus_to_the_last_test() -> None:
    missed = []
    for row in csv.DictReader(CORPUS.read_text("utf-8").splitlines()):
        if row["format"] != "junit-xml" or row["expect"] not in ("parse", "parse-lenient"):
            continue
        summary = ReportSummary(row["path"])
        for _ in read(Source(str(CORPUS.parent / row["path"])), summary):
            pass
        wanted = [int(row[key]) for key in ("tests", "passed", "failed", "errors", "skipped")]
        if list(summary.tests.as_dict().values()) != wanted:
            missed.append((row["path"], wanted, summary.tests))
    assert not missed


SAMPLES = [path.read_bytes() for path in sorted(REPORTS.glob("*.xml"))]


@given(st.data())
@settings(max_examples=150)
def test_any_mutation_of_any_report_gives_results_or_a_named_problem(data: st.DataObject) -> None:
    sample = bytearray(data.draw(st.sampled_from(SAMPLES)))
    mutate(data, sample)
    try:
        parse(bytes(sample))
    except ReportProblem as problem:
        assert problem.message


def test_repeated_entries_can_be_merged() -> None:
    entries = [Result("t", Status.FAILED), Result("u", Status.PASSED), Result("t", Status.PASSED)]
    last = merge_attempts(entries, "last")
    assert [(one.name, one.status, one.attempts, one.flaky) for one in last] == [
        ("t", Status.PASSED, 2, True),
        ("u", Status.PASSED, 1, False),
    ]
    worst = merge_attempts(entries, "worst")
    assert [(one.name, one.status, one.flaky) for one in worst] == [
        ("t", Status.FAILED, False),
        ("u", Status.PASSED, False),
    ]
