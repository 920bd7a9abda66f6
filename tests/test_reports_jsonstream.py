from __future__ import annotations

import json
from time import process_time

import pytest

from fakes import codes, of
from testferry.model import ReportSummary
from testferry.reports.jsonstream import squeezed


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


def test_lines_that_are_cut_or_noise() -> None:
    _, summary = of('{"Action":"pass","Package":"p","Test":"A"}\nnoise\n{"Action":"pa')
    assert "cut off at line 3" in summary.problems[-1].message
    _, summary = of('{"Action":"pass","Package":"p","Test":"A"}\nnoise\nmore noise')
    assert "2 lines of another format" in summary.problems[0].message


@pytest.mark.parametrize(
    "banner",
    [
        "[dotenv@17.2.3] injecting env (4) from .env\n",
        '{"level":"info","msg":"server up"}\n',
        '{"level":"info","msg":"a"}\n{"level":"info","msg":"b"}\n[INFO] go\n',
        "> x@1 test\n\n",
        "[12:31:30] starting\n",
    ],
)
def test_a_banner_before_a_document_is_passed_over_and_told(banner: str) -> None:
    document = {
        "numTotalTests": 1,
        "numTotalTestSuites": 1,
        "testResults": [{"name": "f", "assertionResults": [{"title": "a", "status": "failed"}]}],
    }
    for text in (json.dumps(document), json.dumps(document, indent=1)):
        found, summary = of(banner + text)
        assert [str(one.status) for one in found] == ["failed"]
        assert codes(summary) == ["banner"]


def test_a_giant_string_is_cut_while_it_is_read() -> None:
    said = json.dumps("HEAD " + 'a "b" \\ \u00e9 ' * 400_000 + " TAIL")
    text = (
        '{"numTotalTests":1,"numTotalTestSuites":1,"testResults":[{"name":"f","assertionResults":'
        f'[{{"title":"a","status":"failed","failureMessages":[{said}]}}]}}]}}'
    )
    found, _ = of(text)
    assert found[0].details[0].text.startswith("HEAD")
    assert found[0].details[0].text.endswith("TAIL")
    assert len(found[0].details[0].text) < 300_000


def test_squeezed_text_is_the_same_document() -> None:
    for filler in ("x", "\\n", "\\\\", "\\u00e9", "\\ud83d\\ude00", '\\"'):
        whole = '{"a": "' + filler * (2_000_000 // len(filler)) + '", "b": [1, "c"]}'
        found = json.loads(squeezed(whole))
        assert found["b"] == [1, "c"]
        assert len(found["a"]) < 200_000
        # a string that is not closed stays one
        assert squeezed(whole[:1_500_000]).count('"') % 2 == whole[:1_500_000].count('"') % 2


def test_one_giant_line_takes_linear_time() -> None:
    def took(size: int) -> float:
        event = {"Action": "output", "Package": "p", "Test": "A", "Output": "x" * size}
        begin = process_time()
        of('{"Action":"run","Package":"p","Test":"A"}\n' + json.dumps(event) + "\n")
        return process_time() - begin

    assert took(24_000_000) < 40 * took(2_000_000) + 0.2


@pytest.mark.parametrize("inside", ["x" * 400_000, '\\"x' * 200_000, "x y" * 200_000])
@pytest.mark.parametrize("before", [0, 1, 65_536, 1_000_001])
def test_a_giant_string_is_found_wherever_it_stands(inside: str, before: int) -> None:
    summary = ReportSummary("x")
    text = f'{{"a": "{"b" * 9}", {" " * before} "c": "{inside}", "d": [{"1," * 600_000}1]}}'
    assert len(squeezed(text, summary)) < len(text)
    assert summary.extras.has_cut
