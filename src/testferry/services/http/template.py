"""A template has the shape of the body that it makes; it is compiled once, to closures.

A text is literal but for its holes, ``{field|filter|…}``. One that is nothing but a hole keeps the
type of its value. What is empty is left out, and so is a table of which everything is. A table with
``each`` makes a list. Errors name the key, the hole and the word that is nearest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter

from testferry.errors import UsageProblem
from testferry.model import Result, Status
from testferry.services.http.bad import wrong
from testferry.services.http.filters import (
    STATUS,
    UNITS,
    Filter,
    as_text,
    filter_of,
    is_empty,
    no_word,
    words_of,
)
from testferry.suggest import cure

# What stands for a value that is known when the request leaves: the key of a result, the run's id.
# JSON makes six characters of each mark.
MARK = "\ue07f"
_KEYS_LENGTH = 36  # of a uuid: a body is no longer than it was planned
_HOLE = re.compile(r"\{([^{}]*)\}")
_OPEN = re.compile(r"\{([a-z_]+)")
SET = "set"
# What of an upload, a batch and a page can be named; of a run it is what `open` keeps.
OF_UPLOAD = ("id", "name", "started", "total")
OF_BATCH = ("key", "number")
OF_PAGE = ("offset", "number", "next")
_SCOPES = (SET, "run", "upload", "batch", "page")

# From a result and, within a list, its entry.
Make = Callable[[Result, object], object]
# A value by its scope and its name, when the request leaves.
Lookup = Callable[[str, str], object]
NOBODY = Result("", Status.PASSED)  # for templates that name no field of a result


@dataclass(frozen=True, slots=True)
class Later:
    """A value that is known when the request leaves, and what is made of it."""

    scope: str
    name: str
    chain: tuple[Filter, ...] = ()

    def value(self, look: Lookup) -> object:
        value = look(self.scope, self.name)
        for change in self.chain:
            value = change(value)
        return value


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


_RESULTS = "results"  # their place in a body around them
_OF_DETAILS = ("text", "type")
_OF_RESULTS = (
    *("name", "title", "folder", "place", "status", "suite", "classname", "file", "line"),
    *("elapsed", "message", "raw_status", "stdout", "stderr", "attachments", "attempts"),
    *("flaky", "assertions"),
)
FIELDS = (*_OF_RESULTS, *_OF_DETAILS, "properties", "key", "it")


@dataclass(frozen=True, slots=True)
class Known:
    """What holes may name besides the fields of a result.

    ``later`` is filled while templates are compiled: by the words of their holes.
    """

    maps: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)  # what is set
    names: Mapping[str, Iterable[str]] = field(default_factory=dict)  # of later values, by scope
    results: bool = True  # whether the fields of a result may be named at all
    later: dict[str, Later] = field(default_factory=dict)

    def with_names(self, **names: Iterable[str]) -> Known:
        """The same where other later values are known."""
        return replace(self, names={**self.names, **names})

    def without_results(self, **names: Iterable[str]) -> Known:
        """The same for an address, a header or a body around the results."""
        return replace(self, results=False, names={**self.names, **names})


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


def split_holes(text: str) -> list[tuple[str, str]]:
    """A text in its parts: what is literal, and the hole behind it (empty at the end)."""
    parts = _HOLE.split(text)
    return [(parts[at], "".join(parts[at + 1 : at + 2])) for at in range(0, len(parts), 2)]


def holes(template: object) -> set[str]:
    """The fields that a template names."""
    return {field for field, *_ in chains(template)}


def chains(template: object) -> Iterator[list[str]]:
    """Every hole of a template: its field, and its filters."""
    if isinstance(template, str):
        for hole in _HOLE.findall(template):
            yield [part.strip() for part in hole.split("|")]
        return
    parts: Iterable[object] = ()
    if isinstance(template, Mapping):
        parts = (*template.keys(), *template.values())
    elif isinstance(template, list):
        parts = template
    for part in parts:
        yield from chains(part)


def _constant(value: object, _: Result, __: object) -> object:
    return value


def _make_list(makers: list[Make], result: Result, entry: object) -> object:
    made = [make(result, entry) for make in makers]
    return [value for value in made if not is_empty(value)]


def _table(template: Mapping[str, object], where: str, known: Known) -> Make:
    # Constants are copied, plain fields are read without a call of ours: it is done per result.
    constants: dict[str, object] = {}
    plain: list[tuple[str, Callable[[Result], object]]] = []
    made_of: list[tuple[str, Make]] = []
    named: list[tuple[Make, Make]] = []
    for key, part in template.items():
        make = compiled(part, f"{where}.{key}", known)
        if _HOLE.search(key):
            named.append((_text(key, f"{where}.{key}", known), make))
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
        raise wrong(
            where,
            f"a list is made of `each` and `item`, not of {more or template['each']!r}",
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
        return hole_of(whole[1], where, known)
    _check_closed(template, where)
    parts: list[str | Make] = []
    end = 0
    for found in _HOLE.finditer(template):
        parts += [template[end : found.start()], hole_of(found[1], where, known)]
        end = found.end()
    parts.append(template[end:])
    if len(parts) == 1:
        return partial(_constant, template)

    def make_text(result: Result, entry: object) -> object:
        made = []
        said = False
        for part in parts:
            if isinstance(part, str):
                made.append(part)
                continue
            value = part(result, entry)
            if not is_empty(value):
                said = True
                made.append(as_text(value))
        # "{file}:{line}" of a result that has neither says nothing.
        return "".join(made) if said else ""

    return make_text


def _check_closed(template: str, where: str) -> None:
    """A brace before the name of a field begins a hole, and has to end it."""
    for found in _OPEN.finditer(_HOLE.sub(MARK, template)):
        if found[1] in FIELDS or found[1] in _SCOPES:
            raise wrong(
                where,
                f"the hole {found[0]!r} is not closed",
                f"write {{{found[1]}}}",
            )


def hole_of(hole: str, where: str, known: Known) -> Make:
    """The closure of one hole, without its braces. Raises UsageProblem."""
    name, *filters = (part.strip() for part in hole.split("|"))
    later = _known_later(name, filters, f"{where}: {{{hole}}}", known)
    if later is not None:
        return _later(hole, later, known)
    source = _field(name, where, hole, known)
    mapped = filters[0] if len(filters) == 1 else ""
    if name == STATUS and mapped == STATUS:
        return partial(_status, words_of(known.maps.get(STATUS, {})))
    if name == "elapsed" and mapped in UNITS:
        return partial(_elapsed, UNITS[mapped])
    chain = [filter_of(words, f"{where}: {{{hole}}}", known.maps) for words in filters]
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


def _known_later(
    name: str,
    filters: list[str],
    where: str,
    known: Known,
) -> Later | None:
    """The hole of a value that is known when the request leaves; None if it is known now."""
    scope, dot, rest = name.partition(".")
    if name == "key" and known.results:
        return Later("key", "", _cut_of(filters, where))
    if not dot or scope not in _SCOPES or scope == SET:
        return None
    _check_name(scope, rest, where, known)
    return Later(scope, rest, tuple(filter_of(words, where, known.maps) for words in filters))


def _later(hole: str, later: Later, known: Known) -> Make:
    """What stands for it until then, as long as a key is."""
    known.later[hole] = later
    mark = f"{MARK}{hole.ljust(_KEYS_LENGTH - 12)}{MARK}"
    return partial(_constant, mark)


def _check_name(
    scope: str,
    name: str,
    where: str,
    known: Known,
) -> None:
    names = known.names.get(scope, ())
    if name in names:
        return
    if not names:
        why = {"run": "`open` keeps nothing", "page": "only `look` has pages"}
        raise wrong(
            where,
            f"there is no {scope}.{name} here: {why.get(scope, 'it is not known yet')}",
            'write open = { request = "POST /runs", keep = { id = "/id" } } for {run.id}',
        )
    raise no_word(where, f"there is no '{scope}.{name}'", name, names)


def _cut_of(filters: list[str], where: str) -> tuple[Filter, ...]:
    """What cuts a key; nothing: it is whole."""
    if not filters:
        return ()
    found = re.fullmatch(r"max ([0-9]{1,2})", filters[0])
    if len(filters) > 1 or not found or not 12 <= int(found[1]) <= 36:
        raise wrong(
            where,
            "a key takes no filter but a `max` from 12 to 36",
            "write {key} or {key|max 15}",
        )
    return (partial(_cut_key, int(found[1])),)


def _cut_key(length: int, key: object) -> object:
    return str(key).replace("-", "")[:length]


def _field(  # noqa: PLR0911 - one return for each kind of field
    name: str,
    where: str,
    hole: str,
    known: Known,
) -> Make:
    scope, dot, rest = name.partition(".")
    if scope == SET and dot:
        if rest not in known.values:
            raise _not_set(f"{where}: {{{hole}}}", rest, known.values)
        return partial(_constant, known.values[rest])
    if not known.results:
        return _outside_of_results(name, where, hole, known)
    if scope == "properties" and dot:
        return partial(_property, rest)
    if scope == "it" and dot:
        return lambda _, entry: entry.get(rest) if isinstance(entry, Mapping) else None
    if name not in FIELDS:
        words = f"{{{hole}}}: there is no field {name!r}"
        raise no_word(where, words, name, (*FIELDS, *_not_of_results(known)))
    if name == "it":
        return _it
    if name == "properties":
        return lambda result, _: dict(result.properties)
    if name in _OF_DETAILS:
        return partial(_first, name)
    return partial(_attribute, name)


def _outside_of_results(
    name: str,
    where: str,
    hole: str,
    known: Known,
) -> Make:
    """In a body around them, the results themselves; nothing else of theirs has a place there."""
    in_body = ".json" in where
    if name == _RESULTS and in_body:
        return partial(_constant, "{results}")
    others = [*_not_of_results(known), *([_RESULTS] * in_body)]
    # {project} stands for {set.project}.
    meant = next((other for other in others if other.endswith(f".{name}")), name)
    if name not in (*FIELDS, _RESULTS) and not name.startswith(("properties.", "it.")):
        raise no_word(where, f"{{{hole}}}: there is no {name!r} here", meant, others)
    place = "a body around results" if in_body else "an address or a header"
    raise wrong(
        where,
        f"{{{hole}}}: a field of a result has no place in {place}",
        cure("use set, run, batch or upload there", meant, others),
    )


def _not_of_results(known: Known) -> list[str]:
    """What holes may name that is none of a result's."""
    values = [f"{SET}.{name}" for name in known.values]
    return [*values, *(f"{scope}.{name}" for scope, names in known.names.items() for name in names)]


def _property(key: str, result: Result, _: object) -> object:
    return next((value for name, value in result.properties if name == key), None)


def _not_set(where: str, name: str, known: Mapping[str, object]) -> UsageProblem:
    words = cure(f"give it with --set {name}=…", name, known)
    return wrong(where, f"nothing is set for {name!r}", words)
