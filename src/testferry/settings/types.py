"""What the text or the TOML value of an option means: SIZE, DURATION, RATE, K=V and plain ones.

A value of the command line and of the environment is a text; a value of a file is of TOML's types.
Both are read here, and nowhere else.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from testferry.option import Form, Option, key_of, options_of
from testferry.suggest import choices, cure

if TYPE_CHECKING:  # start-up is a feature
    from testferry.dialects import Window

Read = TypeVar("Read")
_UNITS = {
    "ms": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "min": 60.0,
    "m": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
}
_SIZES = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "kib": 1024,
    "k": 1000,
    "mb": 1000**2,
    "mib": 1024**2,
    "m": 1000**2,
    "gb": 1000**3,
}
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off", ""})
_SIZE = re.compile(r"\s*([0-9]{1,12}(?:\.[0-9]+)?)\s*([a-z]*)\s*", re.IGNORECASE | re.ASCII)
_DURATION = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]+)?)\s*([a-z]*)\s*", re.IGNORECASE | re.ASCII)
_RATE = re.compile(
    r"\s*([0-9]{1,9})\s*/\s*([0-9]{0,6}(?:\.[0-9]+)?)\s*([a-z]+)\s*",
    re.IGNORECASE | re.ASCII,
)
_DIGITS = re.compile(r"[+-]?[0-9]+", re.ASCII)
_LARGEST = 10**18 - 1  # what databases and services keep; nobody has ids of more digits
_MOST_DIGITS = 40  # leading zeros among them
_LONGEST_SHOWN = 60


class Unfit(Exception):
    """A value that an option cannot take. ``within`` are the keys and the numbers of entries that
    lead to what is wrong in it.
    """

    def __init__(
        self,
        words: str,
        cure: str = "",
        within: tuple[str, ...] = (),
    ) -> None:
        super().__init__(words)
        self.words = words
        self.cure = cure
        self.within = within


def convert(option: Option, value: object) -> object:
    """What an option's value means. Raises Unfit."""
    if option.form is Form.PAIRS:
        return _pairs(option, value)
    single = _CONVERTERS[option.form]
    if not option.many:
        return single(option, value)
    return tuple(_each(value, lambda item: single(option, item)))


def _each(value: object, read: Callable[[object], Read]) -> Iterator[Read]:
    """What the values of a repeatable option mean; of one that does not fit, its number is told."""
    for place, item in enumerate(listed(value)):
        try:
            yield read(item)
        except Unfit as problem:
            within = (str(place), *problem.within)
            raise Unfit(problem.words, problem.cure, within) from None


def listed(value: object) -> list[object]:
    """The values of a repeatable option: one that stands alone is a list of one."""
    if isinstance(value, list | tuple):
        return list(value)
    return [value]


def _text(_: Option, value: object) -> str:
    if isinstance(value, str):
        return value
    raise Unfit(f"{_shown(value)} is no text", "put it in quotes")


def _address(option: Option, value: object) -> str:
    text = _text(option, value)
    if option.wrong and text and (problem := option.wrong(text)):
        raise Unfit(*problem)
    return text


