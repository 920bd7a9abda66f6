"""What a value of an answer says, under the name at which it stands. Pure and total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import copy

from testferry.services.http import codes, sayings, wording
from testferry.services.http.documents import words_of_list
from testferry.services.http.statuses import is_bad_status
from testferry.submission import Items

_ACCEPTED = 202
_WAITING = frozenset({"queued", "pending", "remaining"})
_TOTALS = frozenset({"total", "count", "of", "totalcount", "sent"})
_PACKED = frozenset({"data", "result", "response", "payload", ""})  # what an answer is packed in


class Claims:
    """What is known of the request, and by that of its answer: ``told`` of its results failed,
    ``said`` are texts that were sent, ``texts`` all texts of the results.
    """

    def __init__(
        self,
        status: int,
        items: Items,
        told: int,
        said: frozenset[str],
        texts: frozenset[str],
    ) -> None:
        self._status = status
        self._told = told
        self._said = said
        self._texts = texts | said
        self.count = len(items.wire)
        self._ended = Counter(label.status for label in items.labels)

    def of_one(self) -> Claims:
        """The same, where one of the results is spoken of."""
        one = copy(self)
        one.count = min(self.count, 1)
        return one

    def speaks(
        self,
        name: str,
        value: object,
        table: Mapping[str, object],
        pointer: str = "",
    ) -> bool:
        """Whether a value speaks against an answer; ``table`` is where it stands, at a pointer."""
        if self._speaks(name, value, table):
            return True
        ends_badly = self._ends_badly(name, value, table, pointer)
        return ends_badly and not is_made(table, besides=name)

    def is_told(
        self,
        name: str,
        value: object,
    ) -> bool:
        """Whether it says no more than what is known: that so many failed, or that some did."""
        if not self._told or isinstance(value, Mapping):
            return False
        if isinstance(value, list):
            return len(value) <= self._told and wording.is_of_errors(name)
        if wording.is_code(name):
            return True
        number = codes.number_in(value)
        if number is not None and wording.counts(name) == "whole":
            return number >= self.count - self._told
        return number <= self._told if number is not None else isinstance(value, bool | str)

    def is_tally(
        self,
        table: Mapping[str, object],
    ) -> bool:
        """Whether it counts tests by how they ended: those that were sent, or those of a run that
        has more; and not requests.
        """
        counted: Counter[str] = Counter()
        named = False
        for key, value in table.items():
            status = wording.tallies(key)
            number = codes.number_in(value)
            if not status or number is None:
                continue
            counted[status] += int(number)
            of_run = not self.count and "count" in key.lower()
            named = named or status == "passed" or "test" in key.lower() or of_run
        if not named and not wording.TESTS & table.keys():
            return False
        if not self.count:
            return True
        known = [status for status in ("passed", "failed", "error", "skipped") if status in counted]
        has_more = any(
            name in wording.TESTS and (codes.number_in(number) or 0) > self.count
            for name, number in table.items()
        )
        if has_more or (sum(counted.values()) > self.count and "passed" in counted):
            return all(counted[status] >= self._ended[status] for status in known)
        return all(counted[status] == self._ended[status] for status in known)

    def speaks_in_list(
        self,
        name: str,
        text: str,
    ) -> bool:
        """Whether a text has a bad word or status for one of the results."""
        words = words_of_list(text)
        if len(words) != self.count or self.count < 2 or wording.tallies(name):
            return False
        is_refused = any(map(is_bad_status, map(codes.number_in, words)))
        return is_refused or any(map(sayings.is_bad_state, words))

    def is_bad_state(
        self,
        name: str,
        value: object,
    ) -> bool:
        """Whether a word is the name of a state, and a bad one: ``{"state": {"name": "LOST"}}``."""
        of_state = wording.plain(name) in ("status", "state", "outcome")
        if not of_state or not isinstance(value, str) or " " in value or value in self._said:
            return False
        return sayings.is_bad_state(value)

    def _speaks(
        self,
        name: str,
        value: object,
        table: Mapping[str, object],
    ) -> bool:
        if value is None:
            return wording.lists(name) == "ids" or wording.is_strict_yes(name)
        if isinstance(value, list) and value and wording.is_left(name):
            return True
        if isinstance(value, bool) and value:
            return wording.is_rehearsal(name) or wording.is_of_errors(name)
        if codes.is_no(value):
            goes_on = wording.is_end(name) and self._status != _ACCEPTED
            is_state = value is False and wording.is_state(name)
            is_fault = wording.is_of_errors(name) and codes.is_something(name, value)
            is_yes = wording.is_yes(name) and not wording.is_maybe(name)
            return is_yes or goes_on or is_state or is_fault
        return self._speaks_more(name, value, table)

    def _speaks_more(
        self,
        name: str,
        value: object,
        table: Mapping[str, object],
    ) -> bool:
        number = counted(value)
        if number is not None and wording.counts(name) == "whole":
            return number < self.count and not self._is_told_otherwise(
                name,
                number,
                table,
            )
        if codes.is_bad_code(name, value, table):
            return True
        # What a thing that was made is called is no word on how it was made.
        is_called = self._is_of_a_thing(name, value) and is_made(table, besides=name)
        if isinstance(value, str) and not is_called and self._says_badly(name, value):
            return True
        if isinstance(value, str) and value in self._said:
            return False
        return wording.is_of_errors(name) and codes.is_something(name, value)

    def _is_of_a_thing(
        self,
        name: str,
        value: object,
    ) -> bool:
        """Whether it says what a thing is called; or, of a run, that its tests failed."""
        ended = not self.count and wording.is_outcome(name)
        return wording.is_of_a_thing(name) or (ended and wording.tallies(str(value)) == "failed")

    def _is_told_otherwise(
        self,
        name: str,
        number: float,
        table: Mapping[str, object],
    ) -> bool:
        """Whether a count of so few is none, or none yet."""
        beside = {wording.plain(key): value for key, value in table.items()}
        if wording.is_end(name) and (self._status == _ACCEPTED or beside.keys() & _WAITING):
            return True
        # One is a yes where the name is a yes: {"ok": 1}; but not {"ok": 1, "total": 3}.
        totals = [counted(value) for key, value in beside.items() if key in _TOTALS]
        return number == 1 and wording.is_plain_yes(name) and self.count not in totals

    def _says_badly(
        self,
        name: str,
        text: str,
    ) -> bool:
        if text in self._said:
            return False
        marks = set(text)
        if marks == {"0", "1"} and len(text) == self.count > 2 and not wording.is_code(name):
            return not wording.names_something(name)  # a mark for each: "1101"
        if self.count and sayings.leads_to_login(text):
            return True
        if wording.lists(name) == "ids" and 1 < len(words_of_list(text)) < self.count:
            return True  # "11,12,13"
        is_counted = " " in text.strip() or bool(wording.counts(name))
        return (
            (wording.is_outcome(name) and sayings.is_bad_end(text))
            or (wording.is_state(name) and sayings.is_bad_state(text))
            or (wording.is_type(name) and sayings.is_bad_type(text))
            or (
                wording.is_spoken(name)
                and sayings.speaks_badly(
                    text,
                    self.count,
                )
            )
            or (wording.is_yes(name) and wording.counts(name) != "part" and _is_vague(text))
            or (is_counted and sayings.says_fewer(text, self.count))
            or (bool(wording.lists(name)) and self.speaks_in_list(name, text))
        )

    def _ends_badly(
        self,
        name: str,
        value: object,
        table: Mapping[str, object],
        pointer: str,
    ) -> bool:
        """What only speaks if nothing beside it says what was made."""
        if codes.is_no(value) and wording.is_maybe(name):
            return not any(other is True for other in table.values())
        if not self.count:
            return False
        packed = pointer.rpartition("/")[2].lower()
        if value in (None, "", -1) and wording.identifies(name) and packed in _PACKED:
            return "jsonrpc" not in table
        if wording.is_share(name) and self._status != _ACCEPTED:
            share = codes.share_in(value)
            goes_on = any(map(wording.is_state, table))
            return share is not None and share < 1 and not goes_on
        if value is None or value is False:
            is_place = name == "data" or wording.is_plain_list(name)
            return is_place and not self.has_yes(table)
        return self._ends_strangely(
            name,
            value,
            table,
        )

    def _ends_strangely(
        self,
        name: str,
        value: object,
        table: Mapping[str, object],
    ) -> bool:
        """A word for how it ended that is not one for what was taken, or a count of so few."""
        if isinstance(value, str) and value.strip() and value not in self._texts:
            holds = wording.is_outcome(name) or wording.plain(name) in ("results", "items")
            return holds and not sayings.is_good_state(value) and value.lstrip()[:1] not in "{["
        number = codes.number_in(value)
        if number is None or not 0 < number < self.count or not wording.may_count(name):
            return False
        numbers = [counted(other) for key, other in table.items() if wording.counts(key)]
        return not any(other is not None and other >= self.count for other in numbers)

    def has_yes(self, table: Mapping[str, object]) -> bool:
        """Whether something in a table says that it went well."""
        return any(self._is_good(name, value) for name, value in table.items())

    def _is_good(
        self,
        name: str,
        value: object,
    ) -> bool:
        if value is True:
            return wording.is_yes(name)
        if wording.is_of_errors(name):
            return not codes.is_something(name, value)
        if wording.is_code(name):
            return not codes.is_bad_code(name, value, ("message",))
        return isinstance(value, str) and wording.is_outcome(name) and sayings.is_good_state(value)


def counted(value: object) -> float | None:
    """A number, in digits or in words."""
    number = codes.number_in(value)
    if number is None and isinstance(value, str):
        return sayings.in_words(value)
    return number


def _is_vague(text: str) -> bool:
    """Whether a text under a yes is none: ``partially``, ``some``; a date is one."""
    if text.strip().lower() in ("", "y", "t") or any(map(str.isdigit, text)):
        return False
    return not sayings.says_taken(text) and sayings.in_words(text) is None


def is_made(
    table: Mapping[str, object],
    besides: str,
) -> bool:
    """Whether a table says what it is about: an id, an address."""
    return any(
        bool(value) and value != -1 and key != besides and wording.names_something(key)
        for key, value in table.items()
    )
