"""A file of fields, links and artifacts of a run, as Testmo's own client writes it
(``testmo automation:resources:add-field``, its source, 1.5.0): a JSON object of three lists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from testferry.errors import UsageProblem
from testferry.services.testmo.item import NOTE_LIMIT, STRING_LIMIT, TYPED, Entry, typed_field
from testferry.text import shorten

_LARGEST = 10 * 1024 * 1024  # bytes
_ABOUT = ("resources",)
_KINDS = ("fields", "links", "artifacts")


def read(path: str) -> dict[str, list[Entry]]:
    """What a run is made with: ``fields``, ``links`` and ``artifacts`` as the service takes them.
    Raises UsageProblem that names the entry.
    """
    document = _document(path)
    odd = sorted(set(document) - set(_KINDS))
    if odd:
        raise UsageProblem(f"{path}: {odd[0]!r} is none of {', '.join(_KINDS)}", about=_ABOUT)
    make = {"fields": _field, "links": _link, "artifacts": _artifact}
    found: dict[str, list[Entry]] = {}
    for kind in _KINDS:
        entries = document.get(kind, [])
        if not isinstance(entries, list):
            raise UsageProblem(f"{path}: {kind} is no list", about=_ABOUT)
        found[kind] = []
        for number, entry in enumerate(entries, 1):
            where = f"{path}: entry {number} of {kind}"
            if not isinstance(entry, Mapping):
                raise UsageProblem(f"{where} is no object", about=_ABOUT)
            found[kind].append(make[kind](where, entry))
    return found


def _document(path: str) -> Mapping[str, Any]:
    try:
        with open(path, encoding="utf-8-sig") as file:
            document = json.loads(file.read(_LARGEST))
    except OSError as problem:
        words = f"{path} cannot be read: {problem.strerror}"
        raise UsageProblem(words, about=_ABOUT) from None
    except (ValueError, RecursionError):
        words = f"{path} is no JSON"
        cure = "`testmo automation:resources:add-field` writes such a file"
        raise UsageProblem(words, cure, _ABOUT) from None
    if not isinstance(document, Mapping):
        raise UsageProblem(f"{path} is no object of {', '.join(_KINDS)}", about=_ABOUT)
    return document


def _field(where: str, entry: Mapping[str, Any]) -> Entry:
    kind = _text(where, entry, "type")
    if kind not in TYPED:
        words = f"{where}: type {kind!r} is none of {', '.join(TYPED)}"
        raise UsageProblem(words, about=_ABOUT)
    return typed_field(kind, _text(where, entry, "name"), _text(where, entry, "value", empty=True))


def _link(where: str, entry: Mapping[str, Any]) -> Entry:
    found: Entry = {
        "name": shorten(_text(where, entry, "name"), STRING_LIMIT),
        "url": _text(where, entry, "url"),
    }
    note = entry.get("note")
    if isinstance(note, str) and note:
        found["note"] = shorten(note, NOTE_LIMIT)
    return found


def _artifact(where: str, entry: Mapping[str, Any]) -> Entry:
    found = _link(where, entry)
    if entry.get("mimeType"):
        found["mime_type"] = _text(where, entry, "mimeType")
    if isinstance(entry.get("size"), int):
        found["size"] = entry["size"]
    return found


def _text(
    where: str,
    entry: Mapping[str, Any],
    name: str,
    *,
    empty: bool = False,
) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not (value or empty):
        raise UsageProblem(f"{where} has no {name}", about=_ABOUT)
    return value
