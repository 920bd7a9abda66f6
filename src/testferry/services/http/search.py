"""A walk through the document of a 2xx, for what speaks against it. Pure and total."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import copy

from testferry.services.http import codes, sayings, wording
from testferry.services.http.claims import Claims, counted, is_made
from testferry.services.http.columns import (
    DEEPEST,
    NAMED,
    are_endings,
    echoed,
    kind_of,
    leaves,
    unlike,
)
from testferry.services.http.documents import NO_DOCUMENT, json_of
from testferry.services.http.statuses import are_statuses, is_bad_status
from testferry.submission import Items

_CREATED = frozenset({201, 202})
_SHOWN = 160  # characters of what is shown
_WORD = 24  # characters of a word
_LONG = 8  # characters of a text that nobody says by chance

Found = tuple[str, str]  # the words, and the pointer to them


class Search:
    """The walk. ``sent``: items whose own values do not count, ``said``: other texts that were
    sent; ``told`` results are known to have failed.
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
        self._statuses = [label.status for label in items.labels]
        self._leaves = [dict(leaves(item)) for item in sent]
        self._texts = frozenset(text for each in self._leaves for text in each.values())
        self.said = said | {text for text in self._texts if len(text) >= _LONG}
        self._echoed: set[str] = set()  # pointers
        self.claims = Claims(
            status,
            items,
            told,
            self.said,
            self._texts,
        )

    @property
    def count(self) -> int:
        """How many results are spoken of."""
        return self.claims.count

    def knowing(
        self,
        items: Items,
        sent: tuple[object, ...],
    ) -> Search:
        """The same walk, of one who knows what was sent."""
        return Search(
            self._status,
            items,
            self.said,
            sent,
            told=self._told,
        )

    def of(
        self,
        value: object,
        pointer: str = "",
        name: str = "",
    ) -> Iterator[Found]:
        """Every suspicion within a value that stands under a name."""
        if pointer.count("/") > DEEPEST:
            return
        if isinstance(value, Mapping):
            yield from self._of_mapping(
                value,
                pointer,
                name,
            )
        elif isinstance(value, list):
            yield from self._of_list(value, pointer, name)
        elif isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            inner = json_of(value)
            if inner is not NO_DOCUMENT and value not in self.said:
                yield from self.of(inner, pointer, name)
        elif not pointer and self._is_refusal(value):
            yield json.dumps(value), ""

    def _is_refusal(
        self,
        value: object,
    ) -> bool:
        """Whether a body that is one value says no; a number may be the id of what was made."""
        if isinstance(value, str):
            return sayings.is_refusal(value, self.count)
        number = codes.number_in(value)
        if number is not None:
            few = number < self.count and self._status not in _CREATED
            return few or number <= 0
        return value is False or isinstance(value, float)  # NaN counts nothing

    # --- lists

    def _of_list(
        self,
        entries: list[object],
        pointer: str,
        name: str,
    ) -> Iterator[Found]:
        listed = wording.lists(name) or ("entries" if not pointer else "")
        # Lists of what was created and of what was updated are counted together, in their table.
        alone = listed and wording.counts(name) != "part"
        if alone and len(entries) < self.count - self._told:
            yield f"{len(entries)} of {self.count} at {pointer or 'the top'}", pointer
        # A list as long as what was sent speaks of it, whatever it is called.
        of_each = bool(listed) or len(entries) == self.count > 1
        of_ids = wording.lists(name) == "ids"
        of_statuses = of_each and not of_ids and are_statuses(entries)
        self._echoed |= echoed(
            entries,
            self._leaves,
            pointer,
        ) | self._endings(entries, pointer)
        if len(entries) == self.count > 1:
            yield from self._of_unlike(
                list(enumerate(entries)),
                pointer,
                name,
            )
            twice = self._named_twice(entries)
            if twice:
                yield f"{json.dumps(twice)} is there twice at {pointer or 'the top'}", pointer
        one = self.of_one() if of_each else self
        seen: set[object] = set()
        for place, entry in enumerate(entries):
            here = f"{pointer}/{place}"
            kind = kind_of(entry)
            if here in self._echoed or kind in seen:
                continue
            if not isinstance(entry, str):
                seen.add(kind)
            is_bad = of_each and self._is_bad_entry(entry, listed)
            is_bad = is_bad or (of_statuses and is_bad_status(entry))
            is_bad = is_bad or self._is_bad_word(name, entry)
            if is_bad:
                yield f"{shown(entry)} at {here}", here
            yield from one.of(entry, here)

    def _named_twice(
        self,
        entries: list[object],
    ) -> str:
        """The name of a result that stands for another one, too; empty if there is none."""
        for key in ("name", "title", "test"):
            names = [entry.get(key) for entry in entries if isinstance(entry, Mapping)]
            times = Counter(name for name in names if isinstance(name, str))
            if times.total() < self.count or len(times) == self.count:
                continue
            if self._leaves and not set(times) <= self._texts:
                continue
            if times not in self._columns():
                return times.most_common(1)[0][0]
        return ""

    def _columns(self) -> list[Counter[str]]:
        """What was sent, by where it stands in a result."""
        places = {place for each in self._leaves for place in each}
        return [Counter(each[place] for each in self._leaves if place in each) for place in places]

    def of_one(self) -> Search:
        """The walk within what is said of one result: what it counts are no results."""
        one = copy(self)
        one.claims = self.claims.of_one()
        return one

    def _endings(
        self,
        entries: list[object],
        pointer: str,
    ) -> set[str]:
        """The pointers of words that say how each test ended, in words of the service: PASS."""
        if len(entries) != self.count or not self._leaves:
            return set()
        columns: dict[str, list[str]] = {}
        for entry in entries:
            for below, text in leaves(entry):
                columns.setdefault(below, []).append(wording.tallies(text[:_WORD]))
        return {
            f"{pointer}/{place}{below}"
            for below, words in columns.items()
            if len(words) == self.count and are_endings(words, self._statuses)
            for place in range(self.count)
        }

    def _of_unlike(
        self,
        entries: list[tuple[object, object]],
        pointer: str,
        name: str,
    ) -> Iterator[Found]:
        """An entry for a result that is not like those for the others."""
        # What the table explains is left as an empty table.
        left = [(key, entry) for key, entry in entries if not (self._told and entry == {})]
        if left and f"{pointer}/{left[0][0]}" in self._echoed:
            return
        first = f"{pointer}/{left[0][0]}/" if left else ""
        echoes = {place.removeprefix(first) for place in self._echoed if place.startswith(first)}
        found = unlike(
            [entry for _, entry in left],
            name,
            echoes,
        )
        if found is not None:
            at, inner = found
            key, entry = left[at]
            here = f"{pointer}/{key}/{inner}".rstrip("/")
            yield f"{shown(entry)} at {pointer}/{key}", here

    def _is_bad_word(
        self,
        name: str,
        entry: object,
    ) -> bool:
        """Whether one of several texts for people speaks of errors."""
        if not isinstance(entry, str) or entry in self.said:
            return False
        if wording.is_outcome(name) and sayings.is_bad_state(entry):
            return True
        return wording.is_spoken(name) and sayings.speaks_badly(
            entry,
            self.count,
        )

    def _is_bad_entry(
        self,
        entry: object,
        listed: str = "",
    ) -> bool:
        """Whether what stands for a result says that it was not taken."""
        if isinstance(entry, str):
            speaks = listed and entry not in self.said
            is_bad = sayings.is_bad_state(entry)
            return is_bad or (
                bool(speaks)
                and sayings.speaks_badly(
                    entry,
                    self.count,
                )
            )
        if isinstance(entry, Mapping):
            nameless = any(
                value in (None, "") and wording.identifies(key) for key, value in entry.items()
            )
            return nameless and not is_made(entry, besides="")
        if isinstance(entry, list):  # [false, "too long"], [422, "…"], [2, "invalid"]
            return any(map(_is_bad_part, entry))
        return entry is False or (entry is None and bool(listed))

    # --- tables

    def _of_mapping(
        self,
        table: Mapping[str, object],
        pointer: str,
        name: str,
    ) -> Iterator[Found]:
        yield from self.of_whole(table, pointer, name)
        if len(self._leaves) == 1:  # the one result itself, said back
            said_back = echoed([table], self._leaves, "")
            self._echoed |= {f"{pointer}{place.removeprefix('/0')}" for place in said_back}
        is_by_name = self._is_by_name(table, name)
        if is_by_name:
            yield from self._of_unlike(
                list(table.items()),
                pointer,
                "",
            )
        is_flat = is_by_name and _is_flat(table)
        tally = self.claims.is_tally(table)
        wraps = len(table) == 1 and wording.is_plain_list(name)  # <results><r/><r/></results>
        for key, value in table.items():
            here = f"{pointer}/{key}"
            if here in self._echoed or (tally and wording.tallies(key)):
                continue
            if self.claims.is_told(key, value):
                continue
            speaks = self.claims.speaks(
                key,
                value,
                table,
                pointer,
            )
            speaks = speaks or (key in NAMED and self.claims.is_bad_state(name, value))
            speaks = speaks or (is_flat and self._is_bad_entry(value, name))
            if speaks:
                yield f"{json.dumps(key)}: {shown(value)}", here
            is_empty = key == "data" and value in ([], {}) and self.claims.has_yes(table)
            if not wording.is_address(key) and not is_empty:
                called = key
                if wraps and isinstance(value, list):
                    called = name
                yield from self.of(value, here, called)

    def _is_by_name(
        self,
        table: Mapping[str, object],
        name: str,
    ) -> bool:
        """Whether a table has an entry for each result, by its name or its number."""
        if len(table) != self.count or not table:
            return False
        if self.count == 1:
            return self._may_be_sent(table)
        if wording.lists(name) == "entries" or _are_numbers(table):
            return True
        kinds = {type(value) for value in table.values() if value is not None}
        if kinds == {dict}:
            keys = [frozenset(value) for value in table.values() if isinstance(value, Mapping)]
            return len(set(keys)) == 1
        return len(kinds) == 1 and self._may_be_sent(table)

    def _may_be_sent(
        self,
        names: Iterable[str],
    ) -> bool:
        """Whether names are texts of results; until it is known what was sent, they may be."""
        return not self._leaves or set(names) <= self._texts

    def of_whole(
        self,
        table: Mapping[str, object],
        pointer: str,
        name: str,
    ) -> Iterator[Found]:
        """What a table says that none of its keys says alone."""
        parts = list(self._parts(table))
        if parts and sum(parts) < self.count - self._told:
            yield f"{sum(parts):g} of {self.count} were taken", pointer
        yield from self._of_few(table, pointer, name)
        values = table.values()
        if len(table) == self.count > 1 and are_statuses(values):
            bad = {key: value for key, value in table.items() if is_bad_status(value)}
            if bad:
                yield shown(bad), pointer
        if not table and self.count and wording.is_plain_list(name):
            yield f"nothing is at {pointer}", pointer
        few = 0 < len(table) < self.count
        if few and _are_numbers(table):
            yield f"{shown(table)} of {self.count}", pointer
        if few and self._are_of_results(table, name) and not self.claims.is_tally(table):
            yield f"{len(table)} of {self.count} at {pointer}", pointer
        if name == "data" and table and all(value is None for value in values):
            yield f"nothing was made: {shown(table)}", pointer

    def _of_few(
        self,
        table: Mapping[str, object],
        pointer: str,
        name: str,
    ) -> Iterator[Found]:
        """A count of so few that only the name beside it, or above it, makes one."""
        went_in, came_out = counted(table.get("in")), counted(table.get("out"))
        if went_in == self.count and came_out is not None and came_out < self.count:
            yield f"{came_out:g} of {self.count} came out", pointer
        if len(table) == 1 and wording.counts(name) and set(table) <= wording.TESTS:
            number = counted(next(iter(table.values())))
            if number is not None and number < self.count:  # {"imported": {"tests": 2}}
                yield f"{number:g} of {self.count} at {pointer}", pointer

    def _are_of_results(
        self,
        table: Mapping[str, object],
        name: str,
    ) -> bool:
        """Whether keys stand for results: by the name above them, or as all look like theirs."""
        named = wording.lists(name) == "ids" or wording.counts(name) == "whole"
        if not named and not all(map(_is_a_results, table)):
            return False
        if any(wording.counts(key) or wording.is_yes(key) for key in table):
            return False
        return self._may_be_sent(table) or _are_numbers(table)

    def _parts(
        self,
        table: Mapping[str, object],
    ) -> Iterator[float]:
        """The counts of what was created, updated and so on; a list counts what is in it."""
        whole = [counted(value) for key, value in table.items() if wording.counts(key) == "whole"]
        all_taken = any(number is not None and number >= self.count for number in whole)
        for key, value in table.items():
            if wording.counts(key) != "part":
                continue
            number = counted(value)
            # As in {"n": 3, "nModified": 0} and in {"accepted": 3, "new_cases": 2}.
            if all_taken and wording.is_beside(key, number):
                continue
            if isinstance(value, list):
                number = len(value)
            if number is not None:
                yield number


def _is_bad_part(value: object) -> bool:
    if isinstance(value, str):
        return sayings.is_bad_state(value)
    return value is False or is_bad_status(value)


def _is_a_results(name: str) -> bool:
    """Whether a name may be one of a result, and nobody says it by chance."""
    if len(name) < _LONG and not any(map(str.isdigit, name)):
        return False
    known = wording.is_known(name) or wording.is_spoken(name) or wording.is_about_itself(name)
    return not known and not wording.names_something(name)


def _is_flat(table: Mapping[str, object]) -> bool:
    return not any(isinstance(value, Mapping | list) for value in table.values())


def _are_numbers(names: Iterable[str]) -> bool:
    return all(name.isdigit() for name in names)


def shown(value: object) -> str:
    """A value, cut."""
    return json.dumps(value, ensure_ascii=False)[:_SHOWN]
