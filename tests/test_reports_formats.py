from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import FIXTURES, SHARED
from fakes import counted, mutate, of
from testferry.model import ReportSummary
from testferry.reports import READERS, Source, digest, read
from testferry.reports.detect import detect

REPORTS = FIXTURES / "reports"


@pytest.mark.parametrize(
    ("name", "counts"),
    counted(REPORTS / "counts.csv"),
    ids=[name for name, _ in counted(REPORTS / "counts.csv")],
)
def test_reports_of_real_tools(name: str, counts: list[int]) -> None:
    summary = ReportSummary(name)
    found = list(read(Source(str(REPORTS / name)), summary))
    assert list(summary.tests.as_dict().values()) == counts, summary.problems
    assert all(result.name for result in found)
    assert digest([Source(str(REPORTS / name))])


def test_every_format_has_a_fixture_and_is_told_by_its_content() -> None:
    told = set()
    for name, _ in counted(REPORTS / "counts.csv"):
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
