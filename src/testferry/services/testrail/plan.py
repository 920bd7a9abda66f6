"""From results and cases to everything that TestRail has to be sent: sections, cases, the run,
batches, attachments. Pure.

All results of one case travel in one item, so that they are never in two batches at once and their
order is that of the reports. A result whose case does not exist yet carries ``@N``, the place of
the case that will be made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any

from testferry.engine.batching import Limits, batches
from testferry.model import Result
from testferry.services.http_json import encode
from testferry.services.testrail.fields import Field, required
from testferry.services.testrail.item import (
    Outcome,
    assign,
    entries,
    entry,
    of_case,
    outcome,
    typed,
)
from testferry.services.testrail.match import automation_id, match, section_path, title_of
from testferry.services.testrail.read import Catalogue
from testferry.submission import ATTACHMENT, LET_BE, Items, Kind, Label, State, Submission

_PLACE = re.compile(rb'"case_id":@(\d+)')
Held = tuple[Result, bytes, Label]  # as it was read, as it is stored, what people call it
Row = tuple[Submission, Items | None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants besides the results themselves.

    One record, because it is all that the pure planning is told.
    """

    attempts: str = "auto"
    create_missing: bool = False
    allow_unmatched: bool = False  # what has no case is let be
    section: str = ""
    # The run is filled by others too, who may take our cases out of it.
    shared: bool = False
    # the last line of every comment, by which the job's results are known
    mark: str = ""
    # cases that have a result of an earlier attempt, which stands
    there: frozenset[int] = frozenset()
    case_fields: Mapping[str, Any] = field(default_factory=dict)
    result_fields: dict[str, Any] = field(default_factory=dict)
    # who gets the cases that failed, in turn
    users: tuple[int, ...] = ()
    # fields that every result must have, and that no option fills
    lacking: tuple[Field, ...] = ()
    # attachments that cannot be sent, and why
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)
    # why no case can be made: the fields that must be filled
    uncreatable: tuple[Field, ...] = ()


@dataclass(slots=True)
class OfCase:
    """What one case, existing or to be made, gets; ``weight`` is how many results that is."""

    outcomes: list[Outcome] = field(default_factory=list)
    weight: int = 0


@dataclass(slots=True)
class Plan:
    """Everything, in the order of the reports; ``cases`` are ids, or ``@N`` for new ones."""

    cases: dict[int | str, OfCase] = field(default_factory=dict)
    sections: list[dict[str, Any]] = field(default_factory=list)
    creations: list[dict[str, Any]] = field(default_factory=list)
    unmatched: list[tuple[bytes, Label, str]] = field(default_factory=list)
    # results that are not sent, because an earlier attempt of them stands
    there: int = 0
    # fields that a result must have, and that some result lacks
    lacking: list[Field] = field(default_factory=list)
    # cases that cannot be made, by their places: why
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> Iterator[tuple[str, str]]:
        """The attachments of all that is sent: the path, and the report's folder."""
        for case in self.cases.values():
            for ended in case.outcomes:
                for path in ended.attachments:
                    yield path, ended.base

    @property
    def existing(self) -> list[int]:
        """The cases that there are."""
        return [case for case in self.cases if isinstance(case, int)]


def plan(
    held: Iterable[Held],
    catalogue: Catalogue,
    wish: Wish,
) -> Plan:
    """Match every result, in one pass."""
    made = Plan()
    names = catalogue.section_names()
    maker = None
    if wish.create_missing:
        maker = _Maker(catalogue, wish, made)
    for result, wire, label in held:
        found = match(result, catalogue.cases, names)
        places: list[int | str] = list(found.cases)
        if not places and found.missing and maker is not None:
            places = [maker.place(result)]
        if found.reason and (not places or found.cases):
            made.unmatched.append((wire, label, found.reason))
        if not places:
            continue
        ended = _marked(outcome(result, label, wish.result_fields), wish.mark)
        _note_lacking(made, ended, wish)
        for place in places:
            case = made.cases.get(place)
            if case is None:
                case = made.cases[place] = OfCase()
            case.outcomes.append(ended)
        # If a part of it has no case it is counted there, among the unmatched.
        is_counted_elsewhere = bool(found.cases and found.reason)
        made.cases[places[0]].weight += not is_counted_elsewhere
    _judge_creations(made, wish)
    made.there = sum(case.weight for place, case in made.cases.items() if place in wish.there)
    return made


