"""What a 2xx says of errors, if nobody described its answers.

Counting a 2xx as success loses results: CouchDB's ``_bulk_docs`` answers 201 with ``forbidden`` for
one document, Elasticsearch's ``_bulk`` 200 with ``"errors": true``, OTLP 200 with a count of
``rejectedSpans``. So a body that speaks of errors, or of fewer results than were sent, is believed
only for what a description of the answer (``answer``) says. Pure and total.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from testferry.engine.step import Reply
from testferry.services.http import wording
from testferry.services.http.pointers import put, without
from testferry.submission import Items

_OF_PARTS = frozenset({206, 207})  # a part of it; a status for each
_CREATED = frozenset({201, 202})
_ACCEPTED = 202
_DEEPEST = 40
_SHOWN = 160  # characters of a body's words
_LONG = 8  # characters of a text that nobody says by chance
_NO_JSON = object()
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a]")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What speaks against a 2xx: where it stands (a JSON pointer), and its words."""

    words: str
    pointer: str = ""

    @property
    def key(self) -> str:
        """The key of a table that would explain it."""
        above, number, below = _around_number(self.pointer)
        if number:
            failed = f', failed = "{below}"' if below else ""
            return f'answer = {{ items = "{above or "/"}"{failed} }}'
        if self.pointer:
            return f'answer = {{ failed = "{self.pointer}" }}'
        return 'answer = { items = "/…", failed = "/…" }'

    @property
    def excuse(self) -> str:
        """The key that would say that it is no error; empty if there is none."""
        if not self.pointer or _around_number(self.pointer)[1]:
            return ""
        return f'answer = {{ ignore = ["{self.pointer}"] }}'


def suspicion(
    reply: Reply,
    items: Items,
    explained: Iterable[str] = (),
    *,
    answered: bool = False,
    entries: tuple[str, list[object]] | None = None,
    told: int = 0,
    said: frozenset[str] = frozenset(),
) -> Suspicion | None:
    """What speaks against a 2xx, None if nothing does.

    ``explained``: pointers that do not count; ``answered``: a description says what became of each
    result; ``entries``: what is left of the list at a pointer; ``told`` results are known to have
    failed, which explains a flag, and counts and lists of so many; ``said``: texts that were sent.
    """
    if reply.status in _OF_PARTS and not answered:
        return Suspicion(f"{reply.status}: {_excerpt(reply.body)}", "")
    if "problem+" in reply.headers.get("content-type", ""):
        return Suspicion(_excerpt(reply.body))
    document = _document(reply)
    if document is _NO_JSON:
        return _of_text(reply, items)
    if entries is not None:
        document = put(document, *entries)
    for pointer in explained:
        document = without(document, pointer)
    found = next(_Search(reply.status, items, said, told=told).of(document), None)
    if found is None:
        return None
    # What was sent may have been sent back: a failed test is no failed request.
    sent = tuple(map(_json, items.wire))
    return next(_Search(reply.status, items, said, sent, told=told).of(document), None)


def is_bad_state(word: str) -> bool:
    """Whether a word of a status says that something failed."""
    return wording.is_bad_state(word)


