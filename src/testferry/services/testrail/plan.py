"""From results and cases to everything that TestRail has to be sent: sections, cases, the run,
batches, attachments. Pure.

All results of one case travel in one item, so that they are never in two batches at once and their
order is that of the reports. A result whose case does not exist yet carries ``@N``, the place of
the case that will be made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from testferry.engine.batching import Limits, batches
from testferry.services.http_json import encode
from testferry.services.testrail.item import Outcome, entries, entry, of_case, outcome, typed
from testferry.services.testrail.match import automation_id, match, section_path, title_of
from testferry.services.testrail.read import Catalogue
from testferry.submission import Items, Kind, Label, State, Submission

_PLACE = re.compile(rb'"case_id":@(\d+)')
Row = tuple[Submission, Items | None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants besides the results themselves."""

    attempts: str = "last"
    create_missing: bool = False
    section: str = ""
    shared: bool = False  # the run is filled by others too, who may take our cases out of it
    case_fields: Mapping[str, Any] = field(default_factory=dict)
    result_fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _OfCase:
    """What one case, existing or to be made, gets."""

    outcomes: list[Outcome]
    weight: int


@dataclass(slots=True)
class Plan:
    """Everything, in the order of the reports. ``cases`` are ids, or ``@N`` for those to be
    made.
    """

    cases: dict[int | str, _OfCase] = field(default_factory=dict)
    sections: list[dict[str, Any]] = field(default_factory=list)
    creations: list[dict[str, Any]] = field(default_factory=list)
    unmatched: list[tuple[bytes, Label, str]] = field(default_factory=list)

    @property
    def existing(self) -> list[int]:
        """The cases that there are."""
        return [one for one in self.cases if isinstance(one, int)]


def plan(tests: Iterable[tuple[bytes, Label]], catalogue: Catalogue, wish: Wish) -> Plan:
    """Match every result, in one pass."""
    made = Plan()
    names = catalogue.section_names() if catalogue.sections else {}
    maker = _Maker(catalogue, wish, made) if wish.create_missing else None
    for wire, label in tests:
        test = json.loads(wire)
        found = match(test, catalogue.cases, names)
        places: Sequence[int | str] = found.cases
        if not places and found.missing and maker is not None:
            places = (maker.place(test),)
        if found.reason and (not places or found.cases):
            made.unmatched.append((wire, label, found.reason))
        weight = (
            0 if found.cases and found.reason else 1
        )  # counted among the unmatched: a part of it has no case
        result = outcome(test, label, wish.result_fields) if places else None
        for at, place in enumerate(places):
            case = made.cases.get(place)
            if case is None:
                case = made.cases[place] = _OfCase([], 0)
            # there is one where there is a place
            case.outcomes.append(result)  # type: ignore[arg-type]
            case.weight += weight if at == 0 else 0
    return made


class _Maker:
    """Sections and cases that are missing, each once."""

    def __init__(self, catalogue: Catalogue, wish: Wish, made: Plan) -> None:
        self._mode, self._field = catalogue.cases.mode, catalogue.automation_field
        self._wish, self._made = wish, made
        self._known = _paths(catalogue)
        self._cases: dict[tuple[str, ...], str] = {}
        named = [
            number
            for number, (name, _) in catalogue.sections.items()
            if wish.section in (str(number), name)
        ]
        self._root = str(named[0]) if named and wish.section else ""

    def place(self, test: Mapping[str, Any]) -> str:
        """``@N`` for the test's case; tests of one identity share it."""
        path = section_path(test)
        title, automation = title_of(str(test["name"])), automation_id(test)
        key = (automation,) if self._mode == "auto" else (*path, title)
        if key not in self._cases:
            section = self._root or (
                self._section((self._wish.section,), "") if self._wish.section else ""
            )
            for depth in range(1, len(path) + 1):
                section = self._section(path[:depth], section)
            fields = {"title": title, **self._wish.case_fields, **_own_fields(test)}
            if self._mode == "auto" and self._field:
                fields[self._field.partition(",")[0]] = automation
            self._cases[key] = f"@{len(self._made.creations)}"
            self._made.creations.append(
                {"place": self._cases[key], "section": section, "fields": fields}
            )
        return self._cases[key]

    def _section(self, path: tuple[str, ...], parent: str) -> str:
        """A section's id, or ``#N`` for one that has to be made."""
        name = title_of(path[-1])
        key = (parent, name)
        if key not in self._known:
            self._known[key] = f"#{len(self._made.sections)}"
            self._made.sections.append({"place": self._known[key], "parent": parent, "name": name})
        return self._known[key]


