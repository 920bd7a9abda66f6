"""What becomes of a lost answer, and what is remembered of a service from answer to answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from testferry.engine.step import Book, Looking, Reply
from testferry.engine.verdict import CannotTell, NotThere, Rejected
from testferry.services.http.limits import most_of, portions
from testferry.services.http.looking import Wanted, settle
from testferry.services.http.opening import find_run
from testferry.services.http.pointers import words_of
from testferry.services.http.requests import forms_of
from testferry.services.http.table import Call, Description, Look
from testferry.services.http.values import Values
from testferry.submission import Items, Submission
from testferry.text import seconds

if TYPE_CHECKING:
    from testferry.services.http.target import Http

# A service may have forgotten a key that is older: the IETF's draft leaves it to the service, a day
# is what those that say anything keep.
KEY_LIFE = 24 * 3600.0
UNEXPLAINED = "unexplained"  # of a row: it was answered with a success by its status alone
_LEARNT = "what a bulk API takes"
_NOTHING_SAYS = (
    "nothing says whether the run was made: look there, and fill it with --run-id ID; "
    "open.look would say how it is found"
)


@dataclass(slots=True)
class Memory:
    """What answers told: it is kept for later uploads to the same address."""

    place: str = ""  # the request that it is about
    unexplained: set[int] = field(default_factory=set)  # rows whose success was one by status alone
    _learnt: dict[str, object] = field(default_factory=dict)

    def most(
        self,
        book: Book,
    ) -> int | None:
        """So many results the service takes at once, as far as it ever said."""
        found = self._read(book).get("most")
        return found if isinstance(found, int) and found > 0 else None

    def honours(
        self,
        book: Book,
    ) -> bool:
        """Whether the service was seen to heed the key of a request: its answers speak of it."""
        return self._read(book).get("honours") is True

    def heed(
        self,
        reply: Reply,
        book: Book,
    ) -> None:
        """An answer may name the header: `Idempotency-Key` said back, `Idempotent-Replayed`."""
        if reply.accepted and any("idempoten" in name for name in reply.headers):
            self._note(book, "honours", value=True)

    def learn(
        self,
        verdict: Rejected,
        reply: Reply,
        batch: Submission,
        book: Book,
    ) -> Rejected:
        """A refusal that names the most results at once: this batch and the next ones fit."""
        # The words of a dialect may not be where the number stands (PocketBase).
        most = most_of(f"{verdict.reason}; {words_of(reply.json())}", batch.count)
        if most is None or verdict.culprits:
            return verdict
        self._note(book, "most", most)
        return replace(verdict, too_large=True, portions=portions(batch.count, most))

    def _read(
        self,
        book: Book,
    ) -> dict[str, object]:
        if not self._learnt:
            self._learnt = dict(book.cached(f"{_LEARNT} {self.place}"))
        return self._learnt

    def _note(
        self,
        book: Book,
        name: str,
        value: object,
    ) -> None:
        if self._read(book).get(name) != value:
            self._learnt[name] = value
            book.cache(f"{_LEARNT} {self.place}", self._learnt)


def find(
    target: Http,
    batch: Submission,
    items: Items,
    values: Values,
) -> Looking:
    """What a table can prove of a batch whose answer was lost, or did not say enough."""
    described, book = target.description, values.book
    again = cannot_be_sent_again(target, book)
    if described.look is not None:
        known = partial(_taken, described, values)
        wanted = Wanted(forms_of(described, items, values), values.batch_key, known)
        if not wanted.keys:
            wanted = replace(wanted, keys=tuple(frozenset() for _ in items.wire))
        safe = not again and not _was_unclear(target, batch)
        return (yield from settle(described.look, values, described.laters, wanted, keyed=safe))
    if _was_unclear(target, batch):
        words = "nothing says which results it took"
        if batch.id not in target.memory.unexplained and described.answered:
            words = "`answer` counts for what is sent from now on, and so for --in-doubt resend"
        return CannotTell(words, again=False)
    if again:
        return CannotTell(again, again=False)
    if not described.keyed and book.key_age(batch) > _life(target):
        words = (
            "the service may have forgotten the idempotency key: it is older than "
            f"{seconds(_life(target))} (idempotency_ttl)"
        )
        return CannotTell(words, again=False)
    return NotThere(retry_at_once=True)


def _was_unclear(
    target: Http,
    batch: Submission,
) -> bool:
    """Whether it was answered with a success that does not say what became of it.

    This process would be answered in the same way. The next one may know more; but what was
    answered is there already, or was refused: only a service that is said to know its keys again
    gets it twice.
    """
    sure = target.idempotent or target.idempotency_header or target.description.answer.already
    if batch.id in target.memory.unexplained:
        return True
    return UNEXPLAINED in batch.remote and not sure


def _life(target: Http) -> float:
    """Seconds for which a key is believed to be known."""
    return KEY_LIFE if target.idempotency_ttl is None else target.idempotency_ttl


def cannot_be_sent_again(
    target: Http,
    book: Book | None,
) -> str:
    """Why the same batch may not be sent again without looking; empty if it may."""
    described = target.description
    key = described.send.keyed
    if target.idempotent is False:
        return "the table says that the same request twice is not one (idempotent = false)"
    if not described.keyed and not key:
        return "the service offers nothing to read back, and no key tells it the results apart"
    # `idempotency_header` is the table's own word that the service honours it.
    if target.idempotent or target.idempotency_header or _is_known_by_key(described):
        return ""
    if key and (described.answer.already or (book is not None and target.memory.honours(book))):
        return ""
    what = f"heeds the key in {key}" if key else "knows a result again by its key"
    return f"nothing shows that the service {what}; if it does, write idempotent = true"


def _is_known_by_key(described: Description) -> bool:
    """Whether a field that is called an id is believed to be one.

    A table that looks does not rely on it: a service that only stores the key would keep both.
    """
    looks = described.look is not None
    return described.known_by_key and (not looks or bool(described.answer.already))


def _taken(
    described: Description,
    values: Values,
) -> Iterable[frozenset[str]]:
    """The keys of results that are known to be at the service."""
    wires = tuple(values.book.sent_items(None))
    return forms_of(described, Items(wires, ()), values)


def find_opening(
    target: Http,
    call: Call,
    opening: Submission,
    values: Values,
) -> Looking:
    """A run that may have been made: found by what was written into it, or made again if the
    service knows the request again.
    """
    book = values.book
    safe = target.idempotent or target.memory.honours(book)
    if call.keyed and safe and book.key_age(opening) <= _life(target):
        return NotThere(retry_at_once=True)
    if call.search is not None:
        return (yield from find_run(call.search, values, target.description.laters))
    return CannotTell(_NOTHING_SAYS, again=False)


def find_closing() -> Looking:
    """Closing twice does no harm."""
    yield from ()
    return NotThere(retry_at_once=True)


def in_words(target: Http) -> str:
    """What becomes of a batch whose answer is lost, for people."""
    described = target.description
    why_not = cannot_be_sent_again(target, None)
    if described.look is not None:
        return _looked_up(described.look, safe=not why_not)
    if not why_not and described.keyed:
        return "sent again (key in each item)"
    if not why_not:
        return f"sent again (key in {described.send.keyed})"
    if described.send.keyed and target.idempotent is None and not described.keyed:
        return (
            f"kept in doubt, until the service is seen to heed the key in {described.send.keyed} "
            "(idempotent = true says that it does)"
        )
    if described.keyed or target.idempotent is False:
        return f"kept in doubt: {why_not}"
    return "kept in doubt: this table has no key in its items, and nothing to look at"


def _looked_up(
    look: Look,
    *,
    safe: bool,
) -> str:
    looked = f"looked up ({look.call.method}, the keys at {look.keys})"
    if safe:
        return f"{looked}; sent again at once if that does not show it: its key is believed"
    return f"{looked}; sent again if two looks do not show it, --settle after it left"


def opening_in_words(target: Http) -> str:
    """What becomes of an opening whose answer is lost, for people; empty if there is none."""
    opens = target.description.opens
    if not opens:
        return ""
    call = opens[0]
    if call.keyed and target.idempotent:
        return f"sent again (key in {call.keyed})"
    if call.search is not None:
        return f"looked up ({call.search.call.method}, its mark at {call.search.mark})"
    return "kept in doubt: this table has no open.look, and no second run is made"