class _Search:
    """A walk through a document. ``sent``: items whose own values do not count, ``said``: other
    texts that were sent.
    """

    def __init__(
        self,
        status: int,
        items: Items,
        said: frozenset[str],
        sent: tuple[object, ...] = (),
        *,
        told: int = 0,
    ) -> None:
        self._status = status
        self._told = told
        self._count = len(items.wire)
        self._ended = Counter(label.status for label in items.labels)
        self._leaves = [dict(_leaves(item)) for item in sent]
        texts = {text for leaves in self._leaves for text in leaves.values()}
        self._said = said | {text for text in texts if len(text) >= _LONG}
        self._echoed: set[str] = set()  # pointers

    def of(
        self,
        value: object,
        pointer: str = "",
        name: str = "",
    ) -> Iterator[Suspicion]:
        """Every suspicion within a value that stands under a name."""
        if pointer.count("/") > _DEEPEST:
            return
        if isinstance(value, Mapping):
            yield from self._of_mapping(value, pointer, name)
        elif isinstance(value, list):
            yield from self._of_list(value, pointer, name)
        elif isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            inner = _json(value.encode("utf-8", "replace"))
            if isinstance(inner, Mapping | list) and value not in self._said:
                yield from self.of(inner, pointer, name)
        elif not pointer and self._is_refusal(value):
            yield Suspicion(json.dumps(value))

    def _is_refusal(self, value: object) -> bool:
        """Whether a body that is one value says no; a number may be the id of what was made."""
        if isinstance(value, str):
            return wording.is_refusal(value, self._count)
        number = wording.number_in(value)
        if number is not None:
            return number <= 0 or (number < self._count and self._status not in _CREATED)
        return value is False

    def _of_list(
        self,
        entries: list[object],
        pointer: str,
        name: str,
    ) -> Iterator[Suspicion]:
        listed = wording.lists(name) or ("entries" if not pointer else "")
        if listed and len(entries) < self._count:
            yield Suspicion(f"{len(entries)} of {self._count} at {pointer or 'the top'}", pointer)
        # A list as long as what was sent speaks of it, whatever it is called.
        of_each = bool(listed) or len(entries) == self._count > 1
        of_statuses = of_each and wording.are_statuses(entries)
        self._echoed |= _echoed(entries, self._leaves, pointer)
        for place, entry in enumerate(entries):
            here = f"{pointer}/{place}"
            if here in self._echoed:
                continue
            is_bad = of_each and self._is_bad_entry(entry, listed)
            is_bad = is_bad or (of_statuses and wording.is_bad_status(entry))
            if is_bad or self._is_bad_word(name, entry):
                yield Suspicion(f"{_shown(entry)} at {here}", here)
            yield from self.of(entry, here)

    def _is_bad_word(
        self,
        name: str,
        entry: object,
    ) -> bool:
        """Whether one of several texts for people speaks of errors."""
        if not isinstance(entry, str) or not wording.is_spoken(name) or entry in self._said:
            return False
        return wording.speaks_badly(entry, self._count)

    def _is_bad_entry(
        self,
        entry: object,
        listed: str = "",
    ) -> bool:
        """Whether what stands for a result says that it was not taken."""
        if isinstance(entry, str):
            speaks = listed and entry not in self._said
            is_bad = wording.is_bad_state(entry)
            return is_bad or (bool(speaks) and wording.speaks_badly(entry, self._count))
        if isinstance(entry, list):  # [false, "too long"], [422, "…"]
            return any(value is False or wording.is_bad_status(value) for value in entry)
        return entry is False or (entry is None and bool(listed))

    def _of_mapping(
        self,
        table: Mapping[object, object],
        pointer: str,
        name: str,
    ) -> Iterator[Suspicion]:
        yield from self._of_whole(table, pointer, name)
        names = {str(key): value for key, value in table.items()}
        short = frozenset(map(wording.plain, names))
        is_by_name = wording.lists(name) == "entries" and len(table) == self._count
        for key, value in names.items():
            here = f"{pointer}/{key}"
            if here in self._echoed or ("passed" in short and self._is_tally(key, value)):
                continue
            speaks = self._speaks(key, value, short)
            if speaks and self._is_told(key, value):
                continue
            speaks = speaks or (is_by_name and _is_flat(table) and self._is_bad_entry(value, name))
            if speaks:
                yield Suspicion(f"{json.dumps(key)}: {_shown(value)}", here)
            if not wording.is_address(key):
                yield from self.of(value, here, key)

    def _of_whole(
        self,
        table: Mapping[object, object],
        pointer: str,
        name: str,
    ) -> Iterator[Suspicion]:
        """What a table says that none of its keys says alone."""
        parts = []
        for key, value in table.items():
            number = wording.number_in(value)
            if number is not None and wording.counts(str(key)) == "part":
                parts.append(number)
        if parts and sum(parts) < self._count - self._told:
            yield Suspicion(f"{sum(parts):g} of {self._count} were taken", pointer)
        values = table.values()
        if len(table) == self._count > 1 and wording.are_statuses(values):
            bad = {key: value for key, value in table.items() if wording.is_bad_status(value)}
            if bad:
                yield Suspicion(_shown(bad), pointer)
        if wording.lists(name) == "ids" and 0 < len(table) < self._count and _is_flat(table):
            yield Suspicion(f"{len(table)} of {self._count} at {pointer}", pointer)
        if name == "data" and table and all(value is None for value in values):
            yield Suspicion(f"nothing was made: {_shown(table)}", pointer)

    def _speaks(
        self,
        name: str,
        value: object,
        beside: frozenset[str],
    ) -> bool:
        if value is None:
            return wording.lists(name) == "ids"
        if isinstance(value, bool) and value:
            return wording.is_rehearsal(name) or wording.is_of_errors(name)
        if wording.is_no(value):
            goes_on = wording.is_end(name) and self._status != _ACCEPTED
            is_state = value is False and wording.is_state(name)
            return wording.is_yes(name) or goes_on or is_state
        return self._speaks_more(name, value, beside)

    def _speaks_more(
        self,
        name: str,
        value: object,
        beside: frozenset[str],
    ) -> bool:
        number = wording.number_in(value)
        if number is not None and wording.counts(name) == "whole":
            # One is a yes where the name is a yes: {"ok": 1}.
            return number < self._count and not (number == 1 and wording.is_plain_yes(name))
        if wording.is_bad_code(name, value, beside):
            return True
        if isinstance(value, str):
            if value in self._said:
                return False
            if wording.is_state(name) and wording.is_bad_state(value):
                return True
            if wording.is_spoken(name) and wording.speaks_badly(value, self._count):
                return True
        return wording.is_of_errors(name) and wording.says_something(value)

    def _is_told(
        self,
        name: str,
        value: object,
    ) -> bool:
        """Whether it says no more than what is known: that so many failed, or that some did."""
        if not self._told:
            return False
        if isinstance(value, list):
            return len(value) <= self._told
        if wording.is_code(name):
            return True
        number = wording.number_in(value)
        if number is not None and wording.counts(name) == "whole":
            return number >= self._count - self._told
        if number is not None:
            return number <= self._told
        return isinstance(value, bool | str)

    def _is_tally(
        self,
        name: str,
        value: object,
    ) -> bool:
        """Whether it is a count of tests that ended so, and not of requests."""
        for begin, status in (("fail", "failed"), ("err", "error"), ("skip", "skipped")):
            if wording.plain(name).startswith(begin):
                return value == self._ended[status] and not isinstance(value, bool)
        return False


