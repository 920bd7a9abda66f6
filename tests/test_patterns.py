"""No pattern takes longer than a third of a second on any input of 64 KB: whoever writes a report
does not hold the reader up.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import deque
from time import process_time

import pytest

import testferry

LIMIT = 0.3
SIZE = 64 * 1024
HEADS = ("", "<!DOCTYPE x ", '{"', "x [[ATTACHMENT|", "ok 1 - ")
UNITS = (
    " ", "\n", "a", "0", "1.", "-", "[] ", "[[", "]]", '"', '\\"', "<?", "<!--", "<!DOCTYPE[", "<a ", "&#1",
    " # todo", "C1_", "\n ", "\n\n[[", "ok 1\n", "00:", "1h", "message:\n", "[[PROPERTY|a]]\n", "=== RUN   ",
)  # fmt: skip
# The text of a pattern like these is the user's own option, or the test server's.
OWN = {"testferry.sandbox.faults"}


# Tried at one place of the text, never searched for.
MATCHED = {
    "testferry.dialects.headers._NUMBER",
    "testferry.reports.jsonstream._COMMA",
    "testferry.reports.jsonstream._SPACE",
    "testferry.reports.detect._SPACE",
    "testferry.reports.narrow._QUOTED",
    "testferry.screen.lines._LEADING",
    "testferry.services.testrail.item._LIST",
    "testferry.settings.address._SECRET_VALUE",
    "testferry.settings.files._HEADER",
    "testferry.settings.files._KEY",
    "testferry.settings.types._DURATION",
    "testferry.settings.types._RATE",
    "testferry.settings.types._SIZE",
}


def patterns() -> dict[str, re.Pattern[str]]:
    found = {}
    for module in pkgutil.walk_packages(testferry.__path__, "testferry."):
        if module.name in OWN or module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            listed = value if isinstance(value, tuple) else (value,)
            for at, pattern in enumerate(listed):
                if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
                    found[f"{module.name}.{name}{at or ''}"] = pattern
    return found


def slowest(pattern: re.Pattern[str], size: int, *, searched: bool = True) -> tuple[float, str]:
    worst = (0.0, "")
    for head in HEADS:
        for unit in UNITS:
            text = head + unit * (size // len(unit))
            begin = process_time()
            pattern.match(text)
            pattern.fullmatch(text)
            if searched:
                deque(pattern.finditer(text), maxlen=0)
            worst = max(worst, (process_time() - begin, f"{head!r} + {unit!r}"))
    return worst


def test_the_sweep_finds_what_it_should() -> None:
    assert slowest(re.compile(r"(a|aa)*b"), 24)[0] > 0.001
    assert len(patterns()) > 60


@pytest.mark.parametrize("name", sorted(patterns()))
def test_no_pattern_is_slow(name: str) -> None:
    pattern = patterns()[name]
    searched = name not in MATCHED
    # what is worse than linear shows on small inputs already, before it takes for ever
    for size in (64, 1024):
        took, what = slowest(pattern, size, searched=searched)
        assert took < LIMIT / 4, what
    took, what = slowest(pattern, SIZE, searched=searched)
    assert took < LIMIT, what
