"""No pattern takes longer than a third of a second on any input of 64 KB: whoever writes a report
does not hold the reader up.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from time import process_time

import pytest

import testferry
from conftest import ROOT
from testferry.reports.between import Between

SOURCE = ROOT / "src" / "testferry"
LIMIT = 0.3
SIZE = 64 * 1024
HEADS = ("", "<!DOCTYPE x ", '{"', "x [[ATTACHMENT|", "ok 1 - ")
UNITS = (
    " ", "\n", "a", "0", "1.", "-", "[] ", "[[", "]]", '"', '\\"', "<?", "<!--", "<!DOCTYPE[", "<a ", "&#1",
    " # todo", "C1_", "\n ", "\n\n[[", "ok 1\n", "00:", "1h", "message:\n", "[[PROPERTY|a]]\n", "=== RUN   ",
)  # fmt: skip
# What may stand behind all that is repeated: it makes a match that was nearly there fail.
TAILS = ("", "\\", "!")
# The text of a pattern like these is the user's own option, or the test server's.
OWN = {"testferry.sandbox.faults"}
# Those of secrets are swept where they are made: see test_settings_secrets.
COMPILED_LATER = {"dialects/load.py", "reports/between.py", "services/http/answers.py"} | {
    "services/http/culprits.py",
    "settings/secrets.py",
}


# Tried at one place of the text, never searched for.
MATCHED = {
    "testferry.dialects.headers._NUMBER",
    "testferry.reports.jsonstream._COMMA",
    "testferry.reports.jsonstream._SPACE",
    "testferry.reports.detect._SPACE",
    "testferry.reports.narrow._QUOTED",
    "testferry.screen.lines._LEADING",
    "testferry.services.http.documents._PAGE",
    "testferry.services.http.documents._PAIR",
    "testferry.services.http.sayings._NAMED",
    "testferry.services.testrail.item._LIST",
    "testferry.settings.address._SECRET_VALUE",
    "testferry.settings.places._END_OF_HEADER",
    "testferry.settings.places._TEXT",
    "testferry.settings.types._DURATION",
    "testferry.settings.types._RATE",
    "testferry.settings.types._SIZE",
}


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    found = {}
    for module in pkgutil.walk_packages(testferry.__path__, "testferry."):
        if "-" in module.name:  # a hook of PyInstaller's
            continue
        if module.name in OWN or module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            listed = [value]
            if isinstance(value, tuple | list | set | frozenset):
                listed = list(value)
            elif isinstance(value, dict):
                listed = [*value, *value.values()]
            for at, pattern in enumerate(listed):
                if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
                    found[f"{module.name}.{name}{at or ''}"] = pattern
    found["testferry.reports.between.Between"] = Between("odd-root")._begins
    return found | inline()


def calls() -> Iterator[tuple[str, ast.Call, bool]]:
    """Every call of ``re``: its file, and whether it is made when the module is loaded."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        at_load = {
            id(node)
            for statement in tree.body
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
            for node in ast.walk(statement)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if ast.unparse(node.func.value) == "re":
                yield path.relative_to(SOURCE).as_posix(), node, id(node) in at_load


def inline() -> dict[str, re.Pattern[str]]:
    """The patterns that stand as literals where they are used."""
    found = {}
    for file, node, _ in calls():
        text = node.args[0] if node.args else None
        literal = isinstance(text, ast.Constant) and isinstance(text.value, str)
        if literal and node.func.attr not in ("compile", "escape"):  # type: ignore[attr-defined]
            name = f"{file}:{node.func.attr} {text.value}"  # type: ignore[attr-defined,union-attr]
            found[name] = re.compile(text.value)  # type: ignore[union-attr]
    return found


def test_every_pattern_is_swept() -> None:
    later = {
        file
        for file, node, at_load in calls()
        if node.func.attr == "compile" and not at_load  # type: ignore[attr-defined]
    }
    assert later <= COMPILED_LATER
    swept = {pattern.pattern for pattern in patterns().values()}
    for file, node, at_load in calls():
        text = node.args[0] if node.args else None
        own = f"testferry.{file.removesuffix('.py').replace('/', '.')}" in OWN
        if at_load and not own and isinstance(text, ast.Constant) and isinstance(text.value, str):
            assert text.value in swept, file


def slowest(
    pattern: re.Pattern[str],
    size: int,
    *,
    searched: bool = True,
    tails: Sequence[str] = ("",),
) -> tuple[float, str]:
    worst = (0.0, "")
    for head, unit, tail in product(HEADS, UNITS, tails):
        text = head + unit * (size // len(unit)) + tail
        begin = process_time()
        pattern.match(text)
        pattern.fullmatch(text)
        if searched:
            deque(pattern.finditer(text), maxlen=0)
        worst = max(worst, (process_time() - begin, f"{head!r} + {unit!r} + {tail!r}"))
    return worst


def test_the_sweep_finds_what_it_should() -> None:
    assert slowest(re.compile(r"(a|aa)*b"), 24)[0] > 0.001
    assert len(patterns()) > 60


@pytest.mark.parametrize("name", sorted(patterns()))
def test_no_pattern_is_slow(name: str) -> None:
    pattern = patterns()[name]
    searched = name not in MATCHED and ":match " not in name and ":fullmatch " not in name
    # what is worse than linear shows on small inputs already, before it takes for ever
    for size in (64, 1024, SIZE // 8):
        took, what = slowest(pattern, size, searched=searched, tails=TAILS)
        assert took < LIMIT / 4, what
    took, what = slowest(pattern, SIZE, searched=searched)
    assert took < LIMIT, what
