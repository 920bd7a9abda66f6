"""A table as it is understood, for people: its requests, a body, answers, limits, and what becomes
of a lost answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from testferry.model import Detail, Result, Status
from testferry.services.http.answers import Answer
from testferry.services.http.bodies import (
    TYPES,
    Laters,
    address,
    content,
    fill_wire,
    results_of,
    unnumbered,
)
from testferry.services.http.lost import in_words, opening_in_words
from testferry.services.http.table import Call
from testferry.services.http.target import Http
from testferry.services.http.template import Later
from testferry.services.service import Service
from testferry.submission import Items
from testferry.text import count

# What the bodies show.
_SAMPLE = Result(
    "adds two numbers",
    Status.FAILED,
    ("shop", "cart"),
    "shop.CartTest",
    file="tests/cart.py",
    line=12,
    elapsed=0.25,
    details=(Detail("failure", "1 is not 2", "AssertionError", "tests/cart.py:12: 1 is not 2"),),
)

Lines = list[tuple[str, str]]


def lines(
    service: Service,
    options: Any,
) -> Lines:
    """What the options of a target mean. Raises UsageProblem for a table that is wrong."""
    known = replace(options, set={**_unset(options), **options.set})
    return list(_lines(Http(**service.configured(known)), options))


def _unset(options: object) -> dict[str, object]:
    """Every ``{set.KEY}`` that nothing is set for stands for itself."""
    return {name: f"{{set.{name}}}" for name in re.findall(r"\{set\.([^{}|]+)", repr(options))}


def _lines(
    target: Http,
    options: Any,
) -> Iterator[tuple[str, str]]:
    described = target.description
    yield "token", _token(target)
    yield "dialect", target.dialect
    for call in described.opens:
        yield from _call(call, target)
    yield from _send(target)
    for call in described.closes:
        yield from _call(call, target)
    if described.look is not None:
        yield "look", _request(described.look.call, target)
    yield "answer", "; ".join(_answer(described.answer))
    packed = ", packed" if target.gzip else ""
    yield "batch", f"{count(target.batch_size, 'result')}, {target.batch_bytes:,} bytes{packed}"
    yield "a lost answer", in_words(target)
    opening = opening_in_words(target)
    if opening:
        yield "a lost opening", opening
    missing = [name for name in _unset(options) if name not in options.set]
    if missing:
        yield "to be set", ", ".join(f"--set {name}=…" for name in missing)


def _token(target: Http) -> str:
    if "none" in target.auth:
        return "none is sent"
    if "query" in target.auth:
        return f"?{target.auth['query']}=***, put there when a request leaves"
    if "header" in target.auth:
        return str(target.auth["header"]).replace("{token}", "***")
    if "basic" in target.auth:
        return f"Basic {target.auth['basic']}".replace("{token}", "***")
    return "as the dialect says"


def _call(
    call: Call,
    target: Http,
) -> Lines:
    keeps = ", ".join(f"{name} from {pointer}" for name, pointer in call.keep.items())
    request = _request(call, target)
    found = [(call.where, f"{request}   keeps {keeps}" if keeps else request)]
    body, _ = content(call, None, _holes(target), _as_hole, "…")
    return [*found, *_body(body, call)]


def _send(target: Http) -> Lines:
    described = target.description
    wire = target.item(_SAMPLE)
    bare = unnumbered(wire) if described.keyed else wire
    filled = fill_wire(bare, _holes(target), _as_hole)
    results = results_of(described.send.format, Items((filled,), ()), as_object=described.as_object)
    body, _ = content(described.send, results, _holes(target), _as_hole, "…")
    found = [("send", _request(described.send, target))]
    for name, value in described.send.headers:
        shown = fill_wire(json.dumps(str(value)).encode(), _holes(target), _as_hole)
        found.append(("", f"{name}: {json.loads(shown)}"))
    return [*found, *_body(body, described.send)]


def _request(
    call: Call,
    target: Http,
) -> str:
    path = unquote(address(call.path, _holes(target), _as_hole))
    return f"{call.method} /{path}"


def _body(
    body: bytes | None,
    call: Call,
) -> Lines:
    if body is None:
        return []
    text = body.decode("utf-8", "replace")
    if call.format == "json" and TYPES["json"]:
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return [("", line) for line in text.splitlines()]


def _holes(target: Http) -> Laters:
    """What is known later, each as it is written, with its filters."""
    return {hole: Later(hole.strip(), "") for hole in target.description.laters}


def _as_hole(
    scope: str,
    name: str,
) -> object:
    return f"{{{scope}.{name}}}" if name else f"{{{scope}}}"


def _answer(answer: Answer) -> Iterator[str]:
    if answer.items:
        by = f"by {answer.id}" if answer.id else "in the order sent"
        yield f"an entry for each result at {answer.items}, {by}"
    if answer.failed:
        yield f"failed where something stands at {answer.failed}"
    if answer.status:
        words = f" ({', '.join(answer.taken)}: taken)" if answer.taken else ""
        whose = "each has its" if answer.items else "the"
        yield f"{whose} status at {answer.status}{words}"
    if answer.count:
        yield f"the number of results at {answer.count}"
    if answer.culprits.path:
        yield f"those that were refused are named, the culprits at {answer.culprits.path}"
    if answer.already:
        patterns = ", ".join(pattern.pattern for pattern in answer.already)
        yield f"there already, by its words: {patterns}"
    yield "a 2xx that speaks of any other error is in doubt"
