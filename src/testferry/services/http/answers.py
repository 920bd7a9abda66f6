"""What an answer says of each result, by the table's ``answer``; without one, by its status, and
then only if its body speaks of no errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, InDoubt, Rejected, Sorted, Verdict
from testferry.services.http.suspicion import suspicion
from testferry.submission import Items

_LATER = frozenset({429, 500, 502, 503, 504})
_TAKEN = range(200, 300)
_NO_WORDS = "the service gives no reason"


@dataclass(frozen=True, slots=True)
class Answer:
    """The keys of ``answer``: JSON pointers, but for ``already``."""

    items: str = ""
    within: str = ""  # "*": each entry is within the one key of a table
    id: str = ""  # of an entry; else entries stand in the order that was sent
    failed: str = ""
    status: str = ""
    reason: str = ""
    already: tuple[re.Pattern[str], ...] = ()
    count: str = ""
    culprits: str = ""
    match: re.Pattern[str] | None = None
    empty: str = ""  # accept, doubt

    def read(self, reply: Reply, items: Items, keys: Mapping[str, int], *, keyed: bool) -> Verdict:
        """The verdict on an answer; ``keys`` has the places of the results by their keys."""
        if not reply.accepted:
            return self._refused(reply, len(items.wire))
        if self.empty == "doubt" and not reply.body.strip():
            return _doubt(reply, "it is empty")
        document = reply.json()
        if self.count:
            told = at(document, self.count)
            if told != len(items.wire) or isinstance(told, bool):
                return _doubt(reply, f"{self.count} is {told!r:.40}, not {len(items.wire)}")
        if self.items:
            return self._each(document, reply, items, keys, keyed=keyed)
        return self._whole(document, reply, items)

    def _whole(self, document: object, reply: Reply, items: Items) -> Verdict:
        if not self.failed:
            return believed(reply, items)
        if document is None or not _is_set(at(document, self.failed)):
            return reply.verdict if document is not None else _doubt(reply, "it is not JSON")
        return Rejected(self._reason(document) or _words_of(at(document, self.failed)))

    def _each(
        self,
        document: object,
        reply: Reply,
        items: Items,
        keys: Mapping[str, int],
        *,
        keyed: bool,
    ) -> Verdict:
        entries = at(document, self.items)
        if not isinstance(entries, list):
            return _doubt(reply, f"there is no list at {self.items}")
        if len(entries) != len(items.wire):
            return _doubt(reply, f"{len(entries)} entries for {len(items.wire)} results")
        refused: dict[int, str] = {}
        later: dict[int, str] = {}
        seen: set[int] = set()
        for at_place, entry in enumerate(entries):
            inner = self._inner(entry)
            place = at_place
            if self.id:
                place = keys.get(str(at(inner, self.id)), -1)
            if place < 0 or place in seen:
                return _doubt(
                    reply, f"it names a result that was not sent, or one twice: {entry!r:.80}"
                )
            seen.add(place)
            self._sort(place, inner, refused, later)
        if not refused and not later:
            return Accepted()
        reason = next(iter((*refused.values(), *later.values())))
        return Sorted(reason, refused, later, keyed=keyed)

    def _inner(self, entry: object) -> object:
        if self.within == "*" and isinstance(entry, Mapping) and len(entry) == 1:
            return next(iter(entry.values()))
        return entry

    def _sort(
        self,
        place: int,
        entry: object,
        refused: dict[int, str],
        later: dict[int, str],
    ) -> None:
        status = at(entry, self.status or "/status")
        number = status if isinstance(status, int) else 0
        if isinstance(status, str) and status[:3].isdigit():
            number = int(status[:3])
        failed = bool(self.failed) and _is_set(at(entry, self.failed))
        if self.status:
            failed = failed or number not in _TAKEN
        if not self.status and not self.failed:
            failed = entry is None
        if not failed:
            return
        reason = self._reason(entry) or _words_of(at(entry, self.failed)) or f"status {status}"
        if self._is_already(f"{reason} {entry}"):
            return
        if number in _LATER:
            later[place] = reason
        else:
            refused[place] = reason

    def _reason(self, entry: object) -> str:
        return _words_of(at(entry, self.reason)) if self.reason else ""

    def _is_already(self, words: str) -> bool:
        return any(pattern.search(words) for pattern in self.already)

    def _refused(self, reply: Reply, count: int) -> Verdict:
        """What a 4xx says: that it is there already, or who the culprits are."""
        said = reply.body.decode("utf-8", "replace")
        if isinstance(reply.verdict, Rejected) and self._is_already(said):
            return Accepted(reason=reply.message)
        if not self.culprits or not isinstance(reply.verdict, Rejected):
            return reply.verdict
        found = at(reply.json(), self.culprits)
        named: dict[int, str] = {}
        if isinstance(found, Mapping):
            entries = [(str(key), _words_of(value)) for key, value in found.items()]
        elif isinstance(found, list):
            entries = [(_words_of(value), _words_of(value)) for value in found]
        else:
            entries = [(_words_of(found), _words_of(found))]
        for text, words in entries:
            matched = self.match.search(text) if self.match else re.match("([0-9]+)$", text)
            if matched and int(matched[1]) < count:
                named[int(matched[1])] = words
        if not named:
            return reply.verdict
        return Rejected(reply.message, culprits=tuple(named))


def believed(reply: Reply, items: Items) -> Verdict:
    """The verdict of an answer's status, unless its body speaks against it."""
    found = suspicion(reply, items) if reply.accepted else None
    if found is None:
        return reply.verdict
    words = (
        f"the service answered {reply.status}, and its answer speaks of errors that the table "
        f"does not explain: {found.words}; if it says what became of each result, write {found.key}"
    )
    return InDoubt(words, working=False)


def at(document: object, pointer: str) -> object:
    """What stands at a JSON pointer, None if nothing does; ``/`` is the document itself."""
    for part in pointer.strip("/").split("/") if pointer.strip("/") else ():
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, list) and part.isascii() and part.isdigit():
            document = document[int(part)] if int(part) < len(document) else None
        else:
            return None
    return document


def _is_set(value: object) -> bool:
    return bool(value) and value not in ("false", "0", "none", "null")


def _words_of(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else _NO_WORDS
    return value if isinstance(value, str) else str(value)


def _doubt(reply: Reply, what: str) -> InDoubt:
    words = f"the service answered {reply.status}, and not as `answer` says: {what}"
    return InDoubt(words, working=False)
