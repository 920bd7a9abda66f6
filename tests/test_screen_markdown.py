"""The summary is Markdown, and names in it are text."""

from __future__ import annotations

from papers import outcome
from testferry.events import NamedResult
from testferry.model import ReportSummary
from testferry.outcome import Flags, Named
from testferry.screen.markdown import markdown


def test_markdown_shows_names_as_text() -> None:
    named = Named(refused=[NamedResult("<script>`x`|[a](b)", "s", "r")])
    text = markdown(outcome(named=named), Flags())
    assert "&lt;script&gt;\\`x\\`\\|\\[a\\]\\(b\\)" in text


def test_the_whole_summary() -> None:
    found = outcome()
    report = ReportSummary("r.xml")
    report.fault("broken", "cut")
    found.reports = [report]
    assert markdown(found, Flags()).splitlines() == [
        "### ✘ 9 of 10 results are at testmo",
        "",
        "Run 7 https://x/7",
        "",
        "9 passed, 1 failed, 0 errors, 0 skipped",
        "",
        "| accepted | rejected | in doubt | pending | unmatched |",
        "|---|---|---|---|---|",
        "| 9 | 1 | 0 | 0 | 0 |",
        "",
        "**Reports**",
        "",
        "- r.xml: cut",
        "",
        "**Not accepted**",
        "",
        "- s › t: no such field",
        "",
        "**Failed tests**",
        "",
        "- s › f: assert 1 == 2",
    ]


def test_a_long_list_is_cut_and_says_so() -> None:
    named = Named(refused=[NamedResult(f"t{at}", "", "no") for at in range(201)])
    assert "- … and 1 more\n" in markdown(outcome(named=named), Flags())
