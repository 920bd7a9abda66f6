"""The bytes of a request: the template around the results, the results that were encoded once, and
the values that are known only now.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from functools import partial
from urllib.parse import quote

from testferry.services.http.filters import as_text
from testferry.services.http.table import RESULTS, Call, Piece
from testferry.services.http.template import MARK, Later, Lookup
from testferry.services.http_json import encode
from testferry.submission import Items

TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "lines": "text/plain; charset=utf-8",
}
# Between the lines that belong to one result: JSON has none of it in its texts.
SEPARATOR = b"\x1e"
_MARKED = re.compile(f"{MARK}([^{MARK}]*){MARK}")
_IN_JSON = re.compile(r'("?)\\ue07f((?:(?!\\ue07f).)*)\\ue07f("?)')
# Nothing is called so, and "%2E" is a dot for libraries and servers (RFC 3986, section 2.3).
_UPWARDS = {".": "%252E", "..": "%252E%252E"}
# Some servers take an encoded slash for one, and then walk up.
_BETWEEN = re.compile(r"(/|%2F|%5C)")
_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F))

Laters = Mapping[str, Later]


def numbered(number: int, wire: bytes) -> bytes:
    """The wire form of a result whose key is not known yet: it is made of its number."""
    return b"%d %s" % (number, wire)


def key_of(marker: str, number: bytes) -> str:
    """The key of a result: the same after a restart, and in any batch."""
    import uuid

    space = uuid.uuid5(uuid.NAMESPACE_URL, marker)
    return str(uuid.uuid5(space, number.decode()))


def keys_of(marker: str, wires: Iterable[bytes]) -> list[str]:
    """The keys of results that were numbered, in order."""
    return [key_of(marker, wire.partition(b" ")[0]) for wire in wires]


def unnumbered(wire: bytes) -> bytes:
    """The result itself."""
    return wire.partition(b" ")[2]


def readable(wire: bytes, marker: str) -> bytes:
    """A result as it leaves: its key is in it, and each value that is known only then is named by
    its hole.
    """
    number = wire.partition(b" ")[0]
    bare = wire
    key = ""
    if number.isdigit():
        bare, key = unnumbered(wire), key_of(marker, number)

    def shown(found: re.Match[str]) -> str:
        before, hole, behind = found.groups()
        name, *filters = json.loads(f'"{hole}"').strip().split("|")
        text = f"{{{'|'.join([name, *filters])}}}"
        if name == "key" and key:
            text = key
            for words in filters:
                text = text.replace("-", "")[: int(words.removeprefix("max "))]
        return f"{before}{encode(text).decode()[1:-1]}{behind}"

    return _IN_JSON.sub(shown, bare.replace(SEPARATOR, b"\n").decode("utf-8", "replace")).encode()


def fill(
    template: object,
    laters: Laters,
    look: Lookup,
) -> object:
    """A template with the values of now in it; a text that is nothing but one keeps its type."""
    if isinstance(template, Mapping):
        return {key: fill(part, laters, look) for key, part in template.items()}
    if isinstance(template, list):
        return [fill(part, laters, look) for part in template]
    if not isinstance(template, str):
        return template
    whole = _MARKED.fullmatch(template)
    if whole:
        return laters[whole[1].strip()].value(look)
    return _MARKED.sub(lambda found: as_text(laters[found[1].strip()].value(look)), template)


def fill_wire(
    wire: bytes,
    laters: Laters,
    look: Lookup,
) -> bytes:
    """The same for JSON that is text already."""
    return _IN_JSON.sub(partial(_filled, laters, look), wire.decode()).encode()


def _filled(
    laters: Laters,
    look: Lookup,
    found: re.Match[str],
) -> str:
    before, hole, behind = found.groups()
    value = laters[json.loads(f'"{hole}"').strip()].value(look)
    if before and behind:
        return encode(value).decode()
    inner = encode(as_text(value)).decode()[1:-1]
    return f"{before}{inner}{behind}"


def address(
    pieces: Iterable[Piece],
    laters: Laters,
    look: Lookup,
) -> str:
    """A path whose values cannot leave their places: they are percent-encoded, dots too where they
    would lead upwards.
    """
    made = []
    for piece in pieces:
        if piece.literal:
            made.append(str(piece.value))
        else:
            made.append(quote(as_text(fill(piece.value, laters, look)), safe=""))
    parts = _BETWEEN.split("".join(made).lstrip("/"))
    return "".join(_UPWARDS.get(part, part) for part in parts)


def headers_of(
    call: Call,
    laters: Laters,
    look: Lookup,
) -> tuple[tuple[str, str], ...]:
    """The headers of a table; what no header can carry is percent-encoded."""
    made = []
    for name, template in call.headers:
        text = as_text(fill(template, laters, look))
        made.append((name, quote(text, safe=_PRINTABLE)))
    return tuple(made)


def content(
    call: Call,
    results: bytes | None,
    laters: Laters,
    look: Lookup,
    boundary: str,
) -> tuple[bytes | None, str]:
    """The body of a request and its type; ``results`` stand where the template has them."""
    if call.body is None and results is None:
        return None, ""
    if call.body is None:
        return results, TYPES["json"]
    filled = fill(call.body, laters, look)
    if call.format == "multipart":
        return _multipart(filled, results, boundary), f"multipart/form-data; boundary={boundary}"
    return _around(encode(filled), results), TYPES["json"]


def _around(whole: bytes, results: bytes | None) -> bytes:
    return whole if results is None else whole.replace(encode(RESULTS), results)


def _multipart(
    fields: object,
    results: bytes | None,
    boundary: str,
) -> bytes:
    """A form of its fields: a text as it is, everything else as JSON."""
    parts = []
    for name, value in fields.items() if isinstance(fields, Mapping) else ():
        if value == RESULTS and results is not None:
            data = results
        elif isinstance(value, str):
            data = value.encode()
        else:
            data = _around(encode(value), results)
        quoted = quote(str(name), safe=" []._-")
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{quoted}"\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def results_of(
    form: str,
    items: Items,
    *,
    as_object: bool,
) -> bytes:
    """The results as the format has them."""
    if form == "ndjson":
        return b"".join(wire.replace(SEPARATOR, b"\n") + b"\n" for wire in items.wire)
    if form == "lines":
        return b"".join(_line(wire) for wire in items.wire)
    inner = b",".join(wire[1:-1] for wire in items.wire) if as_object else b",".join(items.wire)
    return b"{" + inner + b"}" if as_object else b"[" + inner + b"]"


def _line(wire: bytes) -> bytes:
    """A result that is one line: a line break within it would make two of it."""
    return " ".join(str(json.loads(wire)).splitlines()).encode() + b"\n"


def zipped(body: bytes) -> bytes:
    """The same bytes for the same body, whenever they are packed."""
    return gzip.compress(body, compresslevel=6, mtime=0)
