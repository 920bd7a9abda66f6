"""The summary is Markdown, and names in it are text."""

from __future__ import annotations

from papers import outcome
from testferry.events import NamedResult
from testferry.model import ReportSummary, Tally
from testferry.outcome import Counts, Flags, Named, Stop
from testferry.screen.markdown import LONGEST, markdown


def test_markdown_shows_names_as_text() -> None:
    named = Named(refused=[NamedResult("<script>``x`|[a](b)$1$", "s", "see http://x $1$ www.x.y")])
    text = markdown(outcome(named=named), Flags())
    assert "- ``` s › <script>``x`|[a](b)$1$ ```: see http&#58;//x \\$1\\$ www&#46;x.y\n" in text


def test_the_whole_summary() -> None:
    found = outcome()
    report = ReportSummary("r.xml")
    report.fault("broken", "cut")
    found.reports = [report]
    assert markdown(found, Flags()).splitlines() == [
        '### ✘ 9 of 10 results in run 7 "Nightly": 1 rejected',
        "",
        "9 passed, 1 failed · [Nightly](https://x/7)",
        "",
        "**Next:** `testferry uploads show abc` (names them; once mended, the same command with \\-\\-retry\\-rejected sends them; the run stays open)",
        "",
        "| accepted | rejected | in doubt | pending | unmatched |",
        "|---|---|---|---|---|",
        "| 9 | 1 | 0 | 0 | 0 |",
        "",
        "**Reports**",
        "",
        "- `r.xml`: cut",
        "",
        "<details open><summary>Not accepted: 1 test</summary>",
        "",
        "- `s › t`: no such field",
        "",
        "</details>",
        "",
        "<details><summary>Failed tests: 1 test</summary>",
        "",
        "- `s › f`: assert 1 == 2",
        "",
        "</details>",
    ]


def test_it_says_why_and_what_next_and_has_no_table_on_a_good_day() -> None:
    stopped = outcome(Counts(pending=10), stop=Stop(5, "401: Unauthorized", "check TESTMO_TOKEN"))
    text = markdown(stopped, Flags())
    assert "**Why:** 401: Unauthorized\n" in text
    assert "**Cure:** check TESTMO\\_TOKEN\n" in text
    assert "**Next:** `testferry resume abc`\n" in text
    assert "| accepted |" not in markdown(outcome(Counts(accepted=10)), Flags())


def test_what_was_refused_as_a_whole_is_not_pending() -> None:
    refused = outcome(Counts(pending=67), named=Named(), stop=Stop(5, "401: Unauthorized"))
    refused.upload_id = ""
    text = markdown(refused, Flags())
    assert text.startswith("### ✘ None of 67 results was sent to testmo; nothing is kept here\n")
    assert "pending" not in text
    assert "**Why:** 401: Unauthorized\n" in text


def test_a_summary_is_never_dropped_for_its_length() -> None:
    failed = [NamedResult("ü" * 5000, "", "no") for _ in range(200)]
    text = markdown(outcome(named=Named([], failed)), Flags())
    assert len(text.encode()) <= LONGEST
    assert "*Cut here" in text
    assert text.count("<details") == text.count("</details>")


def test_no_address_ends_its_link() -> None:
    found = outcome(Counts(accepted=10))
    found.run.url = "https://x/7) [y](javascript:alert"
    assert "(https://x/7%29%20[y]%28javascript:alert)" in markdown(found, Flags())
    found.run.url = "javascript:alert"
    assert "javascript" not in markdown(found, Flags())


def test_a_long_list_is_cut_and_says_so() -> None:
    named = Named(refused=[NamedResult(f"t{at}", "", "no") for at in range(201)])
    assert "- … and 1 more\n" in markdown(outcome(named=named), Flags())


def test_what_was_not_read_has_no_counts() -> None:
    nothing = outcome(Counts(), named=Named(), stop=Stop(2, "there is no token for testmo"))
    nothing.figures.tests = Tally()
    assert "passed" not in markdown(nothing, Flags())
