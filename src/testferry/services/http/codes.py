"""What values say that stand under such names: a code, a number, a no, an error. Pure and total."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from testferry.services.http.statuses import OF_PARTS, REFUSED
from testferry.services.http.wording import (
    BAD_STATES,
    FAULT,
    OF_ERRORS,
    STATE,
    is_code,
    plain,
    words_in,
)

_NUMBER = re.compile(r"-?[0-9]{1,15}")
_LARGEST = 10**15
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")
_MESSAGES = frozenset(
    {"message", "msg", "errmsg", "error", "reason", "desc", "description", "text", "statement"}
)
_LONG_REFUSED = range(40_000, 60_000)  # 40401, as 20000 is a success


def is_bad_code(
    name: str,
    value: object,
    names: Iterable[str],
) -> bool:
    """Whether a code says that it went wrong. ``names``: those that stand beside it.

    Zero is none, and what begins as HTTP's successes do is one of them (200, 20000).
    """
    if not is_code(name):
        return False
    short = plain(name)
    number = number_in(value)
    if number is None:
        return isinstance(value, str) and short not in STATE and _is_bad_name(value)
    if (
        number < 0
        or number in REFUSED
        or number in OF_PARTS
        or (number in _LONG_REFUSED and short == "code")
    ):
        return True
    is_good = number == 0 or str(value).startswith("2")
    if short in OF_ERRORS or is_good:
        return not is_good
    return short == "code" and number > 1 and not _MESSAGES.isdisjoint(map(plain, names))


def _is_bad_name(text: str) -> bool:
    """``E_VALIDATION``, ``INVALID_TOKEN``, ``E001``; not ``DEMO``."""
    words = words_in(text)
    if " " in text or len(words) < 2:
        return bool(words) and bool(FAULT.fullmatch(words[0]))
    return (
        words[0] in ("e", "err")
        or any(map(FAULT.fullmatch, words))
        or bool(BAD_STATES & set(words))
    )


def number_in(value: object) -> float | None:
    """A number, or a text that is one; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        # JSON has NaN, infinities and numbers of a thousand digits: they count nothing
        return value if abs(value) < _LARGEST else None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    return None


def share_in(value: object) -> float | None:
    """How much of the whole a number is, or a text as ``75%``; None for anything else."""
    if isinstance(value, str):
        found = _PERCENT.fullmatch(value.strip())
        return float(found[1]) / 100 if found else None
    number = number_in(value)
    if number is None or number <= 1:
        return number
    return number / 100


def is_no(value: object) -> bool:
    """Whether a value says no."""
    return value is False or (isinstance(value, str) and value.strip().lower() in ("false", "no"))


_ONE = frozenset({"error", "fault", "failure", "exception", "problem"})
_MESSAGE = frozenset({"string", "faultstring", "message", "msg", "text", "reason", "description"})
_NOTHING = frozenset({"", "0", "false", "no", "none", "null", "ok", "success", "[]", "{}", "n/a"})


def says_something(value: object) -> bool:
    """Whether a value under a name of errors says that there are some."""
    if isinstance(value, str):
        return value.strip().lower() not in _NOTHING
    if isinstance(value, Mapping):
        return any(_is_said(str(name), inner) for name, inner in value.items())
    return bool(value)


def is_something(
    name: str,
    value: object,
) -> bool:
    """The same, where it stands: each fault is one, and an error that is a word is no flag."""
    short = plain(name)
    is_fault = short == "fault" and bool(value)
    is_no_flag = short in _ONE and isinstance(value, str) and value.strip().lower() == "no"
    return is_fault or is_no_flag or says_something(value)


def _is_said(
    name: str,
    value: object,
) -> bool:
    """In a table under a name of errors, a text for people is one, whatever it is."""
    if isinstance(value, str) and _MESSAGE & set(words_in(name)):
        return bool(value.strip())
    return says_something(value)
