"""What may stand in an answer where something else should."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Place = tuple[str | int, ...]
GONE = "(it is not there)"
ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    1.5,
    10**40,
    10**400,
    float("nan"),
    float("inf"),
    "",
    "7",
    "\u00b2\u00b2\u00b2",
    "9" * 5000,
    "x\n\x1b[31m",
    [],
    [1],
    {},
    {"id": 1},
    GONE,
]


def with_another(document: Any, where: Place, value: object) -> Any:
    """The document, with another value at a place."""
    if not where:
        return {} if value == GONE else value
    made = copy.deepcopy(document)
    inner = made
    for step in where[:-1]:
        inner = inner[step]
    if value == GONE:
        del inner[where[-1]]
    else:
        inner[where[-1]] = value
    return made


def places(document: Any, before: Place = ()) -> Iterator[Place]:
    """Every place of a document; of a list the first entry stands for all."""
    yield before
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, (*before, key))
    elif isinstance(document, list) and document:
        yield from places(document[0], (*before, 0))
