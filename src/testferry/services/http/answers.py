"""What an answer says of each result, by the table's ``answer``; without one, by its status, and
then only if its body speaks of no errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, InDoubt, Rejected, Sorted, Verdict
from testferry.services.http.bad import one_of, pointer_in
from testferry.services.http.codes import is_no, is_something, number_in
from testferry.services.http.culprits import Culprits, culprits_of, pattern
from testferry.services.http.documents import NO_DOCUMENT, document_of, entries_at
from testferry.services.http.filters import as_text
from testferry.services.http.pointers import at, put, words_at, words_of
from testferry.services.http.sayings import is_bad_state
from testferry.services.http.statuses import REFUSED
from testferry.services.http.suspicion import suspicion
from testferry.services.http.wording import is_yes
from testferry.submission import Items

_LATER = frozenset({429, 500, 502, 503, 504})
_TAKEN = range(200, 300)
# Words of a status for what was taken, besides those that a table says.
_GOOD = frozenset(
    {"ok", "success", "succeeded", "successful", "accepted", "created", "stored", "saved", "done"}
    | {"updated", "imported", "inserted", "added", "indexed", "queued", "processed", "unchanged"}
    | {"complete", "completed", "written", "true"}
)
_STATUS = re.compile(r"(?:HTTP/[0-9.]{1,3} )?([1-5][0-9]{2})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Answer:
    """The keys of ``answer``: JSON pointers, but for ``already`` and ``match``.

    One record, because they are the keys of one table and explain one answer.
    """

    items: str = ""
    within: str = ""  # "*": each entry is within the one key of a table
    id: str = ""  # of an entry; else entries stand in the order that was sent
    failed: str = ""
    status: str = ""
    taken: tuple[str, ...] = ()  # the words of `status` for a result that was taken
    reason: str = ""
    already: tuple[re.Pattern[str], ...] = ()
    count: str = ""
    culprits: Culprits = field(default_factory=Culprits)
    empty: str = ""  # accept, doubt
    ignore: tuple[str, ...] = ()  # what stands there is no error, whatever it says

    def read(
        self,
        reply: Reply,
        items: Items,
        keys: Mapping[str, int],
        *,
        keyed: bool,
    ) -> Verdict:
        """The verdict on an answer; ``keys`` has the places of the results by their keys."""
        if not reply.accepted:
            return self._refused(reply, len(items.wire), keys)
        if self.empty == "doubt" and not reply.body.strip():
            return _doubt(reply, "it is empty")
        document = document_of(reply.body)
        named: dict[int, str] = {}
        if not self.items:
            named = self.culprits.named(document, len(items.wire), keys)
        if self.count:
            told = at(document, self.count)
            if number_in(told) not in (len(items.wire), len(items.wire) - len(named)):
                return _doubt(reply, f"{self.count} is {told!r:.40}, not {len(items.wire)}")
        if self.items:
            return self._each(document, reply, items, keys, keyed=keyed)
        if named:
            return self._but_for(named, reply, items, keyed=keyed)
        return self._whole(document, reply, items)

    def _but_for(
        self,
        named: Mapping[int, str],
        reply: Reply,
        items: Items,
        *,
        keyed: bool,
    ) -> Verdict:
        """Those that a success names were not taken, all others were."""
        refused = {at: words for at, words in named.items() if not self._is_already(words)}
        explained = (self.culprits.path, self.failed, self.count, *self.ignore)
        verdict = believed(reply, items, explained, answered=True, told=len(named))
        if isinstance(verdict, InDoubt) or not refused:
            return verdict
        return Sorted(next(iter(refused.values())), refused, {}, keyed=keyed)

    def _whole(
        self,
        document: object,
        reply: Reply,
        items: Items,
    ) -> Verdict:
        if self.culprits.are_told(document):
            return _doubt(reply, f"nothing at {self.culprits.path} names one of the results")
        if not self.failed and not self.status:
            return self._believed(reply, items, (self.count,))
        if document is NO_DOCUMENT:
            return _doubt(reply, "it is not JSON")
        if self.failed and self._is_failed(document):
            return Rejected(self._reason(document) or self._words(document))
        untaken = self._untaken(document, reply) if self.status else None
        if untaken is not None:
            return untaken
        explained = (self._sure(document), self.status, self.count)
        return self._believed(reply, items, explained)

    def _untaken(
        self,
        document: object,
        reply: Reply,
    ) -> Verdict | None:
        """What the status of the whole says; None if it was taken."""
        status = at(document, self.status)
        taken = self._is_taken(status)
        if taken is None:
            return _doubt(reply, self._unknown(status, document))
        return None if taken else Rejected(self._reason(document) or words_of(document))

    def _sure(self, document: object) -> str:
        """Where `failed` explains what stands there: a yes that is false it has not understood."""
        says_no = at(document, self.failed) in (None, False)
        if says_no and is_yes(self.failed.rpartition("/")[2]):
            return ""
        return self.failed

    def _believed(
        self,
        reply: Reply,
        items: Items,
        explained: tuple[str, ...],
    ) -> Verdict:
        return believed(reply, items, (*explained, *self.ignore), answered=self._says_all)

    @property
    def names_results(self) -> bool:
        """Whether its entries say which results they are about."""
        return bool(self.id or self.culprits.path)

    @property
    def _says_all(self) -> bool:
        """Whether it speaks of each result, so that a 207 is nothing to be afraid of."""
        return bool(self.items or self.failed or self.status or self.count or self.culprits.path)

    def _each(
        self,
        document: object,
        reply: Reply,
        items: Items,
        keys: Mapping[str, int],
        *,
        keyed: bool,
    ) -> Verdict:
        entries = entries_at(document, self.items)
        if not isinstance(entries, list):
            return _doubt(reply, f"there is no list at {self.items}")
        if len(entries) != len(items.wire):
            return _doubt(reply, f"{len(entries)} entries for {len(items.wire)} results")
        found = _Entries()
        for order, entry in enumerate(entries):
            inner = self._inner(entry)
            place = order
            if self.id:
                place = keys.get(str(at(inner, self.id)), -1)
            words = ""
            if place < 0 or place in found.seen:
                words = "it names a result that was not sent, or one twice"
            elif self._is_unreadable(inner):
                words = "an entry is neither a table nor a list"
            if words:
                return _doubt(reply, f"{words}: {entry!r:.80}")
            found.seen[place] = entry
            self._sort(place, inner, found)
        unexplained = self._unexplained(reply, items, found)
        if unexplained is not None:
            return unexplained
        if not found.refused and not found.later:
            return Accepted()
        reason = next(iter((*found.refused.values(), *found.later.values())))
        return Sorted(reason, found.refused, found.later, keyed=keyed)

    def _unexplained(
        self,
        reply: Reply,
        items: Items,
        found: _Entries,
    ) -> Verdict | None:
        """Doubt, if anything besides the entries that are understood speaks of errors, or if an
        entry has a word for its status that nobody knows.
        """
        if found.strange:
            return _doubt(reply, found.strange)
        taken = [self._plain(found.seen[place]) for place in sorted(found.seen)]
        for place in found.understood:
            taken[place] = {}
        verdict = believed(
            reply,
            items,
            (self.count, *self.ignore),
            answered=True,
            entries=(self.items, taken),
            told=len(found.understood),
        )
        return verdict if isinstance(verdict, InDoubt) else None

    def _is_unreadable(self, entry: object) -> bool:
        """Whether an entry is a text or a number, and the table has pointers into it."""
        inside = [path for path in (self.failed, self.status) if path.strip("/")]
        return bool(inside) and entry is not None and not isinstance(entry, Mapping | list)

    def _inner(self, entry: object) -> object:
        if self._is_wrapped(entry):
            return next(iter(entry.values()))
        return entry

    def _is_wrapped(self, entry: object) -> TypeGuard[Mapping[str, object]]:
        return self.within == "*" and isinstance(entry, Mapping) and len(entry) == 1

    def _plain(self, entry: object) -> object:
        """An entry that was taken; what the table explains of it says so in everybody's words."""
        if self._is_wrapped(entry):
            return {name: self._in_plain_words(inner) for name, inner in entry.items()}
        return self._in_plain_words(entry)

    def _in_plain_words(self, entry: object) -> object:
        if self.status and at(entry, self.status) is not None:
            entry = put(entry, self.status, "ok")
        if self.failed.strip("/") and at(entry, self.failed) is not None:
            entry = put(entry, self.failed, None)
        return entry

    def _sort(
        self,
        place: int,
        entry: object,
        found: _Entries,
    ) -> None:
        status = at(entry, self.status or "/status")
        failed = bool(self.failed) and self._is_failed(entry)
        if self.status:
            taken = self._is_taken(status)
            failed = failed or taken is False
            if taken is None and not failed:
                found.strange = found.strange or self._unknown(status, entry)
        if not self.status and not self.failed:
            failed = entry is None
        if not failed:
            return
        found.understood.add(place)
        reason = self._reason(entry) or self._words(entry) or f"status {as_text(status)}"
        if self._is_already(f"{reason} {entry}"):
            return
        if _number(status) in _LATER:
            found.later[place] = reason
        else:
            found.refused[place] = reason

    def _is_failed(self, entry: object) -> bool:
        """Whether a value that says that something failed says so."""
        value = at(entry, self.failed)
        if isinstance(value, str):
            return is_something(self.failed.rpartition("/")[2], value)
        return bool(value)

    def _is_taken(self, status: object) -> bool | None:
        """Whether a status is one of a result that was taken; None for a word that nobody knows."""
        if not isinstance(status, str | int | float):
            return None
        word = as_text(status)
        if self.taken:
            return word in self.taken
        number = _number(word)
        if number in _TAKEN or word.strip().lower() in _GOOD:
            return True
        if number in REFUSED or status is False or is_no(word) or is_bad_state(word):
            return False
        return None

    def _unknown(
        self,
        status: object,
        entry: object,
    ) -> str:
        """What is said of a status that says neither yes nor no."""
        if status is None:
            return f"there is nothing at {self.status} in {entry!r:.80}"
        return f"is {status!r:.80} a success? `taken` has the words that are"

    def _words(self, entry: object) -> str:
        """The words of an entry that failed, or of all of it, if ``reason`` leads to none."""
        told = at(entry, self.failed)
        if self.failed and isinstance(told, str | Mapping | list):
            return words_of(told)
        return words_of(entry)

    def _reason(self, entry: object) -> str:
        return words_at(entry, self.reason)

    def _is_already(self, words: str) -> bool:
        return any(pattern.search(words) for pattern in self.already)

    def _refused(
        self,
        reply: Reply,
        count: int,
        keys: Mapping[str, int],
    ) -> Verdict:
        """What a 4xx says: that it is there already, or who the culprits are."""
        verdict = reply.verdict
        if not isinstance(verdict, Rejected):
            return verdict
        if self._is_already(reply.body.decode("utf-8", "replace")):
            return Accepted(reason=reply.message)
        named = self.culprits.named(document_of(reply.body), count, keys)
        if not named:
            return verdict
        return replace(verdict, culprits=tuple(named), reasons=named)


