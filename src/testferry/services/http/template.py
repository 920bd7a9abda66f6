"""A template has the shape of the body that it makes; it is compiled once, to closures.

A text is literal but for its holes, ``{field|filter|…}``. One that is nothing but a hole keeps the
type of its value. What is empty is left out, and so is a table of which everything is. A table with
``each`` makes a list. Errors name the key, the hole and the word that is nearest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial
from operator import attrgetter

from testferry.errors import UsageProblem
from testferry.model import Result
from testferry.text import shorten

# What stands for the key of a result until it is sent: of which upload it is, is not known before.
KEY = "\ue07ftestferry-key{}\ue07f"
_HOLE = re.compile(r"\{([^{}]*)\}")
_UNITS = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FILTERS = (*_UNITS, "iso", "int", "str", "json", "upper", "lower", "max N", 'join "x"', "or V")
_SCOPES = ("set", "run", "upload", "batch")

# From a result and, within a list, its entry.
Make = Callable[[Result, object], object]
Filter = Callable[[object], object]


def _first(name: str, result: Result, _: object) -> object:
    for detail in result.details:
        found = getattr(detail, name)
        if found:
            return found
    return ""


def _attribute(name: str, result: Result, _: object) -> object:
    return getattr(result, name)


def _status(words: Mapping[str, object], result: Result, _: object) -> object:
    return words.get(result.status, result.status)


def _elapsed(factor: int, result: Result, _: object) -> object:
    if result.elapsed is None:
        return None
    return round(result.elapsed * factor)


def _it(_: Result, entry: object) -> object:
    return entry


_OF_DETAILS = ("text", "type")
_OF_RESULTS = (
    *("name", "title", "folder", "place", "status", "suite", "classname", "file", "line"),
    *("elapsed", "message", "raw_status", "stdout", "stderr", "attachments", "attempts"),
    *("flaky", "assertions"),
)
FIELDS = (*_OF_RESULTS, *_OF_DETAILS, "properties", "key", "it")


@dataclass(frozen=True, slots=True)
class Known:
    """What holes may name besides the fields of a result."""

    maps: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # by their scopes
    results: bool = True  # whether the fields of a result may be named at all


def compiled(template: object, where: str, known: Known) -> Make:
    """Make the closure of a template. Raises UsageProblem that names the key and the hole."""
    if isinstance(template, str):
        return _text(template, where, known)
    if isinstance(template, Mapping):
        if "each" in template:
            return _list(template, where, known)
        return _table(template, where, known)
    if isinstance(template, list):
        makers = [compiled(part, f"{where}[{at}]", known) for at, part in enumerate(template)]
        return partial(_make_list, makers)
    return partial(_constant, template)


def holes(template: object) -> set[str]:
    """The fields that a template names."""
    if isinstance(template, str):
        return {hole.split("|")[0].strip() for hole in _HOLE.findall(template)}
    found: set[str] = set()
    parts: Iterable[object] = ()
    if isinstance(template, Mapping):
        parts = (*template.keys(), *template.values())
    elif isinstance(template, list):
        parts = template
    for part in parts:
        found |= holes(part)
    return found


def _constant(value: object, _: Result, __: object) -> object:
    return value


def _make_list(makers: list[Make], result: Result, entry: object) -> object:
    made = [make(result, entry) for make in makers]
    return [value for value in made if not is_empty(value)]


def is_empty(value: object) -> bool:
    """Whether a value says nothing: zero and false do say something."""
    return value is None or value == "" or value in ((), [], {})


def _table(template: Mapping[str, object], where: str, known: Known) -> Make:
    # Constants are copied, plain fields are read without a call of ours: it is done per result.
    constants: dict[str, object] = {}
    plain: list[tuple[str, Callable[[Result], object]]] = []
    made_of: list[tuple[str, Make]] = []
    named: list[tuple[Make, Make]] = []
    for key, part in template.items():
        make = compiled(part, f"{where}.{key}", known)
        if _HOLE.search(key):
            named.append((_text(key, f"{where}, the key {key!r}", known), make))
        elif isinstance(make, partial) and make.func is _constant:
            if not is_empty(make.args[0]):
                constants[key] = make.args[0]
        elif isinstance(make, partial) and make.func is _attribute:
            plain.append((key, attrgetter(make.args[0])))
        else:
            made_of.append((key, make))

    return _table_maker(constants, plain, made_of, named)


def _table_maker(
    constants: dict[str, object],
    plain: list[tuple[str, Callable[[Result], object]]],
    made_of: list[tuple[str, Make]],
    named: list[tuple[Make, Make]],
) -> Make:
    def make_table(result: Result, entry: object) -> object:
        made = constants.copy()
        for key, read in plain:
            value = read(result)
            if value or value is False or value == 0:
                made[key] = value
        for key, make in made_of:
            value = make(result, entry)
            if value or value is False or value == 0:
                made[key] = value
        for make_key, make in named:
            value = make(result, entry)
            if not is_empty(value):
                made[str(make_key(result, entry))] = value
        return made

    return make_table


def _list(template: Mapping[str, object], where: str, known: Known) -> Make:
    more = sorted(template.keys() - {"each", "item"})
    if more or not isinstance(template["each"], str):
        raise UsageProblem(
            f"{where}: a list is made of `each` and `item`, not of {more or template['each']!r}",
            'write { each = "suite", item = { title = "{it}" } }',
        )
    source = _field(template["each"], where, template["each"], known)
    make = compiled(template.get("item", "{it}"), f"{where}.item", known)

    def make_list(result: Result, entry: object) -> object:
        found = source(result, entry)
        entries: Iterable[object] = ()
        if isinstance(found, Mapping):
            entries = [{"key": key, "value": value} for key, value in found.items()]
        elif isinstance(found, list | tuple):
            entries = found
        return [make(result, each) for each in entries]

    return make_list


def _text(template: str, where: str, known: Known) -> Make:
    whole = _HOLE.fullmatch(template)
    if whole:
        return _hole(whole[1], where, known)
    parts: list[str | Make] = []
    end = 0
    for found in _HOLE.finditer(template):
        parts += [template[end : found.start()], _hole(found[1], where, known)]
        end = found.end()
    parts.append(template[end:])
    if len(parts) == 1:
        return partial(_constant, template)

    def make_text(result: Result, entry: object) -> object:
        made = []
        for part in parts:
            if isinstance(part, str):
                made.append(part)
                continue
            value = part(result, entry)
            made.append("" if value is None else as_text(value))
        return "".join(made)

    return make_text


def as_text(value: object) -> str:
    """A value within a text."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, tuple | list):
        return "/".join(map(str, value))
    return json.dumps(value)


