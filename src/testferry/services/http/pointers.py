"""What stands in a JSON document at a pointer, and the words in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from testferry.text import whole_number

_NO_WORDS = "the service gives no reason"
_DEEPEST = 6


def at(
    document: object,
    pointer: str,
) -> object:
    """What stands at a JSON pointer, None if nothing does; ``/`` is the document itself."""
    for part in _parts(pointer):
        document = _step(document, part)
    return document


def every(
    document: object,
    pointer: str,
) -> list[object]:
    """Everything at a pointer in which ``*`` is each entry of a list or each value of a table."""
    found = [document]
    for part in _parts(pointer):
        found = [inner for value in found for inner in _steps(value, part)]
    return found


def without(
    document: object,
    pointer: str,
) -> object:
    """The document without what stands at a pointer."""
    parts = _parts(pointer)
    if not parts or not isinstance(document, Mapping) or parts[0] not in document:
        return document
    left = dict(document)
    if len(parts) == 1:
        del left[parts[0]]
    else:
        left[parts[0]] = without(left[parts[0]], "/" + "/".join(parts[1:]))
    return left


def put(
    document: object,
    pointer: str,
    value: object,
) -> object:
    """The document with another value at a pointer that leads somewhere."""
    parts = _parts(pointer)
    if not parts:
        return value
    if not isinstance(document, Mapping):
        return document
    inner = put(document.get(parts[0]), "/" + "/".join(parts[1:]), value)
    return {**document, parts[0]: inner}


def words_at(
    document: object,
    pointer: str,
) -> str:
    """The words at a pointer; empty if there is none, or nothing there."""
    return words_of(at(document, pointer)) if pointer else ""


def words_of(value: object) -> str:
    """A text as it is; the words within anything else."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _NO_WORDS
    return "; ".join(_words(value, 0))


def _words(
    value: object,
    depth: int,
) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            for words in _words(inner, depth + 1):
                yield words if isinstance(inner, Mapping | list) else f"{key}: {words}"
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner, depth + 1)
    elif value is not None:
        yield str(value)


def _parts(pointer: str) -> list[str]:
    stripped = pointer.strip("/")
    if not stripped:
        return []
    return [part.replace("~1", "/").replace("~0", "~") for part in stripped.split("/")]


def _step(
    value: object,
    part: str,
) -> object:
    if isinstance(value, Mapping):
        return value.get(part)
    if not isinstance(value, list):
        return None
    place = whole_number(part)
    return None if place is None or place >= len(value) else value[place]


def _steps(
    value: object,
    part: str,
) -> list[object]:
    if part != "*":
        inner = _step(value, part)
        return [] if inner is None else [inner]
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []
