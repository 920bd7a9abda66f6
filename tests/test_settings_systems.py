"""The table of CI systems."""

from __future__ import annotations

import re

from testferry.settings.systems import NAMES, SYSTEMS


def test_every_system_is_known_by_its_own_variable() -> None:
    assert len(SYSTEMS) >= 14
    assert len({known.marker for known in SYSTEMS}) == len(SYSTEMS) == len(set(NAMES))


def test_patterns_hold_variables_and_nothing_else_in_braces() -> None:
    for known in SYSTEMS:
        texts = (*known.run, known.source, *known.url, *known.branch, *known.revision)
        for text in (*texts, *known.pull_request, *known.job):
            assert re.fullmatch(r"(?:[^{}]|\{[A-Za-z_0-9]+(?::before)?\})+", text), text
        assert len(known.fork) <= 2
