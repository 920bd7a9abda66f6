"""From results and cases to everything that TestRail has to be sent: sections, cases, the run,
batches, attachments. Pure.

All results of one case travel in one item, so that they are never in two batches at once and their
order is that of the reports. A result whose case does not exist yet carries ``@N``, the place of
the case that will be made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import cycle
from typing import Any

from testferry.engine.batching import Limits, batches
from testferry.model import Result
from testferry.services.http_json import encode
from testferry.services.testrail import labels
from testferry.services.testrail.creations import Maker, judge
from testferry.services.testrail.item import (
    Outcome,
    assign,
    entries,
    entry,
    of_case,
    outcome,
)
from testferry.services.testrail.match import match
from testferry.services.testrail.read import Catalogue
from testferry.services.testrail.references import REFERENCES, refs_of
from testferry.services.testrail.wish import OfCase, Plan, Wish
from testferry.submission import ATTACHMENT, LET_BE, Items, Kind, Label, State, Submission

_PLACE = re.compile(rb'"case_id":@(\d+)')
Held = tuple[Result, bytes, Label]  # as it was read, as it is stored, what people call it
Row = tuple[Submission, Items | None]


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
        maker = Maker(catalogue, wish, made)
    for result, wire, label in held:
        found = match(result, catalogue.cases, names)
        places: list[int | str] = list(found.cases)
        if not places and found.missing and maker is not None:
            places = [maker.place(result)]
        if found.reason and (not places or found.cases):
            made.unmatched.append((wire, label, found.reason))
        if not places:
            continue
        ended = _marked(outcome(result, label, wish.result_fields, steps=wish.steps), wish.mark)
        if wish.lacking:
            _note_lacking(made, ended, wish)
        for place in places:
            case = made.cases.get(place)
            if case is None:
                case = made.cases[place] = OfCase()
            case.outcomes.append(ended)
            if wish.updates:
                _note_updates(made, case, result, wish)
        # If a part of it has no case it is counted there, among the unmatched.
        is_counted_elsewhere = bool(found.cases and found.reason)
        made.cases[places[0]].weight += not is_counted_elsewhere
    judge(made, wish)
    made.there = sum(case.weight for place, case in made.cases.items() if place in wish.there)
    return made


def _note_updates(
    made: Plan,
    case: OfCase,
    result: Result,
    wish: Wish,
) -> None:
    """What a test names of references and labels, once; labels that there are not are told."""
    if wish.update_labels:
        found, lacking = labels.ids_of(labels.labels_of(result), wish.labels)
        case.labels = tuple(dict.fromkeys([*case.labels, *found]))
        made.unlabelled |= dict.fromkeys(lacking)
    if wish.update_refs:
        case.refs = tuple(dict.fromkeys([*case.refs, *refs_of(result)]))


def _note_lacking(
    made: Plan,
    ended: Outcome,
    wish: Wish,
) -> None:
    for about in wish.lacking:
        if about.name not in ended.fields and about not in made.lacking:
            made.lacking.append(about)


def _marked(
    ended: Outcome,
    mark: str,
) -> Outcome:
    """The outcome with the line of its job."""
    if not mark:
        return ended
    comment = f"{ended.comment}\n\n{mark}".strip()
    return replace(ended, comment=comment)


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
        yield Submission(0, Kind.BATCH, wish.batches, State.SENT), items
    encoded = _encoded(rest, statuses, wish, attached)
    for items in batches(encoded, limits):
        yield Submission(0, Kind.BATCH, wish.batches), items
    yield from _unmatched(made, {LET_BE: wish.allow_unmatched})
    for row in _behind(made, rest, wish, attached):
        yield row, None


def _behind(
    made: Plan,
    sent: Mapping[int | str, OfCase],
    wish: Wish,
    attached: Iterable[dict[str, Any]],
) -> Iterator[Submission]:
    """What follows the results: references of cases, a last look at a run of others, files."""
    for place, case in sent.items():
        if isinstance(place, int):
            yield from _additions(place, case)
    if wish.shared and made.cases:
        look = {"path": "the run", "test": "all"}
        yield Submission(0, Kind.ATTACH, "last look at the run", body=look)
    for body in attached:
        row = Submission(0, Kind.ATTACH, ATTACHMENT, body=body)
        if wish.suite is not None:
            row.body["suite"] = wish.suite
        if problem := wish.files.get((body["path"], body["base"])):
            row.state = State.REJECTED
            row.reason = problem
        yield row


def _additions(place: int, case: OfCase) -> Iterator[Submission]:
    """What a case that there is gets; one that is made has it from the start."""
    if case.refs:
        body = {"case": place, "refs": list(case.refs)}
        yield Submission(0, Kind.ATTACH, REFERENCES, body=body)
    if case.labels:
        body = {"case": place, "labels": list(case.labels)}
        yield Submission(0, Kind.ATTACH, labels.LABELS, body=body)


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
