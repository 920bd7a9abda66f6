"""The key of a table that would explain an answer, as far as its shape shows it. Pure and total."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from testferry.services.http import codes, sayings, wording
from testferry.services.http.pointers import at, words_of

_PLACES = frozenset({"index", "indexes", "indices", "idx", "position", "row", "rows", "line"})
_FROM_ZERO = frozenset({"index", "indexes", "indices", "idx", "position"})
# "key-7" names a result, and no place.
_COUNTED = re.compile(r"^((?:row|line|index|item|entry|record|result) ?#? ?)[0-9]", re.IGNORECASE)
_DEEPEST = 4


def key_to_write(
    document: object,
    pointer: str,
    count: int,
) -> str:
    """What the table can say of an answer to ``count`` results that is suspect at a pointer."""
    culprits = next(_culprits(document, "", count), "")
    if culprits:
        return f"answer = {{ culprits = {culprits} }}"
    above, number, below = around_number(pointer)
    if number:
        inside = _of_entries(document, above, below)
        return f'answer = {{ items = "{above or "/"}"{inside} }}'
    counted = _counted(document, pointer)
    if counted:
        return f'answer = {{ count = "{counted}" }}'
    if pointer:
        # What says no by being false, or nothing, says so as a status.
        name = pointer.rpartition("/")[2]
        key = "failed" if codes.is_something(name, at(document, pointer)) else "status"
        return f'answer = {{ {key} = "{pointer}" }}'
    return 'answer = { items = "/…", failed = "/…" }'


def around_number(pointer: str) -> tuple[str, str, str]:
    """What stands before the first number of a pointer, the number, and what follows."""
    found = re.match(r"(.*?)/([0-9]+)(/.*)?$", pointer)
    if not found:
        return pointer, "", ""
    return found[1], found[2], found[3] or ""


def _of_entries(
    document: object,
    above: str,
    below: str,
) -> str:
    """What of an entry says that it failed: a word or a number that may be good, too, or else."""
    name = below.rpartition("/")[2]
    if not below:
        return ""
    if wording.identifies(name):
        return ', failed = "/…"'
    if not (wording.is_state(name) or wording.is_code(name)):
        return f', failed = "{below}"'
    return f', status = "{below}"{_taken(at(document, above), below)}'


def _taken(
    entries: object,
    below: str,
) -> str:
    """The word that most entries have, if nobody knows it for that of a success."""
    listed = entries if isinstance(entries, list) else []
    words = Counter(word for entry in listed if isinstance(word := at(entry, below), str))
    if not words:
        return ""
    word, times = words.most_common(1)[0]
    plain = word.replace("_", "").isalnum()
    is_known = sayings.is_good_state(word) or sayings.is_bad_state(word)
    if not plain or is_known or times * 2 <= len(listed):
        return ""
    return f', taken = ["{word}"]'


def _counted(
    document: object,
    pointer: str,
) -> str:
    """Where the number of those that were taken stands; empty if it is not one place."""
    found = at(document, pointer)
    if isinstance(found, Mapping):
        names = [name for name, value in found.items() if _is_count(name, value)]
        return f"{pointer}/{names[0]}" if len(names) == 1 else ""
    return pointer if _is_count(pointer.rpartition("/")[2], found) else ""


def _is_count(
    name: str,
    value: object,
) -> bool:
    return bool(wording.counts(name)) and codes.number_in(value) is not None


def _culprits(
    value: object,
    pointer: str,
    count: int,
) -> Iterator[str]:
    """Where those are listed that were not taken, and what in an entry names one."""
    if not isinstance(value, Mapping) or pointer.count("/") > _DEEPEST:
        return
    for name, inner in value.items():
        here = f"{pointer}/{name}"
        if isinstance(inner, list) and 0 < len(inner) < count and wording.is_of_errors(name):
            match = _match(name, inner, count)
            if match:
                yield f'{{ path = "{here}", match = "{match}" }}'
        yield from _culprits(inner, here, count)


def _match(
    name: str,
    entries: list[object],
    count: int,
) -> str:
    """What finds the place of a result in the words of each entry; empty if nothing does.

    An index counts from zero; rows and lines may count from one, unless there is a zero among them.
    """
    first = entries[0]
    if isinstance(first, Mapping):
        named = (key for key in first if _PLACES & set(wording.words_in(key)))
        heads = [f"{re.escape(key)}: " for key in named]
    elif begins := _COUNTED.match(words_of(first)):
        heads = [f"^{begins[1]}"]
    elif _PLACES & set(wording.words_in(name)):
        heads = ["^"]
    else:
        heads = []
    for head in heads:
        found = [re.search(f"{head}([0-9]+)", words_of(entry)) for entry in entries]
        places = [int(each[1]) for each in found if each is not None]
        from_zero = 0 in places or bool(_FROM_ZERO & set(wording.words_in(f"{name} {head}")))
        if len(places) == len(entries) and max(places) < count and from_zero:
            return f"{head}([0-9]+)".replace("\\", "\\\\")
    return ""
