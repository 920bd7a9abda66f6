"""Dialects: what each service's answers mean and how long to wait, as data, and the one
interpreter.

A dialect is a TOML file beside this one, or a table of the user's; there is no code per service.
Interpretation:

1. the first rule whose every matcher holds decides: the dialect's own rules, then those of
``generic.toml``;
2. ``Retry-After`` is the first of the dialect's header names whose value parses, and beats any
computed wait;
3. a wait is drawn from [d, 1.1 d], at least 1 s; one longer than an hour aborts; so does the last
attempt.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http import HTTPStatus
from importlib import resources
from typing import Any

from testferry.dialects.headers import LONGEST_WAIT, Wait, retry_after, spread
from testferry.errors import UsageProblem

SHIPPED = ("testmo", "testrail", "simutest", "talentlms", "nestjs")
ACTIONS = ("accept", "retry", "reject", "abort", "split")
AUTH_KINDS = ("bearer", "basic", "basic-key", "header", "none")
LONGEST_MESSAGE = 2000
OUTAGES = frozenset(
    {"rate_limited", "quota_exceeded", "maintenance", "unavailable", "server_error", "timeout"}
)


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` requests in any ``per`` seconds."""

    limit: int
    per: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a service's error table. ``status`` is ``429``, ``5xx`` or a list; ``source``
    quotes the document.
    """

    status: tuple[str, ...]
    kind: str
    action: str
    source: str
    reason: str = ""
    wait: str = ""
    code: tuple[str, ...] = ()
    headers: tuple[tuple[str, re.Pattern[str]], ...] = ()
    retry_after: bool | None = None
    html: bool | None = None
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """One service's errors, waits, rate windows and authentication."""

    name: str
    title: str
    rules: tuple[Rule, ...]
    waits: Mapping[str, Wait]
    message: tuple[str, ...] = ("/message", "/error/message", "/error")
    code: tuple[str, ...] = ()
    details: str = ""
    auth: str = "bearer"
    auth_header: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    plans: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    share: float = 0.8
    min_interval: float = 0.0
    scope: str = ""
    retry_after_headers: tuple[str, ...] = ("retry-after",)


@dataclass(frozen=True, slots=True)
class Decision:
    """What testferry does on an answer, and why: the fields of ``testferry.explain/1``
    (CONTRACT).
    """

    action: str
    kind: str
    ambiguous: bool
    wait_s: tuple[float, float] | None
    message: str
    reason: str
    source: str
    exhausted: bool = False
    asked: bool = False  # the answer itself names the wait

    @property
    def outage(self) -> bool:
        """An abort that time mends (exit 75), not the user (exit 5)."""
        return self.kind in OUTAGES


