"""Which case a test belongs to, with dictionaries: every test is looked up once. Pure.

``auto``  the case whose automation id is ``classname.name`` (or what the property
``testrail_case_field`` says of it) ``id``    the property ``test_id``, or ``[C123]``, ``[C1, C2]``,
``C123_…`` in the name. Strict: ``sort [1, 2, 3]`` is no id ``name``  the case of that title; of
several, the one in the section that the test's suite or class names
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from testferry.model import Result
from testferry.text import normal

STRING_LIMIT = 250  # of titles and of text fields
AUTOMATION_FIELDS = ("custom_automation_id", "custom_case_automation_id")
_CASE_FIELD = "testrail_case_field"
# What behave adds to the name of an outline's example: ``Login -- @1.2 admins``.
_EXAMPLE = re.compile(r"\s-- @\d+\.\d+\b")
_PARAGRAPH = re.compile(r"</?p>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """What is kept of a case: ``word`` is its automation id or its title, whichever tests are
    matched by.
    """

    id: int
    word: str
    section: int


@dataclass(slots=True)
class Cases:
    """The cases of a suite, found by whatever the matcher needs."""

    mode: str
    ids: set[int] = field(default_factory=set)
    by_word: dict[str, Case] = field(default_factory=dict)
    more: dict[str, list[Case]] = field(default_factory=dict)  # where several have one word

    def add(self, case: Case) -> None:
        """One more case."""
        if self.mode == "id":
            self.ids.add(case.id)
        elif word := plain(case.word) if self.mode == "auto" else title_of(case.word):
            first = self.by_word.setdefault(word, case)
            if first is not case:
                self.more.setdefault(word, [first]).append(case)

    def called(self, word: str) -> list[Case]:
        """All of them, in the order of the service."""
        first = self.by_word.get(word)
        return self.more.get(word) or ([first] if first else [])


@dataclass(frozen=True, slots=True)
class Found:
    """The cases of a test; ``reason`` says what was not found. ``missing``: a case could be made
    for it.
    """

    cases: tuple[int, ...] = ()
    reason: str = ""
    missing: bool = False


def plain(automation_id: str) -> str:
    """An automation id as it was meant: older instances wrap it in a paragraph and escape it."""
    if "<" in automation_id or "&" in automation_id:
        automation_id = html.unescape(_PARAGRAPH.sub("", automation_id))
    return normal(automation_id.strip())


def match(
    result: Result,
    cases: Cases,
    sections: Mapping[int, str],
) -> Found:
    """The cases of one test."""
    if cases.mode == "auto":
        wanted = automation_id(result)
        found = cases.by_word.get(plain(wanted))  # of several the first: they were meant to be one
        if found is None:
            return Found(reason=f"no case has the automation id {wanted!r}", missing=True)
        return Found((found.id,))
    if cases.mode == "id":
        return _by_ids(ids_of(result), cases)
    return _by_title(result, cases, sections)


def automation_id(result: Result) -> str:
    """``classname.name``, unless the test says otherwise."""
    for name, value in result.properties:
        said = case_field(name, value)
        if said and said[0] in AUTOMATION_FIELDS:
            return _bounded(said[1])
    name = result.name
    if result.classname:
        name = f"{result.classname}.{name}"
    return _bounded(name)


def case_field(name: str, value: str) -> tuple[str, str] | None:
    """A field of its case that a test's property says, and what it is to hold; None for any other
    property.
    """
    if not name.startswith(_CASE_FIELD):
        return None
    key, colon, rest = value.partition(":")
    if not colon:
        return None
    return key.strip(), rest.strip()


def _bounded(text: str) -> str:
    """An automation id that the field can hold, still its own: a case that is made for it is found
    again.
    """
    if len(text) <= STRING_LIMIT:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{text[: STRING_LIMIT - 17]}~{digest[:16]}"


def title_of(text: str) -> str:
    """A title as TestRail can hold it: untouched, cut with an ellipsis where it is longer."""
    text = normal(text.strip()) or "(unnamed)"
    if len(text) <= STRING_LIMIT:
        return text
    return f"{text[: STRING_LIMIT - 1]}…"


def ids_of(result: Result) -> tuple[int, ...]:
    """The case ids that a test names, each once, in order."""
    return result.ids


def _by_ids(
    wanted: Sequence[int],
    cases: Cases,
) -> Found:
    if not wanted:
        return Found(reason="it names no case id: use the property test_id or [C123] in its name")
    known = tuple(number for number in wanted if number in cases.ids)
    unknown = ", ".join(f"C{number}" for number in wanted if number not in cases.ids)
    if unknown:
        return Found(known, reason=f"case {unknown} is not in the suite")
    return Found(known)


def _by_title(
    result: Result,
    cases: Cases,
    sections: Mapping[int, str],
) -> Found:
    title = title_of(result.name)
    found = cases.called(title)
    if not found and (outline := _EXAMPLE.split(result.name, maxsplit=1)[0]) != result.name:
        found = cases.called(title_of(outline))
    if not found:
        return Found(reason=f"no case has the title {title!r}", missing=True)
    if len(found) > 1:
        places = {normal(place) for place in section_path(result)}
        in_place = []
        for case in found:
            if normal(sections.get(case.section, "")) in places:
                in_place.append(case)
        found = in_place or found
    if len(found) > 1:
        listed = ", ".join(f"C{case.id}" for case in found[:5])
        return Found(reason=f"{len(found)} cases have the title {title!r}: {listed}")
    return Found((found[0].id,))


def section_path(result: Result) -> tuple[str, ...]:
    """Where a case for the test belongs: its suites from the outermost in, else its class."""
    suites = tuple(suite for suite in result.suite if suite.strip())
    return suites or (result.classname or "Tests",)
