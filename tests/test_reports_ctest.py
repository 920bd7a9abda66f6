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
