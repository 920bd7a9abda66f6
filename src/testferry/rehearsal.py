"""The first requests of an upload as they would leave: nothing is sent, and no secret is known."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping

from testferry.engine.nobook import NoBook
from testferry.engine.step import Request
from testferry.journal import Journal
from testferry.outcome import Named, Rehearsed
from testferry.route import Route, auth_of
from testferry.settings import secrets
from testferry.submission import Items, Kind, Submission

_SHOWN_OF_KIND = 3  # openings and closings are few
_NOTHING = Items((), ())


def rehearse(
    journal: Journal,
    route: Route,
    named: Named,
) -> None:
    """What would be sent, and what would be made for it."""
    named.rehearsal = first_requests(journal, route)
    left = (row for row in journal.submissions() if not row.state.final)
    named.to_make = list(route.target.to_be_made(left))


def first_requests(
    journal: Journal,
    route: Route,
) -> list[Rehearsed]:
    """One request of each kind, where the target can say beforehand what it is."""
    rows, notes = [], []
    left = [row for row in journal.submissions() if not row.state.final]
    counted = Counter(row.kind for row in left)
    seen: Counter[Kind] = Counter()
    for row in left:
        seen[row.kind] += 1
        if row.kind is Kind.BATCH and seen[row.kind] > 1:
            continue
        if seen[row.kind] <= _SHOWN_OF_KIND:
            is_batch = row.kind is Kind.BATCH
            items = journal.items(row.id) if is_batch else _NOTHING
            rows.append((row, items))
            more = counted[row.kind] if is_batch else 1
            note = f"the first of {more:,}" if more > 1 else ""
            notes.append(note)
    order = sorted(range(len(rows)), key=lambda at: list(Kind).index(rows[at][0].kind))
    book = _Unsent(journal)
    requests = route.target.rehearsed((rows[at] for at in order), book)
    return [_shown(request, route, notes[at]) for request, at in zip(requests, order, strict=False)]


def _shown(
    request: Request,
    route: Route,
    note: str,
) -> Rehearsed:
    sent = secrets.masked(route.dialect, auth_of(route.destination))
    url = f"{route.url}{route.service.address.api}"
    if request.target:
        url = f"{url}/{request.target}"
    for name, value in sent.query:
        url += f"{'&' if '?' in url else '?'}{name}={value}"
    headers = {**route.dialect.headers, **sent.headers, **dict(request.headers)}
    body = request.body or b""
    return Rehearsed(
        request.method,
        url.replace("%7B", "{").replace("%7D", "}"),
        tuple(headers.items()),
        _pretty(body, dict(request.headers)),
        len(body),
        note,
    )


def _pretty(
    body: bytes,
    headers: Mapping[str, str],
) -> str:
    """A body for people: unpacked, JSON over several lines."""
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    text = body.decode("utf-8", "replace")
    if not headers.get("Content-Type", "").startswith("application/json"):
        return text
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False)


class _Kept(dict[str, object]):
    """Whatever an opening keeps: its name stands for it."""

    def __contains__(
        self,
        name: object,
    ) -> bool:
        return True

    def __getitem__(
        self,
        name: str,
    ) -> object:
        return f"{{run.{name}}}"


class _Unsent(NoBook):
    """The book of a rehearsal: its run is kept by name."""

    def __init__(
        self,
        journal: Journal,
    ) -> None:
        header = journal.header
        super().__init__(header.marker, header.created, journal.counts().total)

    def openings(
        self,
        name: str,
    ) -> list[Submission]:
        """The one that made the run, as if it were made."""
        return [Submission(0, Kind.OPEN, name, remote=_Kept())]
