"""A result as it was read, from the JSON in which a journal holds it.

What a service leaves out of it (output, lines) is empty here, as for a report that has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from testferry.model import Detail, Result, Status


def result_of(wire: bytes) -> Result:
    """Read a result from its JSON; a key that it does not know is left alone.

    Raises ValueError or TypeError if it is none.
    """
    document = json.loads(wire)
    if not isinstance(document, dict):
        raise TypeError("a result is no object")
    known = {key: value for key, value in document.items() if key in _FIELDS}
    known.setdefault("name", "")  # what is empty is left out
    known["status"] = Status(known["status"])
    for key in _TUPLES & known.keys():
        known[key] = tuple(known[key])
    if "details" in known:
        known["details"] = _details(known["details"])
    if "properties" in known:
        known["properties"] = tuple((name, value) for name, value in known["properties"])
    return Result(**known)


def _details(listed: Iterable[Mapping[str, str]]) -> tuple[Detail, ...]:
    return tuple(Detail(**detail) for detail in listed)


_FIELDS = frozenset(Result.__dataclass_fields__)
_TUPLES = frozenset({"suite", "attachments"})
