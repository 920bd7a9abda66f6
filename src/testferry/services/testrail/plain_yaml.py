"""YAML of the plain kind, as configuration files of trcli have it: keys with texts, lists and
tables of texts, in several documents of which the later ones count more.

What is more than that (anchors, tags, texts over several lines, deeper tables) is refused with its
line, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from testferry.errors import UsageProblem

Said = str | list[str] | dict[str, str]

_QUOTED = r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\""""
_KEY = re.compile(rf"^(?P<key>{_QUOTED}|\w[\w.-]*(?: +[\w.-]+)*)\s*:(?=\s|$)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "/": "/", "\\": "\\", '"': '"', " ": " "}
_DOCUMENT = ("---", "...")
_NOT_PLAIN = "&*!|>%@`?"  # what a plain text cannot begin with, or what it would mean


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    indent: int
    text: str  # without its comment


class Unreadable(UsageProblem):
    """It is no YAML, or more than is read here."""


def read(text: str, name: str) -> dict[str, Said]:
    """The keys of the top with what they say. Raises Unreadable with the line."""
    found: dict[str, Said] = {}
    lines = list(_lines(text, name))
    at = 0
    while at < len(lines):
        line = lines[at]
        key, rest = _entry(line, name)
        if line.indent:
            raise _problem(line, name, "is indented, and belongs to nothing")
        below, at = _below(lines, at + 1)
        if rest and below:
            raise _problem(below[0], name, "is indented below a value")
        found[key] = _block(below, name) if below else _value(rest, line, name)
    return found


def _lines(text: str, name: str) -> Iterator[_Line]:
    for number, raw in enumerate(text.splitlines(), 1):
        body = raw.lstrip(" ")
        line = _Line(number, len(raw) - len(body), _without_comment(body).rstrip())
        if line.text in _DOCUMENT or not line.text:
            continue
        if line.text.startswith("\t"):
            raise _problem(line, name, "is indented by a tab")
        yield line


def _without_comment(text: str) -> str:
    """The text up to a ``#`` that begins a comment: not within quotes, not within a word."""
    quote = ""
    for at, sign in enumerate(text):
        if quote:
            if sign == quote and text[at - 1] != "\\":
                quote = ""
        elif sign in "'\"" and (at == 0 or text[at - 1] in " :-[{,'"):
            quote = sign
        elif sign == "#" and (at == 0 or text[at - 1] in " \t"):
            return text[:at]
    return text


def _below(lines: list[_Line], at: int) -> tuple[list[_Line], int]:
    """The lines that belong to the key before; a list may stand as far left as its key."""
    begin = at
    while at < len(lines) and (lines[at].indent or _is_item(lines[at].text)):
        at += 1
    return lines[begin:at], at


def _is_item(text: str) -> bool:
    return text == "-" or text.startswith("- ")


def _block(lines: list[_Line], name: str) -> Said:
    """A list, or a table."""
    first = lines[0]
    for line in lines:
        if line.indent != first.indent or _is_item(line.text) is not _is_item(first.text):
            raise _problem(line, name, "stands at an odd place")
    if _is_item(first.text):
        return [_text(line.text[1:].strip(), line, name) for line in lines]
    pairs = [(line, *_entry(line, name)) for line in lines]
    return {key: _text(rest, line, name) for line, key, rest in pairs}


def _entry(line: _Line, name: str) -> tuple[str, str]:
    """A key, and what stands behind its colon."""
    found = _KEY.match(line.text)
    if found is None:
        raise _problem(line, name, "is no `key: value`")
    return _unquoted(found["key"], line, name), line.text[found.end() :].strip()


def _value(text: str, line: _Line, name: str) -> Said:
    """A text, ``[a, b]``, or ``{a: b}``."""
    if text[:1] not in ("[", "{"):
        return _text(text, line, name)
    closing = {"[": "]", "{": "}"}[text[0]]
    if len(text) < 2 or text[-1] != closing:
        raise _problem(line, name, f"has no {closing}")
    parts = [part.strip() for part in re.findall(rf"(?:{_QUOTED}|[^,])+", text[1:-1])]
    if closing == "]":
        return [_text(part, line, name) for part in parts if part]
    found: dict[str, str] = {}
    for part in filter(None, parts):
        key, rest = _entry(_Line(line.number, 0, part), name)
        found[key] = _text(rest, line, name)
    return found


def _text(text: str, line: _Line, name: str) -> str:
    """A text, quoted or plain. Raises Unreadable."""
    if text[:1] in ("'", '"'):
        return _unquoted(text, line, name)
    if text[:1] and text[0] in _NOT_PLAIN:
        raise _problem(line, name, f"has a text that begins with {text[0]}: put it in quotes")
    if text[:1] in ("[", "{"):
        raise _problem(line, name, "is deeper than is read here")
    if re.search(r":(?:\s|$)", text):
        raise _problem(line, name, "has a colon in its text: put it in quotes")
    return "" if text in ("~", "null") else text


def _unquoted(text: str, line: _Line, name: str) -> str:
    if text[:1] not in ("'", '"'):
        return text
    if not re.fullmatch(_QUOTED, text):
        raise _problem(line, name, "has a quote that is not closed")
    inner = text[1:-1]
    if text[0] == "'":
        return inner.replace("''", "'")
    return re.sub(r"\\(.)", lambda sign: _ESCAPES.get(sign[1], sign[0]), inner)


def _problem(line: _Line, name: str, words: str) -> Unreadable:
    return Unreadable(
        f"{name}, line {line.number} {words}: {line.text}",
        "what trcli reads is YAML: `key: value`, lists with dashes, tables that are indented",
    )
