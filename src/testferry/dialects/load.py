"""From TOML to a dialect: the shipped files, the user's tables, ``extends``; whatever is wrong is
refused with its key named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from testferry.dialects.dialect import (
    MESSAGE,
    RETRY_AFTER,
    SHARE,
    Dialect,
    Matcher,
    Places,
    Rule,
    Window,
)
from testferry.dialects.sent import fault_of_name, fault_of_text
from testferry.dialects.waits import Wait
from testferry.errors import UsageProblem, keys_of
from testferry.suggest import cure

SHIPPED = ("testmo", "testrail", "simutest", "talentlms", "nestjs")
ACTIONS = ("accept", "retry", "reject", "abort", "split")
AUTH_KINDS = ("bearer", "basic", "basic-key", "header", "none")
_GENERIC = "generic"
RESERVED = (*SHIPPED, _GENERIC)
FROM_ENVIRONMENT = "env:"  # and the name of a variable: the value of a header
# Names of a header, or of a value of the query, that holds a secret.
SECRET_NAME = re.compile(
    r"authorization|api[-_]?key|secret|passw|(?:auth|access|private|bearer)[-_]?token|^(?:x-)?token$|cookie",
    re.IGNORECASE,
)
# Tables of which a dialect may replace single entries; its rules stand before those it extends.
_MERGED = ("waits", "headers", "plans")
_UNLIMITED = float("inf")

Table = Mapping[str, object]


def load(name: str, tables: Mapping[str, Table] | None = None) -> Dialect:
    """Find a dialect by name: one of the user's ``[dialects.NAME]`` tables, or a shipped one.

    Raises UsageProblem that names the key if the table is not valid.
    """
    return build(name, _whole(name, tables or {}, ()))


def build(name: str, table: Table) -> Dialect:
    """Make a validated dialect from its table. Raises UsageProblem that names the wrong key."""
    generic = _shipped(_GENERIC)
    reader = _Reader(f"dialects.{name}", table)
    waits = {**_waits(_Reader(_GENERIC, generic)), **_waits(reader)}
    rules = (*_rules(reader, waits), *_rules(_Reader(_GENERIC, generic), waits))
    _check_notes(reader)
    dialect = Dialect(
        name=name,
        rules=rules,
        waits=waits,
        places=_places(reader),
        auth=reader.one_of("auth", AUTH_KINDS, "bearer"),
        auth_header=reader.text("auth_header", ""),
        headers=_own_headers(reader),
        windows=_windows(f"{reader.where}.windows", reader.entries("windows")),
        share=reader.number("share", SHARE, above=0, most=1),
        min_interval=reader.number("min_interval", 0.0),
    )
    if dialect.auth == "header" and not dialect.auth_header:
        words = 'auth = "header" needs auth_header'
        raise _wrong(reader.where, words, "name the header that takes the key")
    fault = dialect.auth_header and fault_of_name(dialect.auth_header)
    if fault:
        raise _wrong(f"{reader.where}.auth_header", fault, 'write auth_header = "X-API-Key"')
    reader.finish()
    return dialect


def _whole(
    name: str,
    tables: Mapping[str, Table],
    seen: tuple[str, ...],
) -> dict[str, object]:
    """Find a dialect's table with all that it extends."""
    about = ("dialects", seen[-1], "extends") if seen else ()
    if name in seen:
        words = f"dialect {name!r} extends itself"
        raise UsageProblem(words, "remove one of the `extends` lines", about)
    if name in tables:
        own = dict(tables[name])
    elif name in RESERVED:
        own = _shipped(name)
    else:
        known = sorted({*SHIPPED, *tables})
        words = f"known are {', '.join(known)}; describe yours in [dialects.{name}]"
        raise UsageProblem(f"there is no dialect {name!r}", cure(words, name, known), about)
    base = own.pop("extends", None)
    if base is None:
        return own
    found = _whole(str(base), tables, (*seen, name))
    if base in tables:
        build(str(base), found)  # what is wrong in it is told of it
    return _merge(found, own)


def _merge(
    base: dict[str, object],
    own: dict[str, object],
) -> dict[str, object]:
    merged = {**base, **own}
    for key in _MERGED:
        inherited = base.get(key)
        replaced = own.get(key)
        if isinstance(inherited, dict) and isinstance(replaced, dict):
            merged[key] = {**inherited, **replaced}
    inherited_rules = base.get("rules", [])
    own_rules = own.get("rules", [])
    if isinstance(inherited_rules, list) and isinstance(own_rules, list):
        merged["rules"] = [*own_rules, *inherited_rules]
    return merged


