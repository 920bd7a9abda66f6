"""The requests of a table, and what their answers mean."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from testferry.engine.step import Reply, Request
from testferry.engine.verdict import Accepted, InDoubt, Rejected, Verdict
from testferry.services.http.answers import believed
from testferry.services.http.bodies import (
    TYPES,
    Laters,
    address,
    content,
    fill_wire,
    headers_of,
    keys_of,
    results_of,
    unnumbered,
    zipped,
)
from testferry.services.http.limits import apart, portions
from testferry.services.http.pointers import at
from testferry.services.http.table import Call, Description
from testferry.services.http.template import MARK
from testferry.services.http.values import Values
from testferry.services.http_json import encode, is_word, unclear
from testferry.submission import Items, Label
from testferry.text import whole_number

_NOTHING = Items((), ())
_FRAME = 64  # bytes of brackets, and of a form around its fields
_EMPTY = (b"{}", b"[]", b'""', b"null")
# What a service says of a result that it has under this key.
_DUPLICATE = re.compile(
    r"\b(?:409|duplicate\w*|already|exists?|conflict\w*|unique)\b", re.IGNORECASE
)


def of_call(
    call: Call,
    values: Values,
    laters: Laters,
) -> Request:
    """A request around no results: of ``open`` and ``close``."""
    body, kind = content(call, None, laters, values, values.batch_key)
    headers = headers_of(call, laters, values)
    if body is not None:
        headers = (*headers, ("Content-Type", kind))
    return Request(call.method, address(call.path, laters, values), body=body, headers=headers)


def opened(
    call: Call,
    reply: Reply,
    called: str = "",
) -> Verdict:
    """What an opening made: everything that the table wants kept is there, or it is in doubt.

    ``called`` is what the upload is called: the service may say it back.
    """
    verdict = believed(reply, _NOTHING, said=frozenset({called}))
    if not isinstance(verdict, Accepted):
        return verdict
    kept: dict[str, object] = {}
    for name, pointer in call.keep.items():
        value = at(reply.json(), pointer)
        if value in (None, "") or isinstance(value, bool | Mapping | list):
            return unclear(reply, f"{call.where} (nothing stands at {pointer}, for {name})")
        if name == "id" and not is_word(value):
            return unclear(reply, f"{call.where} (what stands at {pointer} is no id)")
        kept[name] = value
    return Accepted(kept)


def closed(
    reply: Reply,
    called: str = "",
) -> Verdict:
    """A closing that speaks of errors closed nothing: it is refused, and can be sent again."""
    verdict = believed(reply, _NOTHING, said=frozenset({called}))
    if isinstance(verdict, InDoubt) and reply.accepted:
        return Rejected(verdict.reason)
    return verdict


def overhead(described: Description) -> int:
    """Bytes of a body besides its results; a value that comes later is as long as its mark."""
    around = 0
    if described.send.body is not None:
        around = len(encode(described.send.body))
    return _FRAME + around


def unfit(
    described: Description,
    items: Items,
    most: int | None,
) -> Rejected | None:
    """Why a batch cannot leave as it is: it is cut, or results of which nothing is left stand
    alone. None if it can.
    """
    count = len(items.wire)
    if most is not None and count > most:
        cut = portions(count, most)
        return _cut(f"the service takes at most {most} results at once", cut)
    empty = [place for place, wire in enumerate(items.wire) if _bare(described, wire) in _EMPTY]
    if empty:
        words = "`item` makes nothing of this result: every field that it names is empty"
        reasons = dict.fromkeys(empty, words)
        return Rejected(words, culprits=tuple(empty), reasons=reasons, unasked=True)
    if described.as_object:
        names = [_name_of(_bare(described, wire), at) for at, wire in enumerate(items.wire)]
        if len(set(names)) < count:
            name, _ = Counter(names).most_common(1)[0]
            words = f"two results are called {name!r}, and the body has room for one of a name"
            return _cut(words, apart(names))
    return None


def leaving_first(
    described: Description,
    items: Items,
    most: int | None,
) -> Items:
    """Those of a batch that leave first, if it is cut before it is sent; none if none can."""
    while items.wire:
        why = unfit(described, items, most)
        if why is None:
            break
        if why.portions:
            items = items.pick(set(why.portions[0]))
        else:
            items = items.pick(set(why.culprits), others=True)
    return items


def _cut(
    words: str,
    places: tuple[frozenset[int], ...],
) -> Rejected:
    return Rejected(words, too_large=True, unasked=True, portions=places)


def _bare(
    described: Description,
    wire: bytes,
) -> bytes:
    return unnumbered(wire) if described.keyed else wire


def _name_of(
    wire: bytes,
    place: int,
) -> str:
    """The one key of a result in an object; one with the result's own key is like no other."""
    document = json.loads(wire)
    name = str(next(iter(document))) if isinstance(document, dict) else ""
    return f"{place} {name}" if f"{MARK}key" in name else name


