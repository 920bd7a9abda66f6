"""The results that an answer names one by one, by their places or their keys, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from testferry.services.http.bad import one_of, pointer_in, wrong
from testferry.services.http.documents import entries_at
from testferry.services.http.pointers import at, words_at, words_of
from testferry.text import whole_number

KEYS = ("path", "match", "reason")
_ALL_DIGITS = re.compile(r"^([0-9]+)$")


@dataclass(frozen=True, slots=True)
class Culprits:
    """Where they are listed (a JSON pointer, empty if nowhere), what in an entry names one, and
    where the words on it stand.
    """

    path: str = ""
    match: re.Pattern[str] | None = None
    reason: str = ""

    def are_told(
        self,
        document: object,
    ) -> bool:
        """Whether something stands where they are listed."""
        return bool(self.path and at(document, self.path))

    def named(
        self,
        document: object,
        count: int,
        keys: Mapping[str, int],
    ) -> dict[int, str]:
        """The places of the results that are named, with the words on each."""
        if not self.path:
            return {}
        found = entries_at(document, self.path)
        entries = [(words_of(found), found)]
        if isinstance(found, Mapping):
            entries = [(str(key), value) for key, value in found.items()]
        elif isinstance(found, list):
            entries = [(words_of(value), value) for value in found]
        named: dict[int, str] = {}
        for text, value in entries:
            place = self._place(text, keys)
            if place is not None and place < count:
                named[place] = words_at(value, self.reason or "/")
        return named

    def _place(
        self,
        text: str,
        keys: Mapping[str, int],
    ) -> int | None:
        """The place of the result that a text names; None for nobody."""
        matched = (self.match or _ALL_DIGITS).search(text)
        if matched is None:
            return keys.get(text)
        name = matched[1] or ""
        return keys.get(name, whole_number(name))


def culprits_of(said: object) -> Culprits:
    """Read ``answer.culprits``. Raises UsageProblem."""
    if not isinstance(said, Mapping):
        return Culprits(str(said))
    for key in said:
        one_of("answer.culprits", key, KEYS)
    path = pointer_in(said, "path", "answer.culprits")
    reason = pointer_in(said, "reason", "answer.culprits")
    if "match" not in said:
        return Culprits(path, None, reason)
    match = pattern("answer.culprits.match", said["match"])
    if not match.groups:
        raise wrong(
            "answer.culprits.match",
            "there is no group that holds the number",
            'write match = "^Row ([0-9]+) "',
        )
    return Culprits(path, match, reason)


def pattern(
    where: str,
    text: object,
) -> re.Pattern[str]:
    """A regular expression of a table. Raises UsageProblem."""
    try:
        return re.compile(str(text))
    except re.error as problem:
        words = f"{text!r} is no regular expression: {problem}"
        raise wrong(where, words, "write one in single quotes: 'already (exists|there)'") from None