def _name(option: Option, value: object) -> str:
    """A text; what a service calls by a number may be said as one."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return str(value)
    return _text(option, value)


def _number(option: Option, value: object) -> int:
    number = _integer(value)
    if number is None:
        raise Unfit(f"{_shown(value)} is no number", _range(option))
    if abs(number) > _LARGEST or not _within(option, number):
        raise Unfit(f"{_shown(value)} is out of range", _range(option))
    return number


# As services show ids: R12, M5, an address that is copied from a browser.
_SHOWN_ID = re.compile(r"(?:[A-Z]|https?://\S+/view/)(\d+)(?:[&?#]\S*)?")


def _id(_: Option, value: object) -> str:
    if value == "":
        raise Unfit("is empty", "did the command that should give the run's id fail?")
    if isinstance(value, str) and (shown := _SHOWN_ID.fullmatch(value.strip())):
        value = shown[1]
    return _id_or_unfit(value, "use the id as the service shows it: 17")


def _word(option: Option, value: object) -> str:
    if value == "":
        raise Unfit("is empty", "did the command that should give the run's id fail?")
    return _name(option, value)


def _id_or_unfit(value: object, hint: str) -> str:
    number = _integer(value)
    if not number or number < 0:
        kind = "id" if number == 0 else "number"
        raise Unfit(f"{_shown(value)} is no {kind}", hint)
    if number > _LARGEST:
        words = f"{_shown(value)} is out of range: no service has ids of more than 18 digits"
        raise Unfit(words, hint)
    return value if isinstance(value, str) else str(value)


def _integer(value: object) -> int | None:
    """A whole number, or the digits of one; None if it is neither.

    No more digits are looked at than decide that it is too large.
    """
    if isinstance(value, str):
        digits = value.strip()
        if not _DIGITS.fullmatch(digits):
            return None
        return int(digits[:_MOST_DIGITS])
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return None


def _share(_: Option, value: object) -> float:
    number = math.nan
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = math.nan
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    if not 0 < number <= 1:  # also NaN
        raise Unfit(f"{_shown(value)} is no share", "use a number above 0, at most 1")
    return number


def _flag(_: Option, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in _TRUE:
        return True
    if isinstance(value, str) and word in _FALSE:
        return False
    raise Unfit(f"{_shown(value)} is neither true nor false", "use true or false")


def _count(option: Option, value: object) -> int:
    if isinstance(value, bool):
        return int(value)
    return _number(option, value)


def _choice(option: Option, value: object) -> str:
    word = str(value).lower()
    if isinstance(value, str) and word in option.choices:
        return word
    words = f"use {choices(option.choices)}"
    raise Unfit(f"{_shown(value)} is not known", cure(words, word, option.choices))


def _size(_: Option, value: object) -> int:
    match = _SIZE.fullmatch(_number_or_text(value))
    unit = match[2].lower() if match else ""
    size = 0
    if match and unit in _SIZES:
        size = int(float(match[1]) * _SIZES[unit])
    if size < 1:
        raise Unfit(f"{_shown(value)} is no size: use bytes, 64 KB or 1 MB")
    return size


def _duration(option: Option, value: object) -> float:
    match = _DURATION.fullmatch(_number_or_text(value))
    unit = match[2].lower() if match else ""
    if match is None or (unit and unit not in _UNITS):
        raise Unfit(f"{_shown(value)} is no duration: use 90s, 10m, 1h or seconds")
    seconds = float(match[1]) * _UNITS.get(unit, 1.0)
    if not _within(option, seconds):
        raise Unfit(f"{_shown(value)} is too short", f"use at least {option.least:g} s")
    return seconds


def _rate(_: Option, value: object) -> Window | None:
    if isinstance(value, str) and value.strip().lower() == "none":
        return None
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None or not _is_window(match):
        raise Unfit(f"{_shown(value)} is no rate: use 180/min, 3/s, 200/5s, 1000/h or none")
    from testferry.dialects import Window

    return Window(int(match[1]), float(match[2] or 1) * _UNITS[match[3].lower()])


def _is_window(match: re.Match[str]) -> bool:
    if match[3].lower() not in _UNITS or int(match[1]) < 1:
        return False
    return not match[2] or float(match[2]) > 0


def _file(option: Option, value: object) -> str:
    path = _text(option, value)
    if option.exists and not os.path.isfile(path):
        raise Unfit(f"{path!r} is no file", "name one that is there")
    return path


def _folder(option: Option, value: object) -> str:
    path = _text(option, value)
    if option.exists and not os.path.isdir(path):
        raise Unfit(f"{path!r} is no folder", "name one that is there")
    return path


def _output(option: Option, value: object) -> str:
    path = _text(option, value)
    if os.path.isdir(path):
        raise Unfit(f"{path!r} is a folder", "name a file")
    led = led_out(path)
    if led:
        raise Unfit(
            f"{path!r} leads out of this folder by a link, to {led}",
            "the link may be anybody's who wrote what is in the folder; name the file itself",
        )
    return path


def led_out(path: str) -> str:
    """Where a file lies that is named as one of this folder and, by links, is none of it; empty
    mostly.
    """
    here = os.path.realpath(os.curdir)
    real = os.path.realpath(path)
    named = os.path.abspath(path)
    for place in (os.path.abspath(os.curdir), here):
        if _is_below(named, place) and not _is_below(real, here):
            return real
    return ""


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))


def _pairs(option: Option, value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        return _pairs_of_table(option, value)
    found: dict[str, str] = {}
    for pairs in _each(value, partial(_some_pairs, option)):
        found |= pairs
    return found


def _pairs_of_table(option: Option, table: Mapping[object, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, item in table.items():
        name = str(key)
        try:
            _check_key(option, name)
            found[name] = _name(option, item)
        except Unfit as problem:
            raise Unfit(problem.words, problem.cure, (name,)) from None
    return found


def _some_pairs(option: Option, value: object) -> dict[str, str]:
    found: dict[str, str] = {}
    text = _name(option, value)
    parts = [text] if option.many else text.split(",")
    for part in filter(None, parts):
        key, equals, rest = part.partition("=")
        if not equals or not key.strip():
            raise Unfit(f"{part!r} is not K=V", "write it as KEY=VALUE")
        _check_key(option, key.strip())
        found[key.strip()] = rest
    return found


def _check_key(option: Option, key: str) -> None:
    if option.choices and key not in option.choices:
        words = f"use {', '.join(option.choices)}"
        raise Unfit(f"has no {key!r}", cure(words, key, option.choices))


def _table(option: Option, value: object) -> object:
    record = option.record
    if record is None or not isinstance(value, Mapping):
        raise Unfit("must be a table")
    known = options_of(record)
    made: dict[str, object] = {}
    for key, item in value.items():
        name = str(key).replace("-", "_")
        if name not in known:
            words = f"known are {', '.join(known)}"
            raise Unfit(f"has an unknown key {key!r}", cure(words, name, known), (str(key),))
        if name in made:
            words = f"{key} is said twice, with a dash and without"
            raise Unfit(words, "take one out", (str(key),))
        try:
            made[name] = convert(known[name], item)
        except Unfit as problem:
            words = f"{key_of(name)} {problem.words}"
            raise Unfit(words, problem.cure, (str(key), *problem.within)) from None
    return record(**made)


def _data(_: Option, value: object) -> object:
    if not isinstance(value, Mapping):
        raise Unfit("must be a table")
    return value


def _template(option: Option, value: object) -> object:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        return value
    return _data(option, value)


def _set(_: Option, value: object) -> str:
    if not isinstance(value, str) or not value.partition("=")[1]:
        raise Unfit(f"{_shown(value)} is not KEY=VALUE", "write --set KEY=VALUE")
    return value


_CONVERTERS: dict[Form, Callable[[Option, object], object]] = {
    Form.TEXT: _text,
    Form.NAME: _name,
    Form.ADDRESS: _address,
    Form.NUMBER: _number,
    Form.ID: _id,
    Form.WORD: _word,
    Form.SHARE: _share,
    Form.FLAG: _flag,
    Form.COUNT: _count,
    Form.CHOICE: _choice,
    Form.SIZE: _size,
    Form.DURATION: _duration,
    Form.RATE: _rate,
    Form.FILE: _file,
    Form.FOLDER: _folder,
    Form.OUTPUT: _output,
    Form.TABLE: _table,
    Form.DATA: _data,
    Form.TEMPLATE: _template,
    Form.SET: _set,
}


def _number_or_text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    return str(value)


def _within(option: Option, value: float) -> bool:
    if option.least is not None and value < option.least:
        return False
    return option.most is None or value <= option.most


def _range(option: Option) -> str:
    if option.least is None:
        return "use a number"
    if option.most is None:
        return f"use a number, at least {option.least:g}"
    return f"use a number from {option.least:g} to {option.most:g}"


def _shown(value: object) -> str:
    """A value as the user wrote it, or nearly so."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = repr(value)
    elif isinstance(value, int) and abs(value) > 10**_LONGEST_SHOWN:
        text = hex(value)  # thousands of digits are not made a decimal number
    else:
        text = str(value)
    if len(text) <= _LONGEST_SHOWN:
        return text
    return f"{text[:_LONGEST_SHOWN]}…"