@dataclass(slots=True)
class Batch:
    """One batch on its way: its body is made once, and its answer read by the same keys."""

    described: Description
    items: Items
    values: Values
    filled: Items = field(init=False)
    forms: tuple[frozenset[str], ...] = field(init=False)

    def __post_init__(self) -> None:
        self.forms = forms_of(self.described, self.items, self.values)
        self.filled = self._filled()

    def _filled(self) -> Items:
        described, wires = self.described, self.items.wire
        if not described.laters:
            return self.items
        if not described.keyed:
            made = [fill_wire(wire, described.laters, self.values) for wire in wires]
            return replace(self.items, wire=tuple(made))
        keys = keys_of(self.values.book.marker, wires)
        made = []
        for key, wire in zip(keys, wires, strict=True):
            look = self.values.of_result(key)
            made.append(fill_wire(unnumbered(wire), described.laters, look))
        return replace(self.items, wire=tuple(made))

    def request(
        self,
        *,
        zipped_too: bool,
    ) -> Request:
        """The request, as it leaves."""
        send, laters = self.described.send, self.described.laters
        results = results_of(send.format, self.filled, as_object=self.described.as_object)
        body, kind = content(send, results, laters, self.values, self.values.batch_key)
        kind = TYPES.get(send.format, kind)
        headers = headers_of(send, laters, self.values)
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers = (*headers, ("Content-Type", kind))
        if zipped_too and body is not None:
            body = zipped(body)
            headers = (*headers, ("Content-Encoding", "gzip"))
        path = address(send.path, laters, self.values)
        return Request(send.method, path, body=body, headers=headers)

    def understood(
        self,
        reply: Reply,
    ) -> Verdict:
        """What the answer says of these results."""
        answer, keyed = self.described.answer, self.described.keyed
        if not self.described.answered:
            return believed(reply, self.filled)
        if self.values.submission.applied and keyed and answer.items:
            # An earlier try may have been applied: what is there by its key has arrived.
            answer = replace(answer, already=(*answer.already, _DUPLICATE))
        places = by_name(self.items.labels) if answer.names_results else {}
        places |= {form: place for place, forms in enumerate(self.forms) for form in forms}
        return answer.read(reply, self.filled, places, keyed=keyed)


def by_name(labels: Iterable[Label]) -> dict[str, int]:
    """The places of results by what they are called, alone or with their suite; not of those that
    are called alike, nor by a number, which may be an id of the service's.
    """
    places: dict[str, set[int]] = {}
    for place, label in enumerate(labels):
        places.setdefault(label.name, set()).add(place)
        if label.suite:
            places.setdefault(f"{label.suite} › {label.name}", set()).add(place)
    alone = {name: found for name, found in places.items() if len(found) == 1}
    return {name: found.pop() for name, found in alone.items() if whole_number(name) is None}


def forms_of(
    described: Description,
    items: Items,
    values: Values,
) -> tuple[frozenset[str], ...]:
    """The keys of results as the table writes them: whole, or cut."""
    if not described.keyed:
        return ()
    laters = [later for later in described.laters.values() if later.scope == "key"]
    return tuple(
        frozenset(str(later.value(values.of_result(key))) for later in laters)
        for key in keys_of(values.book.marker, items.wire)
    )