def _shipped(name: str) -> dict[str, object]:
    import pkgutil  # start-up is a feature
    import tomllib

    found = pkgutil.get_data("testferry.dialects", f"{name}.toml") or b""
    return tomllib.loads(found.decode())


def _own_headers(reader: _Reader) -> dict[str, str]:
    """Read the headers of every request. One that is a secret is named by its variable, for the
    file is shown and read by others.
    """
    headers = reader.named_texts("headers")
    for name, text in headers.items():
        fault = fault_of_name(name) or fault_of_text(text)
        if fault:
            raise _wrong(f"{reader.where}.headers.{name}", fault, 'write X-Name = "a text"')
        if SECRET_NAME.search(name) and not text.startswith(FROM_ENVIRONMENT):
            raise _wrong(
                f"{reader.where}.headers.{name}",
                "a secret has no place in a file",
                f'write {name} = "env:NAME", and give it in the variable NAME',
            )
    return headers


def _check_notes(reader: _Reader) -> None:
    """Check what a dialect says for its readers only: its title, whom a limit counts together, the
    limits of the service's price plans.
    """
    reader.text("title", "")
    reader.text("scope", "")
    for plan, windows in reader.table("plans").items():
        where = f"{reader.where}.plans.{plan}"
        if not isinstance(windows, list):
            raise _wrong(where, f"{windows!r} is of the wrong type")
        _windows(where, windows)


def _places(reader: _Reader) -> Places:
    headers = reader.texts("retry_after", RETRY_AFTER)
    return Places(
        message=reader.texts("message", MESSAGE),
        code=reader.texts("code"),
        details=reader.text("details", ""),
        retry_after=tuple(header.lower() for header in headers),
    )


def _waits(above: _Reader) -> dict[str, Wait]:
    where = f"{above.where}.waits"
    waits = {}
    for name, table in above.table("waits").items():
        reader = _Reader(f"{where}.{name}", table)
        waits[name] = Wait(
            base=reader.number("base", 1.0, above=0),
            factor=reader.number("factor", 2.0, least=1),
            cap=reader.number("cap", 60.0, above=0),
            attempts=int(reader.number("attempts", 5, least=1)),
            directed=reader.flag("directed"),
        )
        reader.finish()
    return waits


def _windows(where: str, tables: list[object]) -> tuple[Window, ...]:
    windows = []
    for place, table in enumerate(tables):
        reader = _Reader(f"{where}[{place}]", table)
        limit = int(reader.number("limit", None, least=1))
        windows.append(Window(limit, reader.number("per", None, above=0)))
        reader.finish()
    return tuple(windows)


def _rules(above: _Reader, waits: Mapping[str, Wait]) -> list[Rule]:
    rules = []
    for place, table in enumerate(above.entries("rules")):
        reader = _Reader(f"{above.where}.rules[{place}]", table)
        rules.append(_rule(reader, waits))
        reader.finish()
    return rules


def _rule(reader: _Reader, waits: Mapping[str, Wait]) -> Rule:
    status = _statuses(reader)
    action = reader.one_of("action", ACTIONS, None)
    wait = reader.text("wait", "")
    if action == "retry" and wait not in waits:
        raise _wrong(
            f"{reader.where}.wait",
            f"there is no wait {wait!r}",
            cure(f"known are {', '.join(sorted(waits))}", wait, waits),
        )
    matcher = Matcher(
        status=status,
        code=reader.texts("code"),
        headers=_patterns(reader),
        retry_after=reader.choice("retry_after"),
        html=reader.choice("html"),
        words=_words(reader),
    )
    return Rule(
        matcher=matcher,
        kind=reader.text("kind", None),
        action=action,
        source=reader.text("source", ""),
        reason=reader.text("reason", "a rule of this dialect says so"),
        wait=wait,
        ambiguous=reader.flag("ambiguous"),
    )


def _statuses(reader: _Reader) -> tuple[str, ...]:
    """Read ``429``, ``"5xx"`` or a list of them."""
    value = reader.take("status", (str, int, list), None)
    statuses = []
    listed = value if isinstance(value, list) else [value]
    for place, status in enumerate(listed):
        text = str(status)
        if not re.fullmatch(r"[1-9]([0-9]{2}|xx)", text):
            entry = f"[{place}]" if isinstance(value, list) else ""
            raise _wrong(
                f"{reader.where}.status{entry}",
                f"{text!r} is no HTTP status",
                'use 429, "5xx" or a list of them',
            )
        statuses.append(text)
    return tuple(statuses)


