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
from typing import Any

from testferry.text import normal

STRING_LIMIT = 250  # of titles and of text fields
AUTOMATION_FIELDS = ("custom_automation_id", "custom_case_automation_id")
_BRACKETS = re.compile(r"\[\s*(C\d{1,12}(?:\s*,\s*C\d{1,12})*)\s*\]")
_PREFIX = re.compile(r"((?:C\d{1,12}_)+)")
_ID = re.compile(r"[Cc]?(\d{1,12})")
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


def match(test: Mapping[str, Any], cases: Cases, sections: Mapping[int, str]) -> Found:
    """The cases of one test."""
    if cases.mode == "auto":
        wanted = automation_id(test)
        found = cases.by_word.get(plain(wanted))  # of several the first: they were meant to be one
        if found is None:
            return Found(reason=f"no case has the automation id {wanted!r}", missing=True)
        return Found((found.id,))
    if cases.mode == "id":
        return _by_ids(ids_of(test), cases)
    return _by_title(test, cases, sections)


def automation_id(test: Mapping[str, Any]) -> str:
    """``classname.name``, unless the test says otherwise."""
    for name, value in test.get("properties", ()):
        key, colon, rest = value.partition(":")
        if colon and name.startswith("testrail_case_field") and key.strip() in AUTOMATION_FIELDS:
            return _bounded(rest.strip())
    classname = test.get("classname", "")
    return _bounded(f"{classname}.{test['name']}" if classname else str(test["name"]))


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
    return text if len(text) <= STRING_LIMIT else f"{text[: STRING_LIMIT - 1]}…"


def ids_of(test: Mapping[str, Any]) -> tuple[int, ...]:
    """The case ids that a test names, each once, in order."""
    for name, value in test.get("properties", ()):
        if name == "test_id":
            parts = [part.strip() for part in value.split(",")]
            found = [int(match[1]) for part in parts if (match := _ID.fullmatch(part))]
            if found and len(found) == len([part for part in parts if part]):
                return tuple(dict.fromkeys(found))
    title = str(test["name"])
    named = _BRACKETS.search(title)
    text = named[1] if named else prefix[1] if (prefix := _PREFIX.match(title)) else ""
    return tuple(dict.fromkeys(int(one) for one in re.findall(r"C(\d{1,12})", text)))


def _by_ids(wanted: Sequence[int], cases: Cases) -> Found:
    if not wanted:
        return Found(reason="it names no case id: use the property test_id or [C123] in its name")
    unknown = ", ".join(f"C{one}" for one in wanted if one not in cases.ids)
    known = tuple(one for one in wanted if one in cases.ids)
    return Found(known, reason=f"case {unknown} is not in the suite" if unknown else "")


def _by_title(test: Mapping[str, Any], cases: Cases, sections: Mapping[int, str]) -> Found:
    title = title_of(str(test["name"]))
    found = cases.called(title)
    if not found:
        return Found(reason=f"no case has the title {title!r}", missing=True)
    if len(found) > 1:
        places = {normal(place) for place in section_path(test)}
        found = [one for one in found if normal(sections.get(one.section, "")) in places] or found
    if len(found) > 1:
        listed = ", ".join(f"C{one.id}" for one in found[:5])
        return Found(reason=f"{len(found)} cases have the title {title!r}: {listed}")
    return Found((found[0].id,))


def section_path(test: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a case for the test belongs: its suites from the outermost in, else its class."""
    suites = tuple(one for one in test.get("suite", ()) if one.strip())
    return suites or ((test["classname"],) if test.get("classname") else ("Tests",))
