"""The body of a request, around results that were encoded once."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from testferry.services.http.table import RESULTS, Sent
from testferry.services.http.template import KEY
from testferry.services.http_json import encode
from testferry.submission import Items

TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "lines": "text/plain; charset=utf-8",
}
_HOLE = re.compile(r"\{([a-z]+)\.([^{}|]+)\}")
_KEYS = re.compile(json.dumps(KEY)[1:-1].replace("\\", "\\\\").replace("{}", "([0-9]*)"))

Values = Mapping[str, Mapping[str, object]]


def numbered(number: int, wire: bytes) -> bytes:
    """The wire form of a result whose key is not known yet: it is made of its number."""
    return b"%d %s" % (number, wire)


def key_of(marker: str, number: bytes) -> str:
    """The key of a result: the same after a restart, and in any batch."""
    space = uuid.uuid5(uuid.NAMESPACE_URL, marker)
    return str(uuid.uuid5(space, number.decode()))


def with_keys(marker: str, items: Items, lines: tuple[object, ...]) -> tuple[Items, list[str]]:
    """The results with their keys in them and the lines before each; and the keys, in order."""
    wire: list[bytes] = []
    keys: list[str] = []
    before = b"".join(encode(line) + b"\n" for line in lines).replace(
        b'"{key}"', encode(KEY.format(""))
    )
    for numbered_wire in items.wire:
        number, _, text = numbered_wire.partition(b" ")
        key = key_of(marker, number)
        keys.append(key)
        whole = (before + text).decode()
        wire.append(_KEYS.sub(partial(_cut, key), whole).encode())
    return Items(tuple(wire), items.labels), keys


def _cut(key: str, found: re.Match[str]) -> str:
    """The key in its place, cut if the place asks for that."""
    if not found[1]:
        return key
    return key.replace("-", "")[: int(found[1])]


def body_of(sent: Sent, items: Items, values: Values) -> bytes:
    """The body of a batch."""
    if sent.format == "json":
        inner = b"[" + b",".join(items.wire) + b"]"
        if sent.body is None:
            return inner
        whole = encode(filled(sent.body, values))
        return whole.replace(encode(RESULTS), inner)
    if sent.format == "ndjson":
        return b"".join(wire + b"\n" for wire in items.wire)
    texts = [str(json.loads(wire)) for wire in items.wire]
    return "".join(f"{text}\n" for text in texts).encode()


def filled(template: object, values: Values, *, quoted: bool = False) -> object:
    """A template with the values of the upload in it."""
    if isinstance(template, Mapping):
        return {key: filled(part, values) for key, part in template.items()}
    if isinstance(template, list):
        return [filled(part, values) for part in template]
    if not isinstance(template, str):
        return template

    def value(found: re.Match[str]) -> str:
        text = str(values.get(found[1], {}).get(found[2], ""))
        return quote(text, safe="") if quoted else text

    return _HOLE.sub(value, template)