def decide(
    dialect: Dialect,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    attempt: int = 1,
    now: float = 0.0,
) -> Decision:
    """What an answer means. Total: never raises, on any bytes. ``headers`` in any case; ``now`` is
    epoch seconds.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    document = _json(body)
    page = _is_html(lower.get("content-type", ""), body)
    code = _first(document, dialect.code)
    asked = _asked_wait(dialect, lower, now)
    rule = next(
        rule
        for rule in dialect.rules
        if _matches(rule, status, lower, code, asked is not None, page)
    )
    message = _words(dialect, status, document, body, page)

    def decision(
        action: str,
        reason: str = "",
        wait: tuple[float, float] | None = None,
        *,
        exhausted: bool = False,
    ) -> Decision:
        words, named = reason or rule.reason, asked is not None
        return Decision(
            action, rule.kind, rule.ambiguous, wait, message, words, rule.source, exhausted, named
        )

    if rule.action != "retry":
        return decision(rule.action)
    wait = dialect.waits[rule.wait]
    if attempt >= wait.attempts:
        return decision(
            "abort", f"{rule.reason}; {wait.attempts} attempts are used up", exhausted=True
        )
    if asked is not None:
        if asked > LONGEST_WAIT:
            return decision(
                "abort", f"the service asks to come back in {asked:.0f} s, more than an hour"
            )
        return decision("wait", f"{rule.reason}; the service asks for {asked:g} s", spread(asked))
    action = "wait" if wait.directed else "retry"
    return decision(action, "", spread(wait.after(attempt)))


def _matches(
    rule: Rule,
    status: int,
    headers: Mapping[str, str],
    code: str,
    asked: bool,  # noqa: FBT001
    page: bool,  # noqa: FBT001
) -> bool:
    return (
        any(
            str(status) == one or (one.endswith("xx") and one[0] == str(status)[0])
            for one in rule.status
        )
        and (not rule.code or code in rule.code)
        and (rule.retry_after is None or rule.retry_after is asked)
        and (rule.html is None or rule.html is page)
        and all(pattern.search(headers.get(name, "")) for name, pattern in rule.headers)
    )


def _asked_wait(dialect: Dialect, headers: Mapping[str, str], now: float) -> float | None:
    for pattern in dialect.retry_after_headers:
        for name, value in headers.items():
            if fnmatchcase(name, pattern):
                seconds = retry_after(value, headers.get("date"), now)
                if seconds is not None:
                    return seconds
    return None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body.strip() else None
    except (ValueError, RecursionError):
        return None


def _is_html(content_type: str, body: bytes) -> bool:
    head = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" in content_type.lower() or head.startswith((b"<!doctype html", b"<html"))


def _pointer(document: Any, pointer: str) -> Any:
    for part in pointer.strip("/").split("/"):
        if isinstance(document, Mapping):
            document = document.get(part)
        elif (
            isinstance(document, list)
            and part.isascii()
            and part.isdigit()
            and int(part) < len(document)
        ):
            document = document[int(part)]
        else:
            return None
    return document


def _first(document: Any, pointers: Iterable[str]) -> str:
    for pointer in pointers:
        value = _pointer(document, pointer)
        if isinstance(value, str) and value:
            return value
    return ""


# a private helper's or a library's own argument
def _words(dialect: Dialect, status: int, document: Any, body: bytes, page: bool) -> str:  # noqa: FBT001
    """The service's own words, else the status line's."""
    for pointer in dialect.message:
        if words := _flat(_pointer(document, pointer)):
            more = _flat(_pointer(document, dialect.details)) if dialect.details else ""
            words = f"{words} ({more})" if more and more not in words else words
            return words[:LONGEST_MESSAGE]
    if words := _flat(document):
        return words[:LONGEST_MESSAGE]
    text = body[: 4 * LONGEST_MESSAGE].decode("utf-8", "replace")
    if page or text.lstrip().startswith("<"):
        text = html.unescape(
            re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
        )
    text = " ".join(text.split())
    if text and document is None:
        return text[:LONGEST_MESSAGE]
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _flat(value: Any, depth: int = 0) -> str:
    """Words out of what should be a string but may be a list of them, or objects with them
    inside.
    """
    if isinstance(value, str):
        return value.strip()
    if depth > 4 or value is None or isinstance(value, bool | int | float):
        return "" if value is None or depth == 0 else str(value)
    if isinstance(value, Mapping):
        parts = ((str(key), _flat(one, depth + 1)) for key, one in value.items())
        return "; ".join(f"{key}: {words}" for key, words in parts if words)
    if isinstance(value, list):
        return "; ".join(words for one in value if (words := _flat(one, depth + 1)))
    return ""


# --- loading


def load(name: str, tables: Mapping[str, Mapping[str, Any]] | None = None) -> Dialect:
    """A dialect by name: one of the user's ``[dialects.NAME]`` tables, or one that is shipped.

    Raises UsageProblem that names the key where the table is not valid.
    """
    return build(name, _table(name, tables or {}, ()))


def _table(
    name: str, tables: Mapping[str, Mapping[str, Any]], seen: tuple[str, ...]
) -> dict[str, Any]:
    if name in seen:
        raise UsageProblem(f"dialect {name!r} extends itself", "remove one of the `extends` lines")
    if name in tables:
        own = dict(tables[name])
    elif name in (*SHIPPED, "generic"):
        own = _shipped(name)
    else:
        known = ", ".join(sorted({*SHIPPED, *tables}))
        raise UsageProblem(
            f"there is no dialect {name!r}",
            f"known are {known}; describe yours in [dialects.{name}]",
        )
    base = own.pop("extends", None)
    if base is None:
        return own
    return _merge(_table(str(base), tables, (*seen, name)), own)


def _merge(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = {**base, **own}
    for key in ("waits", "headers", "plans"):
        if key in base and key in own:
            merged[key] = {**base[key], **own[key]}
    merged["rules"] = [*own.get("rules", ()), *base.get("rules", ())]
    return merged


def _shipped(name: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads((resources.files(__name__) / f"{name}.toml").read_text("utf-8"))


def build(name: str, table: Mapping[str, Any]) -> Dialect:
    """A validated dialect from its table; UsageProblem names the key that is wrong."""
    generic = _shipped("generic")
    reader = _Reader(f"dialects.{name}", table)
    waits = {
        key: _wait(_Reader(f"{reader.where}.waits.{key}", value))
        for key, value in {**generic["waits"], **reader.take("waits", dict, {})}.items()
    }
    rules = tuple(
        _rule(_Reader(f"{reader.where}.rules[{at}]", value), waits)
        for at, value in enumerate([*reader.take("rules", list, []), *generic["rules"]])
    )
    plans = {
        key: tuple(_window(f"{reader.where}.plans.{key}", value) for value in windows)
        for key, windows in reader.take("plans", dict, {}).items()
    }
    dialect = Dialect(
        name=name,
        title=reader.take("title", str, name),
        rules=rules,
        waits=waits,
        message=tuple(reader.take("message", list, ["/message", "/error/message", "/error"])),
        code=tuple(reader.take("code", list, [])),
        details=reader.take("details", str, ""),
        auth=reader.one_of("auth", AUTH_KINDS, "bearer"),
        auth_header=reader.take("auth_header", str, ""),
        headers=reader.take("headers", dict, {}),
        windows=tuple(
            _window(f"{reader.where}.windows", value) for value in reader.take("windows", list, [])
        ),
        plans=plans,
        share=reader.number("share", 0.8, above=0, most=1),
        min_interval=reader.number("min_interval", 0.0),
        scope=reader.take("scope", str, ""),
        retry_after_headers=tuple(
            one.lower() for one in reader.take("retry_after", list, ["Retry-After"])
        ),
    )
    if dialect.auth == "header" and not dialect.auth_header:
        raise UsageProblem(
            f'{reader.where}: auth = "header" needs auth_header',
            "name the header that takes the key",
        )
    reader.finish()
    return dialect


def _wait(reader: _Reader) -> Wait:
    wait = Wait(
        base=reader.number("base", 1.0, above=0),
        factor=reader.number("factor", 2.0, least=1),
        cap=reader.number("cap", 60.0, above=0),
        attempts=int(reader.number("attempts", 5, least=1)),
        directed=reader.take("directed", bool, default=False),
    )
    reader.finish()
    return wait


def _rule(reader: _Reader, waits: Mapping[str, Wait]) -> Rule:
    status = reader.take("status", (str, int, list), None)
    texts = tuple(str(one) for one in (status if isinstance(status, list) else [status]))
    for text in texts:
        if not re.fullmatch(r"[1-9]([0-9]{2}|xx)", text):
            raise UsageProblem(
                f"{reader.where}.status: {text!r} is no HTTP status",
                'use 429, "5xx" or a list of them',
            )
    action = reader.one_of("action", ACTIONS, None)
    wait = reader.take("wait", str, "")
    if action == "retry" and wait not in waits:
        raise UsageProblem(
            f"{reader.where}.wait: there is no wait {wait!r}",
            f"known are {', '.join(sorted(waits))}",
        )
    headers = []
    for key, pattern in reader.take("headers", dict, {}).items():
        try:
            headers.append((key.lower(), re.compile(pattern)))
        except (re.error, TypeError):
            raise UsageProblem(
                f"{reader.where}.headers.{key}: not a regular expression: {pattern!r}"
            ) from None
    rule = Rule(
        status=texts,
        kind=reader.take("kind", str, None),
        action=action,
        source=reader.take("source", str, ""),
        reason=reader.take("reason", str, ""),
        wait=wait,
        code=tuple(reader.take("code", list, [])),
        headers=tuple(headers),
        retry_after=reader.take("retry_after", bool, default=None, optional=True),
        html=reader.take("html", bool, default=None, optional=True),
        ambiguous=reader.take("ambiguous", bool, default=False),
    )
    reader.finish()
    return rule


def _window(where: str, table: Mapping[str, Any]) -> Window:
    reader = _Reader(where, table)
    window = Window(int(reader.number("limit", None, least=1)), reader.number("per", None, above=0))
    reader.finish()
    return window


class _Reader:
    """Takes the keys of a table one by one and complains about the rest, always naming the key."""

    def __init__(self, where: str, table: Mapping[str, Any]) -> None:
        if not isinstance(table, Mapping):
            raise UsageProblem(f"{where}: a table is needed, not {table!r}")
        self.where = where
        self.left = dict(table)
        self.left.pop("name", None)

    def take(
        self, key: str, kind: type | tuple[type, ...], default: Any, *, optional: bool = False
    ) -> Any:
        if key not in self.left:
            if default is None and not optional:
                raise UsageProblem(f"{self.where}: the key {key!r} is missing")
            return default
        value = self.left.pop(key)
        if not isinstance(value, kind):
            raise UsageProblem(f"{self.where}.{key}: {value!r} is of the wrong type")
        return value

    def one_of(self, key: str, known: tuple[str, ...], default: str | None) -> str:
        value: str = self.take(key, str, default)
        if value not in known:
            raise UsageProblem(
                f"{self.where}.{key}: {value!r} is unknown", f"use one of {', '.join(known)}"
            )
        return value

    def number(
        self,
        key: str,
        default: float | None,
        *,
        above: float = float("-inf"),
        least: float = 0,
        most: float = float("inf"),
    ) -> float:
        value = self.take(key, (int, float), default)
        if isinstance(value, bool) or not (value > above and value >= least and value <= most):
            raise UsageProblem(f"{self.where}.{key}: {value!r} is out of range")
        return float(value)

    def finish(self) -> None:
        if self.left:
            raise UsageProblem(
                f"{self.where}: unknown key {min(self.left)!r}",
                "see the README, “Describe a service”",
            )
