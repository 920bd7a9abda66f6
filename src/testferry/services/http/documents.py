"""The body of an answer as a document, whatever it is written in: JSON, lines of it, XML, events,
a form, parts with a status each, or a list of words. Pure and total.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl
from xml.parsers import expat

from testferry.services.http import wording
from testferry.services.http.pointers import at

NO_DOCUMENT = object()
# Under this name stand the lines of a text, and the answers of a body that has several.
LINES = "lines"
_DEEPEST = 40
_LONGEST = 2_000_000  # characters of a body that is no JSON
_GUARD = re.compile(r"\)\]\}'?,?|while\s?\(1\);|for\s?\(;;\);")
_CALL = re.compile(r"[\w.$]{1,80}\(")
_EVENT = re.compile(r"(data|event|id|retry)?: ?(.*)")
_STATUS_LINE = re.compile(
    r"^HTTP/[0-9.]{1,3} ([1-5][0-9]{2})\b",
    re.MULTILINE,
)
_PAIR = re.compile(r"\s*([A-Za-z][\w .-]{1,40}?)\s*[:=]\s*(\S.*)")
# What begins so is a web page, though it may be XML, too.
_PAGE = re.compile(
    r"\s*(?:<[!?][^>]*>\s*)*<(?:html|head|body|form|h[1-6]|div|center|title|script|style|table|meta"
    r"|p|br|span|a|img)\b",
    re.IGNORECASE,
)
_TYPES = frozenset({"string", "boolean", "int", "integer", "long", "double"})
_NUMBERS = frozenset({"int", "i4", "i8", "double"})
_BETWEEN = re.compile(r"[,;|]\s*")


class Element(dict[str, object]):
    """The table of an XML document."""


def document_of(body: bytes) -> object:
    """The body as a document; an empty one is an empty table, ``NO_DOCUMENT`` is any other text."""
    if not body.strip():
        return {}
    whole = json_of(body)
    if whole is not NO_DOCUMENT:
        return whole
    text = (
        body[:_LONGEST]
        .decode(
            "utf-8",
            "replace",
        )
        .lstrip("\ufeff")
    )
    for reader in (_several, _wrapped, _events, _markup, _parts, _form):
        found = reader(text)
        if found is not NO_DOCUMENT:
            return found
    return NO_DOCUMENT


def entries_at(
    document: object,
    pointer: str,
) -> object:
    """The list at a pointer; ``/`` is also the list of all lines. An element of XML that stands
    alone is a list of one.
    """
    if not pointer.strip("/") and isinstance(document, Mapping) and set(document) == {LINES}:
        return document[LINES]
    found = at(document, pointer)
    return [found] if isinstance(document, Element) and isinstance(found, Mapping) else found


def json_of(body: bytes | str) -> object:
    """JSON, or ``NO_DOCUMENT``."""
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return NO_DOCUMENT
    return found


def words_of_list(text: str) -> list[str]:
    """The entries of a text that lists something: its lines, or what stands between commas."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if len(lines) > 1:
        return lines
    return _BETWEEN.split(text.strip())


def _several(text: str) -> object:
    """JSON after JSON: in lines, with nothing between them, or with the mark of RFC 7464."""
    decoder = json.JSONDecoder()
    found, place = [], 0
    while place < len(text):
        if text[place] in " \t\r\n\x1e":
            place += 1
            continue
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return NO_DOCUMENT
        found.append(value)
    if not found:
        return NO_DOCUMENT
    return found[0] if len(found) == 1 else {LINES: found}


def _wrapped(text: str) -> object:
    """JSON behind what keeps a browser from running it, or in a call: ``callback({…})``."""
    stripped = text.strip().rstrip("; ")
    guard = _GUARD.match(stripped)
    if guard:
        return json_of(stripped[guard.end() :])
    call = _CALL.match(stripped)
    if call and stripped.endswith(")"):
        return json_of(stripped[call.end() : -1])
    return NO_DOCUMENT


def _events(text: str) -> object:
    """Server-sent events: the data of each; one that is called an error is one."""
    lines = [line for line in text.splitlines() if line.strip()]
    pairs = [_EVENT.fullmatch(line) for line in lines]
    if not all(pairs) or not any(pair and pair[1] == "data" for pair in pairs):
        return NO_DOCUMENT
    said = [(pair[1], pair[2]) for pair in pairs if pair]
    data = [json_of(value) for name, value in said if name == "data"]
    names = [value for name, value in said if name == "event"]
    listed = [value for value in data if value is not NO_DOCUMENT]
    return {LINES: listed, "state": names} if len(listed) > 1 else {"event": listed, "state": names}