@dataclass(slots=True)
class _Entries:
    """What the entries of an answer say, by the places of the results."""

    seen: dict[int, object] = field(default_factory=dict)
    strange: str = ""  # what is said of a status that nobody knows
    understood: set[int] = field(default_factory=set)  # they failed, and the table says how
    refused: dict[int, str] = field(default_factory=dict)
    later: dict[int, str] = field(default_factory=dict)


def believed(
    reply: Reply,
    items: Items,
    explained: tuple[str, ...] = (),
    *,
    answered: bool = False,
    entries: tuple[str, list[object]] | None = None,
    told: int = 0,
    said: frozenset[str] = frozenset(),
) -> Verdict:
    """The verdict of an answer's status, unless its body speaks against it.

    ``explained`` are pointers to what the table understands, ``entries`` what is left of the list
    at a pointer; ``told`` of them failed, so that a flag, or a count of as many, is explained;
    ``said`` are texts that were sent, and may be said back.
    """
    if not reply.accepted:
        return reply.verdict
    found = suspicion(
        reply,
        items,
        explained,
        answered=answered,
        entries=entries,
        told=told,
        said=said,
    )
    if found is None:
        return reply.verdict
    words = (
        f"the service answered {reply.status}, and its answer speaks of errors that the table "
        f"does not explain: {found.words}; if it says what became of each result, write {found.key}"
    )
    if found.excuse:
        words = f"{words}; if it is no error, {found.excuse}"
    return InDoubt(words, working=False, unclear=True)