def _patterns(reader: _Reader) -> tuple[tuple[str, re.Pattern[str]], ...]:
    patterns = []
    for name, text in reader.table("headers").items():
        pattern = _compiled(text)
        if pattern is None:
            raise _wrong(f"{reader.where}.headers.{name}", f"not a regular expression: {text!r}")
        patterns.append((name.lower(), pattern))
    return tuple(patterns)


def _words(reader: _Reader) -> re.Pattern[str] | None:
    """Read the pattern that a rule looks for in the body; None if it looks for none."""
    text = reader.text("words", "")
    if not text:
        return None
    pattern = _compiled(text)
    if pattern is None:
        raise _wrong(f"{reader.where}.words", f"not a regular expression: {text!r}")
    return pattern


def _compiled(text: object) -> re.Pattern[str] | None:
    """Compile a regular expression; None if it is none."""
    if not isinstance(text, str):
        return None
    try:
        return re.compile(text)
    except re.error:
        return None


class _Reader:
    """Takes the keys of a table one by one and complains about the rest, always naming the key."""

    def __init__(self, where: str, table: object) -> None:
        if not isinstance(table, Mapping):
            raise _wrong(where, f"a table is needed, not {table!r}")
        self.where = where
        self._left = dict(table)
        self._left.pop("name", None)
        self._known: list[str] = []

    def take(
        self,
        key: str,
        kind: type | tuple[type, ...],
        default: object,
    ) -> object:
        """Take a value; ``default`` None means that the key has to be there."""
        self._known.append(key)
        if key not in self._left:
            if default is None:
                raise _wrong(self.where, f"the key {key!r} is missing")
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind):
            raise self._wrong_type(key, value)
        return value

    def text(self, key: str, default: str | None) -> str:
        return str(self.take(key, str, default))

    def texts(
        self,
        key: str,
        default: tuple[str, ...] = (),
    ) -> tuple[str, ...]:
        value = self.take(key, (list, tuple), default)
        if not isinstance(value, list):
            return default
        for place, text in enumerate(value):
            if not isinstance(text, str):
                raise self._wrong_type(f"{key}[{place}]", text)
        return tuple(value)

    def named_texts(self, key: str) -> dict[str, str]:
        texts = {}
        for name, text in self.table(key).items():
            if not isinstance(text, str):
                raise self._wrong_type(f"{key}.{name}", text)
            texts[name] = text
        return texts

    def table(self, key: str) -> dict[str, object]:
        value = self.take(key, dict, {})
        if isinstance(value, dict):
            return value
        return {}

    def entries(self, key: str) -> list[object]:
        value = self.take(key, list, [])
        if isinstance(value, list):
            return value
        return []

    def flag(self, key: str) -> bool:
        return bool(self.take(key, bool, default=False))

    def choice(self, key: str) -> bool | None:
        """Yes, no, or None if it is not said."""
        self._known.append(key)
        if key not in self._left:
            return None
        return self.flag(key)

    def one_of(
        self,
        key: str,
        known: tuple[str, ...],
        default: str | None,
    ) -> str:
        value = self.text(key, default)
        if value not in known:
            words = cure(f"use one of {', '.join(known)}", value, known)
            raise _wrong(f"{self.where}.{key}", f"{value!r} is unknown", words)
        return value

    def number(
        self,
        key: str,
        default: float | None,
        *,
        above: float = -_UNLIMITED,
        least: float = 0,
        most: float = _UNLIMITED,
    ) -> float:
        value = self.take(key, (int, float), default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._out_of_range(key, value)
        if not (value > above and value >= least and value <= most):
            raise self._out_of_range(key, value)
        return float(value)

    def finish(self) -> None:
        """Complain about the keys that nobody took."""
        if self._left:
            key = min(self._left)
            known = ", ".join(dict.fromkeys(self._known))
            words = cure(f"known are {known}", key, self._known)
            raise _wrong(self.where, f"unknown key {key!r}", words, key)

    def _wrong_type(self, key: str, value: object) -> UsageProblem:
        return _wrong(f"{self.where}.{key}", f"{value!r} is of the wrong type")

    def _out_of_range(self, key: str, value: object) -> UsageProblem:
        return _wrong(f"{self.where}.{key}", f"{value!r} is out of range")


def _wrong(
    where: str,
    words: str,
    hint: str = "",
    key: str = "",
) -> UsageProblem:
    """The refusal of what stands at a place, or of a key there: ``dialects.mine.rules[2]``."""
    keys = keys_of(where)
    if key:
        keys = (*keys, key)
    return UsageProblem(f"{where}: {words}", hint, keys)
