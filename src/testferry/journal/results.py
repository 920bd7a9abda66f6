"""A result as it was read, from the JSON in which a journal holds it.

What a service leaves out of it (output, lines) is empty here, as for a report that has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from testferry.model import Detail, Result, Status
from testferry.submission import documents


def results_of(wires: Sequence[bytes]) -> Iterator[Result]:
    """Read results from their JSON; a key that is not known is left alone.

    Raises ValueError or TypeError if one is none.
    """
    listed = documents(wires)
    if len(listed) != len(wires):
        raise ValueError("a result is not one")
    return map(_result, listed)


def _result(document: object) -> Result:
    if not isinstance(document, dict):
        raise TypeError("a result is no object")
    values: dict[str, Any] = {"name": ""}  # what is empty was left out
    for key, value in document.items():
        convert = _CONVERSIONS.get(key)
        if convert is not None:
            values[key] = convert(value)
        elif key in _FIELDS:
            values[key] = value
    return Result(**values)


def _details(listed: Iterable[Mapping[str, str]]) -> tuple[Detail, ...]:
    return tuple(Detail(**detail) for detail in listed)


def _pairs(listed: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in listed)


_FIELDS = frozenset(Result.__dataclass_fields__)
_CONVERSIONS: dict[str, Callable[[Any], object]] = {
    "status": Status,
    "suite": tuple,
    "attachments": tuple,
    "details": _details,
    "properties": _pairs,
}
