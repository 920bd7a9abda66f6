"""An answer that names some of the results that were sent, and none of the others. Pure and total.

Whatever such a list is called, what stands in it became of these results and not of the rest:
``{"leftover": ["t-3"]}``, "everything but test_2".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from testferry.services.http import wording
from testferry.services.http.columns import leaves
from testferry.submission import Items

_MOST = 40  # texts of an answer: one that says more speaks of all of them
_LONGEST = 300  # characters of a text that is looked at
_SHORT = 6  # characters of a name that nobody says by chance
_WORDS = re.compile(r"[^\s,;()\[\]\"']+")
_ID = re.compile(r"(?=\D{0,63}\d)[\w-]{8,64}")  # what lies behind it is not looked at
# One that stands for all: the slowest, an example.
_PICKED = frozenset({"first", "last", "example", "sample", "slowest", "longest", "latest", "flaky"})

Found = tuple[str, str]  # the words, and the pointer to them


def names_some(
    document: object,
    items: Items,
) -> Found | None:
    """What names some of at least two results; None if all are named, or none, or just those
    that ended alike.
    """
    said = (each for each in leaves(document) if len(each[1]) <= _LONGEST and _counts(each[0]))
    texts = list(islice(said, _MOST + 1))
    if not texts or len(texts) > _MOST or len(items.wire) < 2:
        return None
    names: dict[str, set[int]] = {}
    for place, label in enumerate(items.labels):
        names.setdefault(label.name, set()).add(place)
    named: set[int] = set()
    first: Found | None = None
    for pointer, text in texts:
        for word in _words(text):
            places = names.get(word, set()) if len(word) >= _SHORT else set()
            if not places and _ID.fullmatch(word):
                places = _with(word, items)
            if len(places) == 1:
                named |= places
                first = first or (f"{text!r} names one of {len(items.wire)} results", pointer)
    if first is None or len(named) == len(items.wire):
        return None
    told = any(map(wording.tallies, first[1].split("/"))) and _ended_alike(named, items)
    return None if told else first


def _counts(pointer: str) -> bool:
    """Whether what stands there may be a list of what was not taken."""
    names = [part for part in pointer.split("/") if part and not part.isdigit()]
    return not any(
        wording.counts(name) == "part" or _PICKED & set(wording.words_in(name)) for name in names
    )


def _words(text: str) -> Iterator[str]:
    """The text itself, and the words in it."""
    yield text
    if " " in text:
        yield from (word.strip(".:!") for word in _WORDS.findall(text))


def _with(
    word: str,
    items: Items,
) -> set[int]:
    """The results in which a value is this word."""
    looked = f'"{word}"'.encode()
    return {place for place, wire in enumerate(items.wire) if looked in wire}


def _ended_alike(
    named: set[int],
    items: Items,
) -> bool:
    """Whether these are all results that ended in one way: ``{"failed_tests": [...]}``."""
    ended = {items.labels[place].status for place in named}
    return named == {place for place, label in enumerate(items.labels) if label.status in ended}