def _note_lacking(
    made: Plan,
    ended: Outcome,
    wish: Wish,
) -> None:
    for about in wish.lacking:
        if about.name not in ended.fields and about not in made.lacking:
            made.lacking.append(about)


def _judge_creations(
    made: Plan,
    wish: Wish,
) -> None:
    """Whether a case lacks a field that it must have; no section is made for such cases alone."""
    for body in made.creations:
        if missing := [each for each in wish.uncreatable if each.name not in body["fields"]]:
            made.refused[body["place"]] = required(missing, "--case-field")
    if len(made.refused) == len(made.creations):
        made.sections = []


def _marked(
    ended: Outcome,
    mark: str,
) -> Outcome:
    """The outcome with the line of its job."""
    if not mark:
        return ended
    comment = f"{ended.comment}\n\n{mark}".strip()
    return replace(ended, comment=comment)


class _Maker:
    """Sections and cases that are missing, each once."""

    def __init__(
        self,
        catalogue: Catalogue,
        wish: Wish,
        made: Plan,
    ) -> None:
        self._mode = catalogue.cases.mode
        self._field = catalogue.automation_field
        self._wish = wish
        self._made = made
        self._known = _paths(catalogue)
        self._cases: dict[tuple[str, ...], str] = {}
        self._root = _section_called(wish.section, catalogue)

    def place(
        self,
        result: Result,
    ) -> str:
        """``@N`` for the test's case; tests of one identity share it."""
        path = section_path(result)
        title = title_of(result.name)
        automation = automation_id(result)
        key = (*path, title)
        if self._mode == "auto":
            key = (automation,)
        if key not in self._cases:
            fields = {
                "title": title,
                **self._wish.case_fields,
                **_own_fields(result),
            }
            if self._mode == "auto" and self._field:
                fields[self._field.partition(",")[0]] = automation
            section = self._section_of(path)
            self._cases[key] = f"@{len(self._made.creations)}"
            creation = {
                "place": self._cases[key],
                "section": section,
                "fields": fields,
            }
            self._made.creations.append(creation)
        return self._cases[key]

    def _section_of(
        self,
        path: tuple[str, ...],
    ) -> str:
        """The innermost section of a path, below the one that the user named."""
        section = self._root
        if self._wish.section and not section:
            section = self._section(
                (self._wish.section,),
                "",
            )
        for depth in range(1, len(path) + 1):
            section = self._section(path[:depth], section)
        return section

    def _section(
        self,
        path: tuple[str, ...],
        parent: str,
    ) -> str:
        """A section's id, or ``#N`` for one that has to be made."""
        name = title_of(path[-1])
        key = (parent, name)
        if key not in self._known:
            self._known[key] = f"#{len(self._made.sections)}"
            section = {
                "place": self._known[key],
                "parent": parent,
                "name": name,
            }
            self._made.sections.append(section)
        return self._known[key]


def _section_called(
    wanted: str,
    catalogue: Catalogue,
) -> str:
    """The id of the section that the user named by id or name; empty if there is none."""
    if not wanted:
        return ""
    for number, (name, _) in catalogue.sections.items():
        if wanted in (str(number), name):
            return str(number)
    return ""


def _paths(catalogue: Catalogue) -> dict[tuple[str, str], str]:
    """(Parent's id, name) to id: sections may share names under different parents; of equal ones
    the first counts.
    """
    found: dict[tuple[str, str], str] = {}
    for number, (name, parent) in catalogue.sections.items():
        found.setdefault(
            (str(parent or ""), title_of(name)),
            str(number),
        )
    return found


def _own_fields(result: Result) -> dict[str, object]:
    """``testrail_case_field`` properties."""
    found = {}
    for name, value in result.properties:
        key, colon, rest = value.partition(":")
        if colon and name.startswith("testrail_case_field"):
            found[key.strip()] = typed(rest.strip())
    return found


