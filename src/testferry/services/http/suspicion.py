"""What a 2xx says of errors, if nobody described its answers.

Counting a 2xx as success loses results: CouchDB's ``_bulk_docs`` answers 201 with ``forbidden`` for
one document, Elasticsearch's ``_bulk`` 200 with ``"errors": true``, OTLP 200 with a count of
``rejectedSpans``. So a body that speaks of errors, or of fewer results than were sent, is believed
only for what a description of the answer (``answer``) says. Pure and total.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from testferry.engine.step import Reply
from testferry.services.http.pointers import put, without
from testferry.submission import Items

MULTI_STATUS = 207
_DEEPEST = 8
_SHOWN = 160  # characters of a body's words
_NO_JSON = object()
_REFUSED = range(400, 600)  # of HTTP's statuses

_FAULT = re.compile(
    r"(n|num|is|has)?(partial)?(error|err$|fail|reject|invalid|exception|fault|dropped|discard|denied"
    r"|refused|conflict|unprocessed|notprocessed|missing|skipped|ignored|problem|violation|partial"
    r"|unsuccessful|bad)"
)
# A code of zero is none.
_CODE = frozenset({"code", "errcode", "statuscode", "status", "httpstatus", "httpcode"})
_YES = frozenset({"ok", "success", "succeeded", "successful", "accepted", "valid", "issuccess"})
_STATE = frozenset({"status", "result", "state", "outcome", "type", "kind", "level", "severity"})
_WORDS = frozenset(
    {"message", "msg", "detail", "details", "reason", "description", "text", "title", "info"}
)
# Counts of what was taken: these are parts of a whole, …
_PARTS = frozenset(
    {"created", "inserted", "added", "new", "updated", "modified", "replaced", "upserted"}
    | {"existing", "unchanged", "duplicate", "duplicates"}
)
# … and each of these is the whole.
_WHOLES = frozenset(
    {"accepted", "received", "processed", "stored", "saved", "imported", "written", "ingested"}
    | {"indexed", "succeeded", "successful", "success", "count", "ok"}
)
_LISTS = frozenset(
    {"ids", "id", "results", "items", "data", "entries", "records", "rows", "created", "inserted"}
    | {"accepted", "responses", "value", "values", "docs", "tests", "events", "uuids", "keys"}
)
_NOTHING = frozenset({"", "0", "false", "no", "none", "null", "ok", "success", "[]", "{}", "n/a"})
_BAD_STATE = re.compile(
    r"(error|err|fail\w*|rejected|refused|invalid|partial\w*|nok|not[ _-]?ok|denied|forbidden"
    r"|bad\w*|unprocessable\w*|conflict|dropped|[45][0-9]{2}\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_BAD_WORDS = re.compile(
    r"\b(errors?|fail(ed|s|ure|ures)?|invalid|reject(ed|s)?|refused|denied|forbidden|unauthori[sz]ed"
    r"|not (found|allowed|accepted|stored|valid|processed|permitted)|unknown|could not|can(no|')t"
    r"|unable|exceed(s|ed)?|too (many|large|long)|dropped|discarded|ignored|skipped|partial(ly)?"
    r"|missing|conflict|exception|malformed|unprocessable)\b",
    re.IGNORECASE,
)
_NO_ERRORS = re.compile(
    r"\b(no|0|zero|without( any)?) (errors?|failures?|failed|problems?|rejected|conflicts?|skipped"
    r"|ignored|dropped|invalid|missing|exceptions?)\b",
    re.IGNORECASE,
)


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
            return f'answer = {{ items = "{above}"{failed} }}'
        if self.pointer:
            return f'answer = {{ failed = "{self.pointer}" }}'
        return 'answer = { items = "/…", failed = "/…" }'


def suspicion(
    reply: Reply,
    items: Items,
    explained: Iterable[str] = (),
    *,
    answered: bool = False,
    entries: tuple[str, list[object]] | None = None,
    told: int = 0,
) -> Suspicion | None:
    """What speaks against a 2xx, None if nothing does.

    ``explained``: pointers that do not count; ``answered``: a description says what became of each
    result; ``entries``: what is left of the list at a pointer; ``told`` results are known to have
    failed, which explains a flag, and counts and lists of so many.
    """
    if reply.status == MULTI_STATUS and not answered:
        return Suspicion(f"{MULTI_STATUS}: {_excerpt(reply.body)}", "")
    document = _document(reply)
    if document is _NO_JSON:
        text = reply.body.decode("utf-8", "replace")
        if _is_broken_json(reply, text):
            return Suspicion(f"it is not the JSON that it says: {_excerpt(reply.body)}")
        return Suspicion(_excerpt(reply.body)) if _speaks_badly(text) else None
    if entries is not None:
        document = put(document, *entries)
    for pointer in explained:
        document = without(document, pointer)
    found = next(_Search(items, told=told).of(document), None)
    if found is None:
        return None
    # What was sent may have been sent back: a failed test is no failed request.
    return next(_Search(items, _sent(items), told=told).of(document), None)


def is_bad_state(word: str) -> bool:
    """Whether a word of a status says that something failed."""
    return bool(_BAD_STATE.fullmatch(word.strip()))


class _Search:
    """A walk through a document. ``sent``: items whose own values do not count."""

    def __init__(
        self,
        items: Items,
        sent: tuple[object, ...] = (),
        *,
        told: int = 0,
    ) -> None:
        self._told = told
        self._count = len(items.wire)
        self._ended = Counter(label.status for label in items.labels)
        self._sent = sent

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
            yield from self._of_mapping(value, pointer)
        elif isinstance(value, list):
            yield from self._of_list(value, pointer, name)
        elif not pointer and (value is False or (isinstance(value, str) and _speaks_badly(value))):
            yield Suspicion(json.dumps(value))

    def _of_list(
        self,
        entries: list[object],
        pointer: str,
        name: str,
    ) -> Iterator[Suspicion]:
        is_of_results = name in _LISTS or not pointer
        if is_of_results and len(entries) < self._count:
            yield Suspicion(f"{len(entries)} of {self._count} at {pointer or 'the top'}", pointer)
        for place, entry in enumerate(entries):
            here = f"{pointer}/{place}"
            if is_of_results and (entry is None or entry is False):
                yield Suspicion(f"{json.dumps(entry)} at {here}", here)
            yield from self.of(self._unsent(entry, place, len(entries)), here)

    def _unsent(
        self,
        entry: object,
        place: int,
        length: int,
    ) -> object:
        """An entry without what was sent at its place."""
        if length != self._count or place >= len(self._sent) or not isinstance(entry, Mapping):
            return entry
        sent = self._sent[place]
        if not isinstance(sent, Mapping):
            return entry
        missing = object()
        return {key: value for key, value in entry.items() if sent.get(key, missing) != value}

    def _of_mapping(
        self,
        table: Mapping[object, object],
        pointer: str,
    ) -> Iterator[Suspicion]:
        plain = {_plain(key): value for key, value in table.items()}
        is_summary = "passed" in plain
        parts: list[float] = []
        for name, value in plain.items():
            if name in _PARTS and _is_count(value):
                parts.append(value)
        if parts and sum(parts) < self._count - self._told:
            yield Suspicion(f"{sum(parts):g} of {self._count} were taken", pointer)
        for key, value in table.items():
            name = _plain(key)
            here = f"{pointer}/{key}"
            if is_summary and self._is_tally(name, value):
                continue
            if self._is_told(name, value) and self._speaks(name, value):
                continue
            if self._speaks(name, value):
                yield Suspicion(f"{json.dumps(key)}: {_shown(value)}", here)
            yield from self.of(value, here, name)

    def _speaks(self, name: str, value: object) -> bool:
        if name in _YES and _is_no(value):
            return True
        if name in _WHOLES and _is_count(value):
            return value < self._count
        if name in _CODE and _is_count(value):
            return bool(value) and (name == "errcode" or value in _REFUSED)
        if name in _STATE and isinstance(value, str):
            return bool(_BAD_STATE.fullmatch(value.strip()))
        if name in _WORDS and isinstance(value, str):
            return _speaks_badly(value)
        return bool(_FAULT.match(name)) and _says_something(value)

    def _is_told(self, name: str, value: object) -> bool:
        """Whether it says no more than what is known: that so many failed, or that some did."""
        if not self._told:
            return False
        if isinstance(value, list):
            return len(value) <= self._told
        if name in _CODE:
            return True
        if name in _WHOLES and _is_count(value):
            return value >= self._count - self._told
        if _is_count(value):
            return value <= self._told
        return isinstance(value, bool | str)

    def _is_tally(self, name: str, value: object) -> bool:
        """Whether it is a count of tests that ended so, and not of requests."""
        for begin, status in (("fail", "failed"), ("err", "error"), ("skip", "skipped")):
            if name.startswith(begin):
                return value == self._ended[status] and not isinstance(value, bool)
        return False


def _document(reply: Reply) -> object:
    """The body as JSON, or as the lines of JSON that it is; ``_NO_JSON`` if it is neither."""
    if not reply.body.strip():
        return {}
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        pass
    try:
        lines = [json.loads(line) for line in reply.body.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return _NO_JSON
    return {"lines": lines}


def _is_broken_json(reply: Reply, text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[") or "json" in reply.headers.get("content-type", "")


def _sent(items: Items) -> tuple[object, ...]:
    found = []
    for wire in items.wire:
        try:
            found.append(json.loads(wire))
        except (ValueError, RecursionError):
            found.append(None)
    return tuple(found)


def _plain(key: object) -> str:
    """A name without case, dashes, and the word that it counts."""
    name = re.sub(r"[^a-z0-9]", "", str(key).lower())
    counted = re.fullmatch(r"(?:num|number|total)?(\w+?)(?:count|total)?", name)
    return counted[1] if counted else name


def _is_no(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.lower() in ("false", "no"))


def _is_count(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _says_something(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in _NOTHING
    return bool(value)


def _speaks_badly(text: str) -> bool:
    return bool(_BAD_WORDS.search(_NO_ERRORS.sub("", text)))


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
