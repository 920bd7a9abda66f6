"""A JSON Schema of ``testferry.toml``, made of the definitions of the options and of the keys of a
bulk API's table: editors complete and check the file by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields

from testferry.dialects.load import ACTIONS, AUTH_KINDS
from testferry.option import Form, Option, default_of, key_of, options_of
from testferry.services import services
from testferry.services.http import answers, culprits, table
from testferry.settings.options import COMMON

Schema = dict[str, object]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Schema = {"type": "string"}
_POINTER: Schema = {"type": "string", "pattern": "^(/.*)?$"}
_ANYTHING: Schema = {}
_NAMED_TEXTS: Schema = {"type": "object", "additionalProperties": {"type": ["string", "integer"]}}
_REQUEST: Schema = {"type": "string", "pattern": "^(GET|POST|PUT|PATCH) /"}
_TYPES: Mapping[Form, Schema] = {
    Form.NUMBER: {"type": ["integer", "string"]},
    Form.COUNT: {"type": ["integer", "boolean"]},
    Form.FLAG: {"type": ["boolean", "string"]},
    Form.SHARE: {"type": ["number", "string"]},
    Form.SIZE: {"type": ["integer", "string"]},
    Form.DURATION: {"type": ["number", "string"]},
    Form.PAIRS: {"type": ["object", "string", "array"]},
    Form.DATA: {"type": "object"},
    Form.TEMPLATE: {"type": ["object", "array", "string"]},
}
_NAMED: Schema = {"type": ["string", "integer"]}


def schema() -> Schema:
    """The whole schema."""
    general: Schema = {}
    for record in (*COMMON, *(service.options for service in services())):
        general |= _properties(record, in_table=False)
    return {
        "$schema": _DRAFT,
        "title": "testferry.toml",
        "description": "What testferry is told by a file; README has the words.",
        "type": "object",
        "properties": {
            **dict(sorted(general.items())),
            "targets": {"type": "object", "additionalProperties": _target()},
            "dialects": {"type": "object", "additionalProperties": _dialect()},
        },
        "additionalProperties": False,
    }


def _target() -> Schema:
    """A target: its type says which keys it has besides those that every target has."""
    every: Schema = {}
    for record in COMMON:
        every |= _properties(record, in_table=True)
    names: set[str] = {*every, "type", "extends"}
    rules: list[Schema] = []
    for service in services():
        own = _properties(service.options, in_table=True)
        if "answer" in own:
            own |= _of_a_table()
        names |= set(own)
        known = sorted({*every, *own, "type", "extends"})
        is_this = {"properties": {"type": {"const": service.name}}, "required": ["type"]}
        rules.append({"if": is_this, "then": {"properties": own, "propertyNames": {"enum": known}}})
    kinds: Schema = {"enum": [service.name for service in services()]}
    return {
        "type": "object",
        "properties": {"type": kinds, "extends": _TEXT, **every},
        "propertyNames": {"enum": sorted(names)},
        "allOf": rules,
    }


def _properties(
    record: type,
    *,
    in_table: bool,
) -> Schema:
    """The keys that a file may have of a record, with dashes and with underscores."""
    found: Schema = {}
    for each in fields(record):
        option = options_of(record).get(each.name)
        if option is None or not option.in_files or not (in_table or option.on_line):
            continue
        said = _of_option(option, default_of(record, each.name))
        found[key_of(each.name)] = said
        found[each.name] = said
    return found


def _of_option(
    option: Option,
    default: object,
) -> Schema:
    if option.form is Form.CHOICE:
        single: Schema = {"enum": list(option.choices)}
    elif option.form is Form.TABLE and option.record is not None:
        keys = _properties(option.record, in_table=True)
        single = {"type": "object", "properties": keys, "additionalProperties": False}
    else:
        single = dict(_TYPES.get(option.form, _NAMED))
    if option.many:
        single = {"anyOf": [single, {"type": "array", "items": single}]}
    made: Schema = {"description": option.help, **single}
    if isinstance(default, str | int | float) and default not in ("", False):
        made["default"] = default
    return made


# --- the tables of a bulk API


def _of_a_table() -> Schema:
    """The keys of ``send``, ``open``, ``look``, ``close``, ``answer``, ``auth`` and the maps."""
    call: Schema = {
        "request": _REQUEST,
        "json": _ANYTHING,
        "headers": _NAMED_TEXTS,
        "format": {"enum": list(table.FORMATS)},
        "lines": {"type": ["array", "object", "string"]},
        "as": {"enum": ["list", "object"]},
        "keep": {"type": "object", "additionalProperties": _POINTER},
        "keys": _POINTER,
        "next": _POINTER,
        "items": _POINTER,
        "mark": _POINTER,
    }
    # a run that may have been made is searched for
    opening = _closed({**call, "look": _closed(call, table.SEARCH)}, table.OPEN)
    closing = _closed(call, table.CALL)
    return {
        "item": {"type": ["object", "string"]},
        "send": _closed(call, table.SEND),
        "open": _one_or_more(opening),
        "close": _one_or_more(closing),
        "look": _closed(call, table.LOOK),
        "answer": _answer(),
        "auth": _auth(),
        "status": _closed(dict.fromkeys(table.STATUSES, _ANYTHING), table.STATUSES),
        "maps": {"type": "object", "additionalProperties": {"type": "object"}},
        "set": _NAMED_TEXTS,
    }


def _closed(
    known: Schema,
    keys: Iterable[str],
) -> Schema:
    properties = {key: known[key] for key in keys}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _one_or_more(single: Schema) -> Schema:
    return {"anyOf": [single, {"type": "array", "items": single, "minItems": 1}]}


def _answer() -> Schema:
    several: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
    named: Schema = dict.fromkeys(culprits.KEYS, _TEXT)
    known: Schema = dict.fromkeys(answers.KEYS, _POINTER)
    known |= {
        "within": {"enum": ["", "*"]},
        "empty": {"enum": ["accept", "doubt"]},
        "already": several,
        "ignore": several,
        "taken": several,
        "culprits": {"anyOf": [_POINTER, _closed(named, culprits.KEYS)]},
    }
    return _closed(known, answers.KEYS)


def _auth() -> Schema:
    ways: Schema = {
        "header": {"type": "string", "pattern": r"^[^:]+:.*\{token\}"},
        "basic": {"type": "string", "pattern": r"\{token\}"},
        "query": _TEXT,
        "bearer": {"const": True},
        "none": {"const": True},
    }
    return {"type": "object", "properties": ways, "additionalProperties": False, "maxProperties": 1}


def _dialect() -> Schema:
    """A dialect of the user's own; what its rules may say in full is told when it is read."""
    rule: Schema = {
        "type": "object",
        "properties": {"action": {"enum": list(ACTIONS)}},
        "required": ["status", "kind", "action"],
    }
    return {
        "type": "object",
        "properties": {
            "extends": _TEXT,
            "auth": {"enum": list(AUTH_KINDS)},
            "rules": {"type": "array", "items": rule},
            "windows": {"type": "array", "items": {"type": "object", "required": ["limit", "per"]}},
        },
    }