def _markup(text: str) -> object:
    """XML: an element is what is within it, a list if it stands there more than once."""
    if not text.lstrip().startswith("<") or _PAGE.match(text):
        return NO_DOCUMENT
    reader = _Markup()
    try:
        return _plain(reader.read(text))
    except (expat.ExpatError, ValueError):
        return NO_DOCUMENT


def _plain(table: dict[str, object]) -> object:
    """What XML-RPC returned; or the value of an element that is one of a type:
    ``<boolean>false</boolean>``.
    """
    (name, value), *_ = table.items()
    if name == "methodResponse" and isinstance(value, Mapping):
        return _returned(value)
    if name.lower() not in _TYPES or not isinstance(value, str):
        return table
    return value if name.lower() == "string" else json_of(value)


def _returned(response: Mapping[str, object]) -> object:
    """What an answer of XML-RPC returned, as JSON would have it; a fault is one."""
    if "fault" in response:
        return {"fault": _value_of(at(response, "/fault/value")) or True}
    values = [_value_of(each) for each in _listed(at(response, "/params/param/value"))]
    return values[0] if len(values) == 1 else values


def _value_of(value: object) -> object:
    """A value of XML-RPC (its specification, "Scalar <value>s", "<struct>s", "<array>s")."""
    if not isinstance(value, Mapping) or not value:
        return value
    (kind, inner), *_ = value.items()
    if kind == "struct":
        members = [
            member for member in _listed(at(inner, "/member")) if isinstance(member, Mapping)
        ]
        return {str(member.get("name")): _value_of(member.get("value")) for member in members}
    if kind == "array":
        return [_value_of(each) for each in _listed(at(inner, "/data/value"))]
    if kind == "boolean":
        return inner == "1"
    if kind == "nil":
        return None
    found = json_of(str(inner)) if kind in _NUMBERS else NO_DOCUMENT
    return inner if found is NO_DOCUMENT else found


def _listed(value: object) -> list[object]:
    """What stands there once, or more often; an element that is empty is nothing."""
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [value]


class _Markup:
    """Builds a table of an XML document; entities of its own are refused."""

    def __init__(self) -> None:
        self._open: list[tuple[str, dict[str, object], list[str]]] = [("", Element(), [])]

    def read(
        self,
        text: str,
    ) -> dict[str, object]:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._refuse
        parser.Parse(text.encode(), True)  # noqa: FBT003 - the last piece
        return self._open[0][1]

    def _refuse(self, *_: object) -> None:
        raise ValueError

    def _start(
        self,
        name: str,
        attributes: Mapping[str, str],
    ) -> None:
        if len(self._open) > _DEEPEST:
            raise ValueError
        kept = {_local(key): value for key, value in attributes.items() if not _names_space(key)}
        self._open.append((_local(name), dict(kept), []))

    def _text(
        self,
        data: str,
    ) -> None:
        self._open[-1][2].append(data)

    def _end(
        self,
        _: str,
    ) -> None:
        name, table, texts = self._open.pop()
        text = "".join(texts).strip()
        value: object = table
        if not table:
            # An empty <Fault/> is one all the same.
            value = text or name.lower() == "fault" or ""
        elif text:
            table["text"] = text
        above = self._open[-1][1]
        if name not in above:
            above[name] = value
            return
        before = above[name]
        above[name] = [*before, value] if isinstance(before, list) else [before, value]


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _names_space(key: str) -> bool:
    return key.partition(":")[0] in ("xmlns", "xsi", "xml")


def _parts(text: str) -> object:
    """Answers within an answer: the status of each."""
    found = [int(status) for status in _STATUS_LINE.findall(text)]
    return {LINES: found} if found else NO_DOCUMENT


def _form(text: str) -> object:
    """``accepted=2&rejected=1``, or a line for each."""
    stripped = text.strip()
    if re.fullmatch(
        r"[\w.%+-]+=[^\s&]*(?:[& ][\w.%+-]+=[^\s&]*)+",
        stripped,
    ):
        return dict(parse_qsl(stripped.replace(" ", "&"), keep_blank_values=True))
    pairs = [
        _PAIR.fullmatch(part.strip()) for part in re.split(r"[\n,;]", stripped) if part.strip()
    ]
    if not all(pairs):
        pairs = [_PAIR.fullmatch(line) for line in stripped.splitlines() if line.strip()]
    if not pairs or not all(pairs):
        return NO_DOCUMENT
    table = {pair[1]: pair[2].strip() for pair in pairs if pair}
    return table if any(map(wording.is_known, table)) else NO_DOCUMENT
