"""Slips of the pen in a target's tables: what would be read, and never heeded. They are told when a
table is read, and not of one that a journal remembers.
"""

from __future__ import annotations

from collections.abc import Mapping

from testferry.services.http.bad import wrong
from testferry.services.http.filters import STATUS
from testferry.services.http.template import chains

Table = Mapping[str, object]

_TEMPLATES = ("item", "send", "open", "close", "look")
_POINTERS = ("items", "id", "failed", "status", "reason", "count")


def check(tables: Table) -> None:
    """Raises UsageProblem."""
    _check_maps(tables)
    answer = tables.get("answer")
    if isinstance(answer, Mapping):
        _check_pointers(answer)


def _check_maps(tables: Table) -> None:
    """A map counts where a hole names it: ``{status|status}``."""
    if not tables.get("item"):
        return
    found = list(chains([tables.get(name) for name in _TEMPLATES]))
    used = {name for _, *filters in found for name in filters}
    maps = tables.get("maps")
    named = list(maps) if isinstance(maps, Mapping) else []
    for name in named:
        if name not in used:
            words = "no hole uses this map"
            raise wrong(f"maps.{name}", words, f"write {{{STATUS}|{name}}} where its words belong")
    # Of an item without a status there is nothing to say.
    plain = any(field == STATUS for field, *_ in found)
    if tables.get(STATUS) and plain and not used.intersection((STATUS, *named)):
        raise wrong(
            STATUS,
            f"no hole uses these words: {{{STATUS}}} is the status as testferry calls it",
            f"write {{{STATUS}|{STATUS}}}",
        )


def _check_pointers(answer: Table) -> None:
    said = {f"answer.{key}": answer.get(key) for key in (*_POINTERS, "culprits")}
    culprits = answer.get("culprits")
    if isinstance(culprits, Mapping):
        said |= {f"answer.culprits.{key}": culprits.get(key) for key in ("path", "reason")}
    for where, pointer in said.items():
        if isinstance(pointer, str) and pointer and not pointer.startswith("/"):
            rest = pointer.removeprefix("$").strip("./").replace(".", "/")
            raise wrong(where, f"{pointer!r} is no JSON pointer", f'write "/{rest}"')