def _hole(hole: str, where: str, known: Known) -> Make:
    name, *filters = (part.strip() for part in hole.split("|"))
    if name == "key":
        return partial(_constant, KEY.format(_cut_of(filters, where, hole)))
    source = _field(name, where, hole, known)
    mapped = filters[0] if len(filters) == 1 else ""
    if name == "status" and mapped in known.maps:
        return partial(_status, {str(key): word for key, word in known.maps[mapped].items()})
    if name == "elapsed" and mapped in _UNITS:
        return partial(_elapsed, _UNITS[mapped])
    chain = [_filter(words, where, hole, known) for words in filters]
    if not chain:
        return source
    if len(chain) == 1:
        only = chain[0]
        return lambda result, entry: only(source(result, entry))

    def make_value(result: Result, entry: object) -> object:
        value = source(result, entry)
        for change in chain:
            value = change(value)
        return value

    return make_value


def _cut_of(filters: list[str], where: str, hole: str) -> str:
    """The length of a key that is cut; none: it is whole."""
    if not filters:
        return ""
    found = re.fullmatch(r"max ([0-9]{1,2})", filters[0])
    if len(filters) > 1 or not found or not 12 <= int(found[1]) <= 36:
        raise UsageProblem(
            f"{where}: {{{hole}}}: a key takes no filter but a `max` from 12 to 36",
            "write {key} or {key|max 15}",
        )
    return found[1]


