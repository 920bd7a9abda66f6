from __future__ import annotations

import pytest

from fakes import codes, of


@pytest.mark.parametrize(
    ("word", "status"),
    [("passed", "passed"), ("failed", "failed"), ("notrun", "skipped"), ("wibble", "error")],
)
def test_statuses(word: str, status: str) -> None:
    found, summary = of(
        f"<Site><Testing><Test Status='{word}'><Name>a</Name></Test></Testing></Site>"
    )
    assert str(found[0].status) == status
    assert codes(summary) == ["unknown-status"] * (word == "wibble")


def test_tests_that_ctest_lists_and_did_not_run_are_told() -> None:
    _, summary = of(
        "<Site><Testing><TestList><Test>./a</Test><Test>./b</Test></TestList>"
        "<Test Status='passed'><Name>a</Name></Test></Testing></Site>"
    )
    assert [(one.code, one.tests, one.is_error) for one in summary.problems] == [
        ("unfinished", 1, True)
    ]
