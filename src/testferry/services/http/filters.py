"""The filters of a hole: ``{elapsed|ms}``, ``{title|max 255}``, and the table's own maps by their
names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from testferry.errors import UsageProblem
from testferry.services.http.bad import wrong
from testferry.suggest import cure
from testferry.text import shorten, whole_number

Filter = Callable[[object], object]
Maps = Mapping[str, Mapping[str, object]]

UNITS = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
FILTERS = (
    *(*UNITS, "iso", "int", "str", "json", "tag", "upper", "lower"),
    *("max N", 'join "x"', "or V"),
)
STATUS = "status"  # the map of the service's own words for a status: others are left as they are
OTHERS = "*"  # in a map: every word that it does not have


def is_empty(value: object) -> bool:
    """Whether a value says nothing: zero and false do say something."""
    return value is None or value == "" or value in ((), [], {})


def as_text(value: object) -> str:
    """A value within a text."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, tuple | list):
        return "/".join(map(str, value))
    return json.dumps(value)


def no_word(
    where: str,
    words: str,
    word: str,
    known: Iterable[str],
) -> UsageProblem:
    """The problem of a word that there is not: it names those that there are, and the nearest."""
    listed = sorted(known)
    return wrong(where, words, cure(f"there are {', '.join(listed)}", word, listed))


def filter_of(
    words: str,
    where: str,
    maps: Maps,
) -> Filter:
    """The filter of these words. Raises UsageProblem for one that there is not."""
    name, _, rest = words.partition(" ")
    rest = rest.strip()
    if not rest and name in maps:
        return partial(_mapped, name, words_of(maps[name]))
    if not rest and name in UNITS:
        return partial(_scaled, UNITS[name])
    if not rest and name in _SIMPLE:
        return _SIMPLE[name]
    most = whole_number(rest)
    if name == "max" and most is not None:
        return partial(_cut, most)
    if name == "join" and rest:
        return partial(_joined, rest.strip("\"'"))
    if name == "or" and rest:
        return partial(_or, _value(rest))
    raise no_word(where, f"there is no filter {words!r}", name, (*FILTERS, *maps))


def words_of(words: Mapping[str, object]) -> Mapping[str, object]:
    """A map whose keys are texts, as TOML's are not always."""
    return {str(key): word for key, word in words.items()}


def _mapped(
    name: str,
    words: Mapping[str, object],
    value: object,
) -> object:
    word = str(value)
    if word in words:
        return words[word]
    if name == STATUS or value is None:
        return value
    if OTHERS in words:
        return words[OTHERS]
    raise wrong(
        f"maps.{name}",
        f"there is no word for {word!r}, which occurs in the reports",
        f'add one, or "{OTHERS}" = … for all others',
    )


def _scaled(
    factor: int,
    value: object,
) -> object:
    if not isinstance(value, int | float):
        return value
    # what a service said of its run may be no number that can be counted with
    with suppress(ValueError, OverflowError):
        return round(value * factor)
    return None


def _cut(
    most: int,
    value: object,
) -> object:
    return shorten(value, most) if isinstance(value, str) and len(value) > most else value


def _joined(
    between: str,
    value: object,
) -> object:
    return between.join(map(str, value)) if isinstance(value, list | tuple) else value


def _or(
    other: object,
    value: object,
) -> object:
    return other if is_empty(value) else value


def _int(value: object) -> object:
    try:
        return int(float(str(value)))
    except (ValueError, OverflowError):
        return None


def _iso(value: object) -> object:
    if not isinstance(value, int | float):
        return value
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds")
    return None


def _tag(value: object) -> object:
    """A name in InfluxDB's line protocol: commas, blanks and equal signs are escaped (its
    reference, "Special characters").
    """
    text = " ".join(as_text(value).split()) if value is not None else ""
    return re.sub(r"([,= ])", r"\\\1", text.replace("\\", "/"))


_SIMPLE: Mapping[str, Filter] = {
    "tag": _tag,
    "int": _int,
    "str": lambda value: "" if value is None else as_text(value),
    "json": partial(json.dumps, ensure_ascii=False),
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
    "iso": _iso,
}


def _value(text: str) -> object:
    try:
        found: object = json.loads(text)
    except ValueError:
        return text.strip("'")
    return found