def _paths(catalogue: Catalogue) -> dict[tuple[str, str], str]:
    """(Parent's id, name) to id: sections may share names under different parents; of equal ones
    the first counts.
    """
    found: dict[tuple[str, str], str] = {}
    for number, (name, parent) in catalogue.sections.items():
        found.setdefault((str(parent or ""), title_of(name)), str(number))
    return found


def _own_fields(test: Mapping[str, Any]) -> dict[str, Any]:
    """``testrail_case_field`` properties."""
    found = {}
    for name, value in test.get("properties", ()):
        key, colon, rest = value.partition(":")
        if colon and name.startswith("testrail_case_field"):
            found[key.strip()] = typed(rest.strip())
    return found


def rows(
    made: Plan, run: Submission | None, statuses: Mapping[str, int], wish: Wish, limits: Limits
) -> Iterator[Row]:
    """The rows of the journal: what opens, what travels, what follows."""
    for body in made.sections:
        yield Submission(0, Kind.OPEN, "section", body=body), None
    for body in made.creations:
        yield Submission(0, Kind.OPEN, "case", body=body), None
    if run is not None:
        yield run, None
    attached: list[dict[str, Any]] = []
    for items in batches(_encoded(made, statuses, wish, attached), limits):
        yield Submission(0, Kind.BATCH, "results"), items
    by_reason: dict[str, list[tuple[bytes, Label]]] = {}
    for wire, label, reason in made.unmatched:
        by_reason.setdefault(reason, []).append((wire, label))
    for reason, lost in by_reason.items():
        items = Items(tuple(wire for wire, _ in lost), tuple(label for _, label in lost))
        yield Submission(0, Kind.BATCH, "unmatched", State.REJECTED, reason=reason), items
    if wish.shared and made.cases:
        yield (
            Submission(
                0, Kind.ATTACH, "last look at the run", body={"path": "the run", "test": "all"}
            ),
            None,
        )
    for body in attached:
        yield Submission(0, Kind.ATTACH, "attachment", body=body), None


def _encoded(
    made: Plan, statuses: Mapping[str, int], wish: Wish, attached: list[dict[str, Any]]
) -> Iterator[tuple[bytes, Label]]:
    for place, case in made.cases.items():
        outcomes = of_case(case.outcomes, wish.attempts)
        wire = b",".join(_wire(place, one, statuses) for one in outcomes)
        first, *others = (one.label for one in case.outcomes)
        yield wire, Label(first.name, first.suite, first.status, case.weight, tuple(others))
        last = outcomes[-1]
        attached += [
            {"case": place, "path": path, "base": last.base, "test": last.title}
            for path in last.attachments
        ]


def _wire(place: int | str, one: Outcome, statuses: Mapping[str, int]) -> bytes:
    encoded = encode(entry(place, one, statuses))
    if isinstance(place, str):  # without quotes: no text of a test can look like it
        return encoded.replace(
            b'"case_id":"' + place.encode() + b'"', b'"case_id":' + place.encode(), 1
        )
    return encoded


def resolved(wire: bytes, created: Mapping[str, str]) -> bytes | None:
    """An item with the ids of cases that were made; None where its case could not be made."""
    match = _PLACE.match(wire, 1)
    if match is None:
        return wire
    number = created.get(f"@{match[1].decode()}")
    return _PLACE.sub(b'"case_id":' + number.encode(), wire) if number else None


def case_of(wire: bytes) -> str:
    """The case of an item."""
    return str(entries(wire)[0]["case_id"])


def place_of(wire: bytes) -> str:
    """The ``@N`` of an item whose case was to be made, empty for any other."""
    match = _PLACE.match(wire, 1)
    return f"@{match[1].decode()}" if match else ""
