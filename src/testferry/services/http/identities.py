"""Does a table put our key where a service keeps the identity of what it has?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from testferry.services.http.template import holes

# Names of a field by which a service knows a result again.
_OF_IDENTITY = re.compile(
    r"(?:^|[_.\-\s])(?:id|ids|uuid|guid|key|rid)$|(?:Id|ID|Uuid|UUID|Guid|Key)$|^.*externalid$"
)
_IN_TEXT = re.compile(r"(?<![\w.-])([A-Za-z_][\w.-]{0,200})\s{0,20}[=:]\s{0,20}\"?\{key\b")


def is_known_by(item: object, lines: object) -> bool:
    """Whether the key of a result stands where a service keeps the identity of what it has."""
    return "key" in holes(lines) or _is_identity(item)


def _is_identity(template: object, name: str = "") -> bool:
    if isinstance(template, str):
        if "key" not in holes(template):
            return False
        return bool(
            _OF_IDENTITY.search(name)
            or any(_OF_IDENTITY.search(found) for found in _IN_TEXT.findall(template))
        )
    if isinstance(template, Mapping):
        if any("key" in holes(key) for key in template):
            return True
        return any(_is_identity(part, str(key)) for key, part in template.items())
    if isinstance(template, list):
        return any(_is_identity(part, name) for part in template)
    return False