def rows(
    made: Plan,
    openings: Iterable[Submission],
    statuses: Mapping[str, int],
    wish: Wish,
    limits: Limits,
) -> Iterator[Row]:
    """The rows of the journal: what opens, what travels, what follows."""
    for opening in (*_creations(made), *openings):
        yield opening, None
    attached: list[dict[str, Any]] = []
    there: dict[int | str, OfCase] = {}
    rest: dict[int | str, OfCase] = {}
    for place, case in made.cases.items():
        if place in wish.there:
            there[place] = case
        else:
            rest[place] = case
    for items in batches(_encoded(there, statuses, wish, []), limits):
        yield Submission(0, Kind.BATCH, "results", State.SENT), items
    encoded = _encoded(rest, statuses, wish, attached)
    for items in batches(encoded, limits):
        yield Submission(0, Kind.BATCH, "results"), items
    yield from _unmatched(made, {LET_BE: wish.allow_unmatched})
    if wish.shared and made.cases:
        body = {"path": "the run", "test": "all"}
        yield Submission(0, Kind.ATTACH, "last look at the run", body=body), None
    for body in attached:
        row = Submission(0, Kind.ATTACH, ATTACHMENT, body=body)
        if problem := wish.files.get((body["path"], body["base"])):
            row.state = State.REJECTED
            row.reason = problem
        yield row, None


def _creations(made: Plan) -> Iterator[Submission]:
    """Sections and cases; a case that lacks a field is not asked for."""
    for body in made.sections:
        yield Submission(0, Kind.OPEN, "section", body=body)
    for body in made.creations:
        row = Submission(0, Kind.OPEN, "case", body=body)
        if body["place"] in made.refused:
            row.state = State.REJECTED
            row.reason = made.refused[body["place"]]
        yield row


def _unmatched(
    made: Plan,
    body: dict[str, Any],
) -> Iterator[Row]:
    """Results without a case: rejected from the start, a row for each reason."""
    by_reason: dict[str, list[tuple[bytes, Label]]] = {}
    for wire, label, reason in made.unmatched:
        by_reason.setdefault(reason, []).append((wire, label))
    for reason, results in by_reason.items():
        wires = tuple(wire for wire, _ in results)
        labels = tuple(label for _, label in results)
        row = Submission(
            0,
            Kind.BATCH,
            "unmatched",
            State.REJECTED,
            reason=reason,
            body=body,
        )
        yield row, Items(wires, labels)


def _encoded(
    cases: Mapping[int | str, OfCase],
    statuses: Mapping[str, int],
    wish: Wish,
    attached: list[dict[str, object]],
) -> Iterator[tuple[bytes, Label]]:
    """One item for each case; files are put down on the way, and who looks at it if it failed."""
    whose = cycle(wish.users)
    for place, case in cases.items():
        outcomes = of_case(case.outcomes, wish.attempts)
        if wish.users and any(ended.has_failed for ended in outcomes):
            assign(outcomes, next(whose))
        wire = b",".join(_wire(place, ended, statuses) for ended in outcomes)
        first, *others = (ended.label for ended in case.outcomes)
        label = Label(
            first.name,
            first.suite,
            first.status,
            case.weight,
            tuple(others),
        )
        yield wire, label
        last = outcomes[-1]
        for path in last.attachments:
            attached.append(
                {
                    "case": place,
                    "path": path,
                    "base": last.base,
                    "test": last.title,
                }
            )


def _wire(
    place: int | str,
    ended: Outcome,
    statuses: Mapping[str, int],
) -> bytes:
    encoded = encode(entry(place, ended, statuses))
    if isinstance(place, int):
        return encoded
    # Without quotes: no text of a test can look like it.
    quoted = b'"case_id":"' + place.encode() + b'"'
    return encoded.replace(
        quoted,
        b'"case_id":' + place.encode(),
        1,
    )


def resolved(
    wire: bytes,
    created: Mapping[str, str],
) -> bytes | None:
    """An item with the ids of cases that were made; None where its case could not be made."""
    match = _PLACE.match(wire, 1)
    if match is None:
        return wire
    number = created.get(f"@{match[1].decode()}")
    if number:
        return _PLACE.sub(b'"case_id":' + number.encode(), wire)
    return None


def case_of(wire: bytes) -> str:
    """The case of an item."""
    return str(entries(wire)[0]["case_id"])


def cases_of(items: Iterable[bytes]) -> list[str]:
    """The cases of items, one each."""
    return [case_of(item) for item in items]


def place_of(wire: bytes) -> str:
    """The ``@N`` of an item whose case was to be made, empty for any other."""
    match = _PLACE.match(wire, 1)
    if match:
        return f"@{match[1].decode()}"
    return ""
