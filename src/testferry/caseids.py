"""The ids of TestRail's cases that people write into names, tags and properties of their tests.

Facts (trcli's `name` and `property` matchers; reporters of Cypress, Playwright and Robot): `[C1]`,
`[C1, C2]`, `[C1][C2]`, `C1 title`, `C1: title`, `title C1`, `C818 C819 - x`, `C1_title`,
`module_1_C1_title`, `title_C1()`; a property `test_id`; `- testrail_case_id: C1` in the
documentation of a Robot test; a tag `@C1`. An id is a capital C with digits as a word of its own:
`sort [1, 2, 3]`, `c3 po` and `covid c19` hold none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

# A word of its own, also of snake_case: neither a part of a longer word nor of a number with a
# point.
_WORD = re.compile(r"(?<![^\W_])C([1-9][0-9]{0,11})(?![^\W_]|\.[0-9])")
_HINT = re.compile("C[0-9]")
_BARE = re.compile(r"[Cc]?([0-9]{1,12})")
_SEPARATOR = re.compile(r"[\s,;]+")

# A property of such a name holds ids and nothing else.
_OF_IDS = frozenset({
    "test_id",
    "testrail",
    "testrail_id",
    "testrail_ids",
    "testrail_case",
    "testrail_case_id",
    "testrail_case_ids",
})  # fmt: skip
# A property of such a name holds anything, perhaps an id.
_OF_TAGS = frozenset({
    "tag",
    "tags",
    "label:tag",
    "marker",
    "markers",
    "mark",
    "case_id",
    "case_ids",
    "testcase",
})  # fmt: skip


class Named(NamedTuple):
    """A case that a test names."""

    id: int
    where: str  # "name", "tag", "property test_id", …


def named(name: str, properties: Collection[Sequence[str]]) -> tuple[Named, ...]:
    """Return the cases that a test names, each once, in order.

    What a property says counts alone; without such a property the name and the tags count.
    """
    # nearly every test names none
    if not properties and not _HINT.search(name):
        return ()
    pairs = [(pair[0], pair[1]) for pair in properties]
    found = list(_of_properties(pairs)) or [*_of_name(name), *_of_tags(pairs)]
    first: dict[int, Named] = {}
    for case in found:
        first.setdefault(case.id, case)
    return tuple(first.values())


def _of_properties(pairs: list[tuple[str, str]]) -> Iterator[Named]:
    for name, value in pairs:
        if name not in _OF_IDS:
            continue
        parts = [part for part in _SEPARATOR.split(value.strip("[] \t\n")) if part]
        numbers = [match[1] for part in parts if (match := _BARE.fullmatch(part))]
        if len(numbers) == len(parts):
            for number in numbers:
                yield Named(int(number), f"property {name}")


def _of_name(name: str) -> Iterator[Named]:
    for number in _WORD.findall(name):
        yield Named(int(number), "name")


def _of_tags(pairs: list[tuple[str, str]]) -> Iterator[Named]:
    for name, value in pairs:
        if name not in _OF_TAGS:
            continue
        for number in _WORD.findall(value):
            yield Named(int(number), "tag")
