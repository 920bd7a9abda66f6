"""What a CI system is told, whichever it is."""

from __future__ import annotations

import pytest

from hostile import ended
from testferry.runners import KNOWN, Telling, as_notice, folded, telling
from testferry.settings.systems import NAMES


def test_a_system_without_a_grammar_is_told_nothing() -> None:
    for system in ("", "jenkins", "circleci", "bitbucket"):
        assert telling(system, ended(), {}) == Telling()
        assert folded(system, "t", 1.0) == ("", "")
        assert as_notice(system, "words") == Telling()
    assert set(KNOWN) <= set(NAMES)


@pytest.mark.parametrize("system", KNOWN)
def test_every_line_is_one_line(system: str) -> None:
    told = telling(system, ended(), {})
    for line in (*told.lines, *folded(system, "a\nb\rc", 1.0)):
        assert "\n" not in line
        assert "\r" not in line.removesuffix("\x1b[0K").replace("true]\r\x1b[0K", "").rstrip("\r")


def test_a_notice_is_githubs() -> None:
    assert as_notice("github", "a%b").lines == ("::notice title=testferry::a%25b",)