def _echoed(
    entries: list[object],
    sent: list[dict[str, str]],
    pointer: str,
) -> set[str]:
    """The pointers of texts that say back what was sent at their places.

    It is an echo only if it is one at every place, or stands exactly where it stood in what was
    sent; and if it cannot be the service's own word: two texts of each entry are said back, or one
    that is not the same everywhere.
    """
    if len(entries) != len(sent):
        return set()
    places: dict[str, dict[int, str]] = defaultdict(dict)
    for place, entry in enumerate(entries):
        for below, text in _leaves(entry):
            places[below][place] = text
    everywhere, exactly = set(), set()
    for below, texts in places.items():
        if len(texts) == len(sent) and all(texts[at] in sent[at].values() for at in texts):
            everywhere.add(below)
        elif all(leaves.get(below) == texts.get(at) for at, leaves in enumerate(sent)):
            exactly.add(below)
    if len(everywhere) < 2 and not any(len({*places[below].values()}) > 1 for below in everywhere):
        return set()
    known = everywhere | exactly
    return {f"{pointer}/{place}{below}" for place in range(len(entries)) for below in known}


def _leaves(
    value: object,
    below: str = "",
) -> Iterator[tuple[str, str]]:
    """Every text within a value, and where it stands."""
    if below.count("/") > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{below}/{key}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{below}/{place}")
    elif isinstance(value, str) and value:
        yield below, value


def _is_flat(table: Mapping[object, object]) -> bool:
    return not any(isinstance(value, Mapping | list) for value in table.values())


# --- the body


def _document(reply: Reply) -> object:
    """The body as JSON, as the lines of JSON that it is, or as the JSON that stands within other
    text; ``_NO_JSON`` if there is none.
    """
    if not reply.body.strip():
        return {}
    whole = _json(reply.body)
    if whole is not _NO_JSON:
        return whole
    lines = [_json(line) for line in reply.body.splitlines() if line.strip()]
    if len(lines) > 1 and _NO_JSON not in lines:
        return {"lines": lines}
    return _NO_JSON


def _of_text(
    reply: Reply,
    items: Items,
) -> Suspicion | None:
    """What a body that is no JSON says."""
    if _BINARY.search(reply.body):
        return Suspicion("it is neither text nor JSON")
    text = reply.body.decode("utf-8", "replace").lstrip("\ufeff")
    excerpt = _excerpt(reply.body)
    if text.lstrip()[:1] in ("{", "[") or "json" in reply.headers.get("content-type", ""):
        return Suspicion(f"it is not the JSON that it says: {excerpt}")
    within = _within(text)
    if within is not None:  # callback({…}), data: {…}
        found = next(_Search(reply.status, items, frozenset()).of(within), None)
        if found is not None:
            return Suspicion(found.words)
    return Suspicion(excerpt) if wording.is_refusal(text, len(items.wire)) else None


def _within(text: str) -> object:
    """The JSON table or list that begins first within a text."""
    begins = re.search(r"[{\[]", text)
    if begins is None:
        return None
    try:
        found: object = json.JSONDecoder().raw_decode(text, begins.start())[0]
    except (ValueError, RecursionError):
        return None
    return found


def _json(body: bytes) -> object:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return _NO_JSON
    return found


def _around_number(pointer: str) -> tuple[str, str, str]:
    """What stands before the first number of a pointer, the number, and what follows."""
    found = re.match(r"(.*?)/([0-9]+)(/.*)?$", pointer)
    if not found:
        return pointer, "", ""
    return found[1], found[2], found[3] or ""


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:_SHOWN]


def _excerpt(body: bytes) -> str:
    return " ".join(body[: 4 * _SHOWN].decode("utf-8", "replace").split())[:_SHOWN]
