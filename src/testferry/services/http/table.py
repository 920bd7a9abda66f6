"""The tables of a target, read and checked: what is wrong names the key and the nearest word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from testferry.errors import UsageProblem
from testferry.services.http.answers import Answer
from testferry.services.http.template import Known, Make, compiled, holes

_METHODS = ("POST", "PUT", "PATCH")
_SEND = ("request", "json", "headers", "format", "lines")
_ANSWER = (
    *("items", "within", "id", "failed", "status", "reason"),
    *("already", "count", "culprits", "empty"),
)
_STATUSES = ("passed", "failed", "error", "skipped")
FORMATS = ("json", "ndjson", "lines")
_ADDRESS = re.compile(r"[A-Z]+ (/\S*)")
RESULTS = "{results}"

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sent:
    """How a batch leaves."""

    method: str = "POST"
    path: str = ""
    body: object = None  # a template with ``{results}``; None: a bare list of them
    headers: tuple[tuple[str, str], ...] = ()
    format: str = "json"
    lines: tuple[object, ...] = ()  # what stands before each result


@dataclass(frozen=True, slots=True)
class Description:
    """A target's tables, understood."""

    make: Make | None = None
    keyed: bool = False  # each result has a key of its own
    key_at: str = ""  # the top-level key of an item that is the result's key
    sent: Sent | None = None
    answer: Answer | None = None
    values: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def described(tables: Table) -> Description:
    """Read the tables of a target. Raises UsageProblem."""
    maps = _maps(tables)
    values = {"set": _table(tables, "set")}
    known = Known(maps, values)
    item = tables.get("item")
    make = None
    if item:
        make = compiled(item, "item", known)
    sent = None
    if "send" in tables:
        sent = _sent(_table(tables, "send"), values)
    keyed = "key" in holes(item) or (sent is not None and "key" in holes(list(sent.lines)))
    answer = None
    if "answer" in tables:
        answer = _answer(_table(tables, "answer"))
    return Description(make, keyed, _key_at(item), sent, answer, values)


def _key_at(item: object) -> str:
    if isinstance(item, Mapping):
        return next((str(key) for key, part in item.items() if part == "{key}"), "")
    return ""


def _maps(tables: Table) -> dict[str, Table]:
    maps = {"status": _table(tables, "status")}
    for name, words in _table(tables, "maps").items():
        if not isinstance(words, Mapping):
            raise UsageProblem(f"maps.{name}: a table of words is needed, not {words!r}")
        maps[name] = words
    for word in maps["status"]:
        _one_of("status", word, _STATUSES)
    return maps


def _sent(send: Table, values: Mapping[str, Table]) -> Sent:
    for key in send:
        _one_of("send", key, _SEND)
    request = send.get("request", "POST /")
    found = _ADDRESS.fullmatch(request) if isinstance(request, str) else None
    method = str(request).partition(" ")[0]
    if found is None or method not in _METHODS:
        raise UsageProblem(
            f"send.request: {request!r} is no request", 'write "POST /path/{set.project}"'
        )
    # Their values are known when a request leaves.
    later = {"upload": {"id": ""}, "batch": {"key": ""}}
    addressed = Known(values={**values, **later}, results=False)
    for name in holes(send.get("headers")):
        compiled(f"{{{name}}}", "send.headers", addressed)
    compiled(found[1], "send.request", addressed)
    if ".." in found[1].split("/"):
        raise UsageProblem(f"send.request: {request!r} leaves the address", "write the whole path")
    form = str(send.get("format", "json"))
    _one_of("send.format", form, FORMATS)
    body = send.get("json")
    if body is not None and str(body).count(RESULTS) != 1:
        raise UsageProblem(
            "send.json: the results have no place in it", 'write { results = "{results}" }'
        )
    lines = send.get("lines", [])
    headers = _table(send, "headers")
    return Sent(
        method,
        found[1],
        body,
        tuple((name, str(value)) for name, value in headers.items()),
        form,
        tuple(lines) if isinstance(lines, list) else (lines,),
    )


def _answer(table: Table) -> Answer:
    for key in table:
        _one_of("answer", key, _ANSWER)
    words: dict[str, str] = {}
    for key in ("items", "within", "id", "failed", "status", "reason", "count", "empty"):
        value = table.get(key, "")
        if not isinstance(value, str):
            raise UsageProblem(f"answer.{key}: {value!r} is no text", "write a JSON pointer")
        words[key] = value
    if words["empty"]:
        _one_of("answer.empty", words["empty"], ("accept", "doubt"))
    already = table.get("already", [])
    culprits = table.get("culprits", {})
    path, match = culprits, None
    if isinstance(culprits, Mapping):
        path = culprits.get("path", "")
        if "match" in culprits:
            match = _pattern("answer.culprits.match", culprits["match"])
    listed = already if isinstance(already, list) else [already]
    patterns = tuple(_pattern("answer.already", text) for text in listed)
    return Answer(**words, already=patterns, culprits=str(path), match=match)


def _pattern(where: str, text: object) -> re.Pattern[str]:
    try:
        return re.compile(str(text))
    except re.error as problem:
        raise UsageProblem(f"{where}: {text!r} is no regular expression: {problem}") from None


def _table(tables: Table, key: str) -> Table:
    found = tables.get(key, {})
    if not isinstance(found, Mapping):
        raise UsageProblem(f"{key}: a table is needed, not {found!r}")
    return found


def _one_of(where: str, word: str, known: Iterable[str]) -> None:
    listed = list(known)
    if word in listed:
        return
    cure = f"known are {', '.join(listed)}"
    near = get_close_matches(word, listed, n=1, cutoff=0.6)
    if near:
        cure += f"; did you mean {near[0]}?"
    raise UsageProblem(f"{where}: unknown key {word!r}", cure)