def _number(status: object) -> int:
    """A status of HTTP as a number, 0 if it is a word."""
    found = _STATUS.match(as_text(status))
    return int(found[1]) if found else 0


def _doubt(reply: Reply, what: str) -> InDoubt:
    words = f"the service answered {reply.status}, and not as `answer` says: {what}"
    return InDoubt(words, working=False, unclear=True)


# --- reading the table

KEYS = (
    *("items", "within", "id", "failed", "status", "taken", "reason"),
    *("already", "count", "culprits", "empty", "ignore"),
)


def answer_of(table: Mapping[str, object]) -> Answer:
    """Read an ``answer``. Raises UsageProblem."""
    for key in table:
        one_of("answer", key, KEYS)
    names = ("items", "within", "id", "failed", "status", "reason", "count", "empty")
    words = {key: pointer_in(table, key, "answer") for key in names}
    if words["empty"]:
        one_of("answer.empty", words["empty"], ("accept", "doubt"), "a word for it")
    if words["within"]:
        one_of("answer.within", words["within"], ("*",), "a word for it")
    return Answer(
        **words,
        taken=tuple(map(as_text, _listed(table, "taken"))),
        already=_patterns(table, "already"),
        culprits=culprits_of(table.get("culprits", "")),
        ignore=tuple(map(str, _listed(table, "ignore"))),
    )


def _listed(table: Mapping[str, object], key: str) -> list[object]:
    found = table.get(key, [])
    return found if isinstance(found, list) else [found]


def _patterns(table: Mapping[str, object], key: str) -> tuple[re.Pattern[str], ...]:
    listed = enumerate(_listed(table, key))
    return tuple(pattern(f"answer.{key}[{place}]", text) for place, text in listed)
