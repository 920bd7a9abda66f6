"""What speaks of each result: a list as long as what was sent, or a table by its names.

One entry that is not like the others is what a service says of a result that it did not take: no
id, no entry, a zero among ones, another word. Pure and total.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from testferry.services.http import codes, sayings, wording
from testferry.services.http.statuses import are_statuses, is_bad_status

DEEPEST = 40  # what stands deeper in a document is not looked at
NAMED = frozenset({"name", "value"})  # of a state: {"name": "LOST"}
_ABSENT = object()
_STATUS = re.compile(r"(?:HTTP/[0-9.]{1,3} )?([1-5])[0-9]{2} [A-Z]")
_ACTIONS = ("action", "op", "operation", "event", "change")
_SHORT_NO = frozenset(
    {"nok", "ko", "err", "error", "fail", "failed", "rejected", "bad", "no", "denied", "invalid"}
)


def echoed(
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
        for below, text in leaves(entry):
            places[below][place] = text
    everywhere, exactly = set(), set()
    for below, texts in places.items():
        if len(texts) == len(sent) and all(texts[at] in sent[at].values() for at in texts):
            everywhere.add(below)
        elif all(each.get(below) == texts.get(at) for at, each in enumerate(sent)):
            exactly.add(below)
    if len(everywhere) < 2 and not any(len({*places[below].values()}) > 1 for below in everywhere):
        return set()
    known = everywhere | exactly
    return {f"{pointer}/{place}{below}" for place in range(len(entries)) for below in known}


def are_endings(
    words: list[str],
    statuses: list[str],
) -> bool:
    """Whether words are those for how tests ended; for skipped ones every service has its own."""
    if "passed" not in words or len({*words}) < 2:
        return False
    ended = [status.replace("error", "failed") for status in statuses]
    pairs = list(zip(words, ended, strict=True))
    known = [pair for pair in pairs if pair[1] != "skipped"]
    skipped = {word for word, status in pairs if status == "skipped"}
    same = all(word.replace("error", "failed") == status for word, status in known)
    return same and not skipped & {"passed", "failed"}


def leaves(
    value: object,
    below: str = "",
) -> Iterator[tuple[str, str]]:
    """Every text within a value, and where it stands."""
    if below.count("/") > DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{below}/{key}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{below}/{place}")
    elif isinstance(value, str) and value:
        yield below, value


def kind_of(
    value: object,
    name: str = "",
) -> object:
    """What an entry is, but for ids and for what nobody reads: two of one kind say the same."""
    if isinstance(value, dict):
        return tuple([(key, kind_of(inner, key)) for key, inner in value.items()])
    if isinstance(value, list):
        return ("list", *[kind_of(inner, name) for inner in value])
    if value is None or isinstance(value, bool):
        return str(value)
    is_bad = name in NAMED and isinstance(value, str) and sayings.is_bad_state(value)
    if name and not is_bad and not wording.is_read(name) and _is_plain(value):
        return type(value)
    if value and value != -1 and wording.names_something(name):
        return "id"
    return value


def _is_plain(value: object) -> bool:
    """Whether it is a number, or a word that has nothing within it."""
    if not isinstance(value, str):
        return True
    return bool(value) and " " not in value and value[0] not in "{["


def unlike(
    entries: Sequence[object],
    name: str = "",
    echoes: Collection[str] = (),
) -> tuple[int, str] | None:
    """The place of an entry that is not like the others, and the name that differs in it; None if
    none is. ``echoes`` are names under which entries say back what was sent.
    """
    if len(entries) < 2:
        return None
    if all(isinstance(entry, Mapping) for entry in entries):
        return _unlike_tables(
            [entry for entry in entries if isinstance(entry, Mapping)],
            echoes,
        )
    if all(isinstance(entry, list) for entry in entries):
        full = [at for at, entry in enumerate(entries) if entry]
        place = full[0] if 0 < len(full) < len(entries) else None  # its errors
    elif any(isinstance(entry, Mapping | list) for entry in entries):
        place = _first_empty(entries)
    else:
        place = _unlike_values(entries, name)
    return None if place is None else (place, "")


def _unlike_tables(
    tables: Sequence[Mapping[object, object]],
    echoes: Collection[str],
) -> tuple[int, str] | None:
    names = {str(name): name for table in tables for name in table}
    if len(names) == 1 and all(tables) and not echoes:
        # [{"r": 1}, {"r": 0}]: nothing but a value for each
        (shown, name), *_ = names.items()
        place = _unlike_values(
            [table[name] for table in tables],
            shown,
        )
        if place is not None and not wording.names_something(shown):
            return place, shown
    for shown, name in names.items():
        if shown in echoes:
            continue
        place = _unlike_in_column(
            shown,
            [table.get(name, _ABSENT) for table in tables],
        )
        if place is not None:
            return place, shown
    return _without_any(tables) or _with_more(tables, echoes)


def _with_more(
    tables: Sequence[Mapping[object, object]],
    echoes: Collection[str],
) -> tuple[int, str] | None:
    """An entry that says more than all others, and of what all say says another word."""
    times = Counter(name for table in tables for name in table)
    alone = {at for at, table in enumerate(tables) if any(times[name] == 1 for name in table)}
    if len(tables) < 3 or len(alone) != 1:
        return None
    place = alone.pop()
    others = [table for at, table in enumerate(tables) if at != place]
    for name, value in tables[place].items():
        if times[name] < len(tables) or str(name) in echoes:
            continue
        theirs = {repr(table[name]) for table in others}
        if len(theirs) == 1 and repr(value) not in theirs:
            return place, str(name)
    return None


def _unlike_in_column(
    name: str,
    column: Sequence[object],
) -> int | None:
    if wording.identifies(name):
        same = len({*map(str, column)}) == 1  # the id of their run
        return None if same else _unlike_values(column, "ids")
    if wording.is_code(name) and any(map(_is_zero, column)):
        return _first(not _is_zero(value) for value in column)
    if are_statuses(column):
        return _first(map(is_bad_status, column))
    if all(isinstance(value, str) for value in column):
        begins = [_STATUS.match(str(value)) for value in column]
        if all(begins):  # "201 Created"
            return _first(found is not None and found[1] in "45" for found in begins)
        strict = wording.is_outcome(name) or wording.plain(name) in _ACTIONS
        return _unlike_word(column, strict=strict)
    return None


def _without_any(tables: Sequence[Mapping[object, object]]) -> tuple[int, str] | None:
    """An entry that has nothing of what all others have."""
    empty = [place for place, table in enumerate(tables) if not table]
    if empty and len(empty) < len(tables):
        few = len(empty) * 2 <= len(tables)
        return next((at, "") for at, table in enumerate(tables) if bool(table) is not few)
    times = Counter(name for table in tables for name in table)
    common = {name for name, count in times.items() if count >= len(tables) - 1}
    if len(tables) < 3 or not common:
        return None
    found = [place for place, table in enumerate(tables) if common.isdisjoint(table)]
    return (found[0], "") if len(found) == 1 else None


def _unlike_values(
    values: Sequence[object],
    name: str,
) -> int | None:
    """The place of a value that is nothing, below zero, a zero among others, a bad word among good
    ones, or, of ids, there twice.
    """
    place = _first_empty(values)
    if place is not None:
        return place
    numbers = [codes.number_in(value) for value in values]
    known = [number for number in numbers if number is not None]
    if len(known) == len(values):
        return _unlike_number(
            known,
            are_ids=wording.lists(name) == "ids",
        )
    if wording.lists(name) == "ids":
        return _first_double(values)
    if all(isinstance(value, str) for value in values):
        return _unlike_word(values, strict=True)
    return None


def _unlike_number(
    numbers: list[float],
    *,
    are_ids: bool,
) -> int | None:
    if min(numbers) < 0 <= max(numbers):
        return numbers.index(min(numbers))
    counted = numbers == [numbers[0] + at for at in range(len(numbers))]
    if counted and (are_ids or max(numbers) > 1):
        return None
    if 0 in numbers and any(numbers):
        # Zero is the exception among ones and ids, and the rule among codes.
        zeros = numbers.count(0)
        rare = zeros * 2 <= len(numbers)
        return _first((number == 0) is rare for number in numbers)
    return _first_double(numbers) if are_ids else None


def _unlike_word(
    values: Sequence[object],
    *,
    strict: bool,
) -> int | None:
    """The place of a bad word among good ones; if it is ``strict``, of one that is not good."""
    words = [str(value) for value in values]
    good = [word for word in words if sayings.is_good_state(word) and not sayings.is_bad_end(word)]
    if len(good) == len(words) or len({*words}) < 2:
        return None
    if not strict and not any(map(sayings.says_taken, good)):
        return None
    if len({*words}) > len(words) // 2 + 1:  # names, and no words for what became of each
        return None
    if strict:
        others = Counter(words) - Counter(good)
        return words.index(min(others, key=others.__getitem__))
    return _first(word.lower() in _SHORT_NO for word in words)


def _first(are_so: Iterable[bool]) -> int | None:
    """The place of the first that is so."""
    return next((at for at, is_so in enumerate(are_so) if is_so), None)


def _first_empty(values: Sequence[object]) -> int | None:
    """The place of nothing among something."""
    empty = [at for at, value in enumerate(values) if value in (None, "", _ABSENT)]
    return empty[0] if 0 < len(empty) < len(values) else None


def _first_double(values: Sequence[object]) -> int | None:
    seen = set()
    for place, value in enumerate(map(str, values)):
        if value in seen:
            return place
        seen.add(value)
    return None


def _is_zero(value: object) -> bool:
    return value in (0, "0") and not isinstance(value, bool)