def _field(  # noqa: PLR0911 - one return for each kind of field
    name: str,
    where: str,
    hole: str,
    known: Known,
) -> Make:
    scope, dot, rest = name.partition(".")
    if scope in _SCOPES and dot:
        values = known.values.get(scope, {})
        if rest not in values:
            raise _no_word(f"{where}: {{{hole}}}: there is no {name!r}", rest, values, scope)
        return partial(_constant, values[rest])
    if not known.results:
        raise UsageProblem(
            f"{where}: {{{hole}}}: a field of a result has no place in an address or a header",
            "use set, run, batch or upload there",
        )
    if scope == "properties" and dot:
        return partial(_property, rest)
    if scope == "it" and dot:
        return lambda _, entry: entry.get(rest) if isinstance(entry, Mapping) else None
    if name not in FIELDS:
        raise _no_word(f"{where}: {{{hole}}}: there is no field {name!r}", name, FIELDS, "")
    if name == "it":
        return _it
    if name == "properties":
        return lambda result, _: dict(result.properties)
    if name in _OF_DETAILS:
        return partial(_first, name)
    return partial(_attribute, name)


def _property(key: str, result: Result, _: object) -> object:
    return next((value for name, value in result.properties if name == key), None)


def _no_word(words: str, word: str, known: Iterable[str], scope: str) -> UsageProblem:
    listed = sorted(known)
    near = get_close_matches(word, listed, n=1, cutoff=0.6)
    cure = f"there are {', '.join(listed)}" if listed else f"`--set {word}=…` gives one"
    if near:
        cure += f"; did you mean {near[0]}?"
    return UsageProblem(words, cure)


def _filter(words: str, where: str, hole: str, known: Known) -> Filter:
    name, _, rest = words.partition(" ")
    rest = rest.strip()
    if not rest and name in known.maps:
        return partial(_mapped, name, known.maps[name])
    if not rest and name in _UNITS:
        return partial(_scaled, _UNITS[name])
    if not rest and name in _SIMPLE:
        return _SIMPLE[name]
    if name == "max" and rest.isascii() and rest.isdigit():
        return partial(_cut, int(rest))
    if name == "join" and rest:
        return partial(_joined, rest.strip("\"'"))
    if name == "or" and rest:
        return partial(_or, _value(rest))
    raise _no_word(
        f"{where}: {{{hole}}}: there is no filter {words!r}",
        name,
        (*_FILTERS, *known.maps),
        "",
    )


def _mapped(name: str, words: Mapping[str, object], value: object) -> object:
    return words.get(str(value), value)


def _scaled(factor: int, value: object) -> object:
    return round(value * factor) if isinstance(value, int | float) else value


def _cut(most: int, value: object) -> object:
    return shorten(value, most) if isinstance(value, str) and len(value) > most else value


def _joined(between: str, value: object) -> object:
    return between.join(map(str, value)) if isinstance(value, list | tuple) else value


def _or(other: object, value: object) -> object:
    return other if is_empty(value) else value


def _int(value: object) -> object:
    try:
        return int(float(str(value)))
    except (ValueError, OverflowError):
        return None


def _iso(value: object) -> object:
    if not isinstance(value, int | float):
        return value
    return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds")


_SIMPLE: Mapping[str, Filter] = {
    "int": _int,
    "str": lambda value: "" if value is None else as_text(value),
    "json": json.dumps,
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
    "iso": _iso,
}


def _value(text: str) -> object:
    try:
        found: object = json.loads(text)
    except ValueError:
        return text.strip("'")
    return found
