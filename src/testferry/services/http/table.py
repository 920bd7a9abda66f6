"""The tables of a target, read and checked: what is wrong names the key and the nearest word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from testferry.dialects.load import SECRET_NAME
from testferry.dialects.sent import fault_of_name
from testferry.services.http.answers import Answer, answer_of
from testferry.services.http.bad import one_of, pointer_in, table_in, wrong
from testferry.services.http.identities import is_known_by
from testferry.services.http.template import (
    NOBODY,
    OF_BATCH,
    OF_PAGE,
    OF_UPLOAD,
    Known,
    Later,
    Make,
    compiled,
    hole_of,
    holes,
    split_holes,
)

RESULTS = "{results}"
FORMATS = ("json", "ndjson", "lines", "multipart")
CALL = ("request", "json", "headers", "format")
SEND = (*CALL, "lines", "as")
OPEN = (*CALL, "keep", "look")
LOOK = ("request", "headers", "keys", "next")
SEARCH = ("request", "headers", "items", "mark", "keep", "next")
# By one of these holes, written into a run, it is found again.
_MARKS = frozenset({"upload.id", "batch.key"})
_WRITES = ("POST", "PUT", "PATCH")
STATUSES = ("passed", "failed", "error", "skipped")
_REQUEST = re.compile(r"([A-Z]+) (/\S*)")

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an address: as it is written, or a value that is percent-encoded."""

    value: object
    literal: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a table; its templates are compiled."""

    where: str
    method: str
    path: tuple[Piece, ...]
    body: object = None
    headers: tuple[tuple[str, object], ...] = ()
    format: str = "json"
    keep: Mapping[str, str] = field(default_factory=dict)  # names to JSON pointers
    keyed: str = ""  # where the request's own key stands: a header's name, or "the body"
    search: Search | None = None  # how what it makes is found again


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """A list that is read page by page."""

    call: Call
    next: str = ""  # where an answer names the next page
    paged: bool = False  # the request names the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Paged):
    """How a service is asked for the keys of what it has."""

    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Search(Paged):
    """How a run is found that may have been made: by what was written into it."""

    items: str
    mark: str  # where an entry has what was written
    keep: Mapping[str, str]
    asks: bool  # the request itself asks for what was written


@dataclass(frozen=True, slots=True)
class Description:
    """A target's tables, understood.

    One record: the tables speak of each other (a key that is made is looked for, a hole is set).
    """

    make: Make
    send: Call
    lines: tuple[Make, ...] = ()  # what stands before each result
    as_object: bool = False
    opens: tuple[Call, ...] = ()
    closes: tuple[Call, ...] = ()
    look: Look | None = None
    answer: Answer = field(default_factory=Answer)
    answered: bool = False  # the table has an `answer`
    keyed: bool = False  # each result has a key of its own
    known_by_key: bool = False  # the service knows a result again by that key
    laters: Mapping[str, Later] = field(default_factory=dict)
    plain: bool = True  # the neutral model is sent

    @property
    def kept(self) -> set[str]:
        """What of a run is known once it is open."""
        return {name for call in self.opens for name in call.keep}


def described(
    tables: Table, path: str = "results", key_header: str = "", neutral: Make | None = None
) -> Description:
    """Read the tables of a target. Raises UsageProblem.

    ``path`` and ``key_header`` are the short forms of ``send.json`` and ``send.headers``;
    ``neutral`` makes a result if there is no ``item``.
    """
    reader = _Reader(tables)
    opens = reader.calls("open", ())
    kept = {name for call in opens for name in call.keep}
    item = tables.get("item")
    make = neutral or compiled({}, "item", reader.known)
    if item:
        make = compiled(item, "item", reader.of_results(kept))
    said = table_in(tables, "send", "")
    if not said.get("json") and "send" not in tables:
        said = {"request": "POST /", "json": {path: RESULTS}}
    lines, send = reader.send(said, kept, key_header)
    as_object = _is_object(said, item)
    answer = answer_of(table_in(tables, "answer", ""))
    keyed = "key" in holes(item) or "key" in holes(said.get("lines"))
    return Description(
        make,
        send,
        lines,
        as_object,
        opens,
        reader.calls("close", kept),
        reader.look(kept),
        answer,
        "answer" in tables,
        keyed,
        keyed and (bool(answer.already) or is_known_by(item, said.get("lines"))),
        reader.known.later,
        not item,
    )


class _Reader:
    """Reads the requests of one target; all their templates share what is known later."""

    def __init__(self, tables: Table) -> None:
        self._tables = tables
        self.known = Known(
            _maps(tables),
            table_in(tables, "set", ""),
            {"upload": OF_UPLOAD, "batch": OF_BATCH},
        )

    def of_results(self, kept: Iterable[str]) -> Known:
        return self.known.with_names(run=sorted(kept))

    def send(
        self, said: Table, kept: Iterable[str], key_header: str
    ) -> tuple[tuple[Make, ...], Call]:
        for key in said:
            one_of("send", key, SEND)
        call = self._call("send", said, _WRITES, self.known.without_results(run=kept), key_header)
        form, item = call.format, self._tables.get("item")
        if form in ("ndjson", "lines") and "json" in said:
            raise wrong(
                "send.json",
                f"there is nothing around the results of format {form!r}",
                "take it out, or use format json",
            )
        if form == "lines" and not isinstance(item, str):
            raise wrong(
                "item",
                "format lines needs a text for each result",
                "write item = 'tests,name={name|tag} took={elapsed|or 0}'",
            )
        if call.body is not None and _places(call.body) != 1:
            raise wrong(
                "send.json", "the results have no place in it", 'write { results = "{results}" }'
            )
        if form == "multipart" and not isinstance(call.body, Mapping):
            raise wrong("send.json", "multipart needs its fields", 'write { tests = "{results}" }')
        return self._lines(said, kept, form), call

    def _lines(
        self,
        said: Table,
        kept: Iterable[str],
        form: str,
    ) -> tuple[Make, ...]:
        lines = said.get("lines", [])
        listed = lines if isinstance(lines, list) else [lines]
        if listed and form != "ndjson":
            raise wrong(
                "send.lines",
                f"format {form!r} has no lines before a result",
                'use format = "ndjson"',
            )
        known = self.of_results(kept)
        return tuple(compiled(line, f"send.lines[{at}]", known) for at, line in enumerate(listed))

    def calls(self, name: str, kept: Iterable[str]) -> tuple[Call, ...]:
        """The requests of ``open`` or ``close``: one, or a list of them in their order."""
        said = self._tables.get(name)
        if said is None:
            return ()
        made: list[Call] = []
        keys = OPEN if name == "open" else CALL
        listed = said if isinstance(said, list) else [said]
        for at, table in enumerate(listed):
            where = f"{name}[{at}]" if isinstance(said, list) else name
            if not isinstance(table, Mapping):
                raise wrong(
                    where,
                    f"a table is needed, not {table!r}",
                    f'write {name} = {{ request = "POST /runs" }}',
                )
            for key in table:
                one_of(where, key, keys)
            before = {*kept, *(name for call in made for name in call.keep)}
            known = self.known.without_results(run=before)
            call = self._call(where, table, _WRITES, known, "")
            if "look" in table:
                call = replace(call, search=self._search(where, table, call, before))
            made.append(call)
        return tuple(made)

    def _search(
        self,
        where: str,
        opening: Table,
        call: Call,
        kept: Iterable[str],
    ) -> Search:
        """How the run that an opening makes is found again."""
        written = holes([opening.get("request"), opening.get("json"), opening.get("headers")])
        where, said = f"{where}.look", table_in(opening, "look", where)
        if not written & _MARKS:
            raise wrong(
                where,
                "nothing that is written into the run says whose it is",
                'write json = { ref = "{upload.id}" } into open, and mark = "/ref" here',
            )
        for key in said:
            one_of(where, key, SEARCH)
        for key in ("items", "mark"):
            if not pointer_in(said, key, where).startswith("/"):
                raise wrong(
                    f"{where}.{key}",
                    f"{said.get(key, '')!r} is no JSON pointer",
                    'write look = { request = "GET /runs", items = "/data", mark = "/ref" }',
                )
        paged = self._paged(where, said, kept)
        keep = _keep(table_in(said, "keep", where), where) or call.keep
        for name in call.keep:
            if name not in keep:
                raise wrong(f"{where}.keep", f"{name} is kept by {call.where}, and not here")
        asks = bool(holes(said.get("request")) & _MARKS)
        return Search(
            call=paged.call,
            next=paged.next,
            paged=paged.paged,
            items=str(said["items"]),
            mark=str(said["mark"]),
            keep=keep,
            asks=asks,
        )

    def look(self, kept: Iterable[str]) -> Look | None:
        said = self._tables.get("look")
        if said is None:
            return None
        table = table_in(self._tables, "look", "")
        for key in table:
            one_of("look", key, LOOK)
        keys = pointer_in(table, "keys", "look")
        if not keys.startswith("/"):
            raise wrong(
                "look.keys",
                f"{keys!r} is no JSON pointer",
                'write keys = "/value/*/comment"',
            )
        paged = self._paged("look", table, kept)
        return Look(call=paged.call, keys=keys, next=paged.next, paged=paged.paged)

    def _paged(
        self,
        where: str,
        said: Table,
        kept: Iterable[str],
    ) -> Paged:
        known = self.known.without_results(run=kept, page=OF_PAGE)
        call = self._call(where, said, ("GET", "POST"), known, "")
        paged = any(hole.startswith("page.") for hole in holes(said))
        return Paged(call=call, next=pointer_in(said, "next", where), paged=paged)

    def _call(
        self, where: str, said: Table, methods: tuple[str, ...], known: Known, key_header: str
    ) -> Call:
        request = said.get("request", "POST /")
        found = _REQUEST.fullmatch(request) if isinstance(request, str) else None
        if found is None or found[1] not in methods:
            raise wrong(
                f"{where}.request",
                f"{request!r} is no request",
                f'write "{methods[0]} /path/{{set.project}}"',
            )
        form = str(said.get("format", "json"))
        one_of(f"{where}.format", form, FORMATS, "a format")
        headers = dict(table_in(said, "headers", where))
        if key_header:
            headers.setdefault(key_header, '"{batch.key}"')
        body = None
        if "json" in said:
            body = compiled(said["json"], f"{where}.json", known)(NOBODY, None)
        return Call(
            where,
            found[1],
            _pieces(found[2], f"{where}.request", known),
            body,
            _headers(headers, f"{where}.headers", known),
            form,
            _keep(table_in(said, "keep", where), where),
            _key_in(headers, said.get("json")),
        )


def _places(body: object) -> int:
    """How often the results have a place in a body."""
    if isinstance(body, Mapping):
        return sum(map(_places, body.values()))
    if isinstance(body, list):
        return sum(map(_places, body))
    return int(body == RESULTS)


def _pieces(path: str, where: str, known: Known) -> tuple[Piece, ...]:
    if ".." in re.split(r"[/?\\]", unquote(path)):
        raise wrong(where, f"{path!r} leaves the address", "write the whole path")
    for name in re.findall(r"[?&]([^=&?]+)=(?!\{page\.)", path):
        _refuse_secret(name, where)
    pieces = []
    for text, hole in split_holes(path):
        if text:
            pieces.append(Piece(text, literal=True))
        if hole:
            value = hole_of(hole, where, known)(NOBODY, None)
            pieces.append(Piece(value, literal=False))
    return tuple(pieces)


def _headers(
    headers: Table,
    where: str,
    known: Known,
) -> tuple[tuple[str, object], ...]:
    made = []
    for name, template in headers.items():
        fault = fault_of_name(name)
        if fault:
            raise wrong(f"{where}.{name}", fault, "write X-Name")
        if not isinstance(template, str | int):
            raise wrong(f"{where}.{name}", f"{template!r} is no text", "put it in quotes")
        _refuse_secret(name, f"{where}.{name}")
        made.append((name, compiled(str(template), f"{where}.{name}", known)(NOBODY, None)))
    return tuple(made)


def _refuse_secret(name: str, where: str) -> None:
    """Tables are shown, kept in the journal, and read by others."""
    if SECRET_NAME.search(name):
        raise wrong(
            where,
            f"a secret has no place in a table: {name}",
            'write auth = { header = "X-API-Key: {token}" } or { query = "api_key" }, and give the '
            "token in TESTFERRY_TOKEN; a second one stands in a dialect of yours, "
            f'[dialects.NAME.headers] {name} = "env:TESTFERRY_HEADER_NAME"',
        )


def _keep(table: Table, where: str) -> Mapping[str, str]:
    kept: dict[str, str] = {}
    for name, pointer in table.items():
        if not isinstance(pointer, str) or not pointer.startswith("/"):
            raise wrong(
                f"{where}.keep.{name}",
                f"{pointer!r} is no JSON pointer",
                'write keep = { id = "/result/id" }',
            )
        kept[name] = pointer
    return kept


def _key_in(headers: Table, body: object) -> str:
    for name, template in headers.items():
        if "batch.key" in holes(template):
            return name
    return "the body" if "batch.key" in holes(body) else ""


def _is_object(said: Table, item: object) -> bool:
    form = said.get("as", "list")
    one_of("send.as", str(form), ("list", "object"), "a form of the results")
    if form != "object":
        return False
    keys = list(item) if isinstance(item, Mapping) else []
    if len(keys) != 1 or not holes(keys[0]):
        raise wrong(
            "item",
            "an object of results needs one key with a hole in it, which names the result",
            'write item = { "{folder}/{name}" = { result = "{status}" } }',
        )
    return True


def _maps(tables: Table) -> dict[str, Table]:
    status = table_in(tables, "status", "")
    for word in status:
        one_of("status", word, STATUSES)
    maps = {"status": status}
    for name, words in table_in(tables, "maps", "").items():
        if not isinstance(words, Mapping):
            hint = f"write [targets.NAME.maps.{name}] with a word for each status"
            raise wrong(f"maps.{name}", f"a table of words is needed, not {words!r}", hint)
        maps[name] = words
    return maps
