"""Any other bulk API, described in a table of the configuration file."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from testferry.option import Form, option
from testferry.services.http.bad import one_of, wrong
from testferry.services.service import Address, SecretNames, Service

_KEY: dict[str, Any] = {
    "on_line": False,
    "in_environment": False,
    "safe": True,
}  # of the table alone
_ASKING: dict[str, Any] = {**_KEY, "asking": True}


_WAYS = ("header", "bearer", "basic", "query", "none")
_AUTH = (
    'write { header = "X-API-Key: {token}" }, { bearer = true }, '
    '{ basic = "user:{token}" }, { query = "api_key" }, or { none = true }'
)
Template = Mapping[str, object] | list[object] | str
# The keys of a table that are tables themselves.
TABLES = ("item", "status", "maps", "set", "send", "open", "close", "look")


@dataclass(frozen=True, slots=True)
class Batch:
    """The keys of ``batch``."""

    max_results: int = option("Results in a batch.", Form.NUMBER, least=1, default=500)
    max_bytes: int = option("Bytes in a batch.", Form.SIZE, default=1_000_000)
    path: str = option("The key of the results in the body.", default="")
    gzip: bool = option("The body is packed.", Form.FLAG, default=False)


@dataclass(frozen=True, slots=True)
class Options:
    """Everything comes from the table; a value of it can be given on the command line.

    One record: its fields are the keys of one table.
    """

    overrides: tuple[str, ...] = option(
        "Override a key of the target's table.",
        Form.SET,
        flags=("--set",),
        many=True,
        default=(),
        metavar="KEY=VALUE",
        in_files=False,
        often=True,
    )
    dialect: str = option("How the service errs.", default="nestjs", **_ASKING)
    idempotency_header: str = option("Honoured by the service.", default="", **_ASKING)
    idempotency_ttl: float | None = option(
        "For so long the service knows a key again.",
        Form.DURATION,
        shown_default="24h",
        **_ASKING,
    )
    auth: Mapping[str, object] = option(
        "How the token is sent.", Form.DATA, factory=dict, **_ASKING
    )
    item: Template = option("One result.", Form.TEMPLATE, factory=dict, **_KEY)
    status: Mapping[str, object] = option("The words of it.", Form.DATA, factory=dict, **_KEY)
    maps: Mapping[str, object] = option("More such words.", Form.DATA, factory=dict, **_KEY)
    send: Mapping[str, object] = option("The request.", Form.DATA, factory=dict, **_ASKING)
    open: Template = option("What opens a run.", Form.TEMPLATE, factory=dict, **_ASKING)
    close: Template = option("What ends it.", Form.TEMPLATE, factory=dict, **_ASKING)
    look: Mapping[str, object] = option("What shows results.", Form.DATA, factory=dict, **_ASKING)
    idempotent: bool | None = option("The same request twice is one.", Form.FLAG, **_ASKING)
    answer: Mapping[str, object] = option("What it says.", Form.DATA, factory=dict, **_ASKING)
    set: Mapping[str, object] = option("Values for {set.KEY}.", Form.DATA, factory=dict, **_KEY)
    batch: Batch = option("The batches.", Form.TABLE, record=Batch, factory=Batch, **_KEY)
    name: str | None = option(
        "What the upload is called: {upload.name}.",
        suggested="name",
        shown_default="from the CI system, else the folder",
        safe=True,
        shown_by=("run create",),
    )
    run_id: str | None = option(
        "Fill this run instead of opening one; it is left open.",
        Form.WORD,
        safe=True,
        shown_by=("run complete",),
    )


def configured(options: Options) -> dict[str, object]:
    """What the target is made of. Raises UsageProblem for a table that is wrong."""
    tables = {name: getattr(options, name) for name in TABLES if getattr(options, name)}
    answer: Mapping[str, object] = options.answer
    made: dict[str, object] = {
        "dialect": options.dialect,
        "idempotency_header": options.idempotency_header,
        "batch_size": options.batch.max_results,
        "batch_bytes": options.batch.max_bytes,
        "path": options.batch.path or "results",
    }
    _add_path(options, tables)
    _add_what_is_said(options, tables, made)
    if options.auth:
        made["auth"] = _auth(options.auth, options.set)
    if tables:
        made["tables"] = tables
    if answer:
        made["answer"] = dict(answer)
    if tables or answer:
        from testferry.services.http import slips
        from testferry.services.http.table import described

        every = {**tables, "answer": answer} if answer else tables
        described(every)
        slips.check(every)
    return made


def _add_path(options: Options, tables: dict[str, object]) -> None:
    """`batch.path` is the short form of `send.json`, also where there is a `send`."""
    send = tables.get("send")
    if options.batch.path and isinstance(send, Mapping) and "json" not in send:
        tables["send"] = {**send, "json": {options.batch.path: "{results}"}}


def _add_what_is_said(
    options: Options,
    tables: dict[str, object],
    made: dict[str, object],
) -> None:
    """What most tables do not say is left out: journals of 0.1 have none of it."""
    if options.batch.gzip:
        made["gzip"] = True
    if options.idempotent is not None:
        made["idempotent"] = options.idempotent
    if options.idempotency_ttl is not None:
        made["idempotency_ttl"] = options.idempotency_ttl
    if options.run_id:
        made["run_id"] = options.run_id
    if options.name and "{upload.name" in repr(tables):
        made["name"] = options.name


def _auth(said: Mapping[str, object], values: Mapping[str, object]) -> dict[str, object]:
    """How the token is sent: one way, with a place for it and without the token itself."""
    for key in said:
        one_of("auth", key, _WAYS)
    (way, value), *more = said.items()
    text = str(value)
    if more:
        raise wrong("auth", f"{', '.join(said)} are more than one way to send a token", _AUTH)
    if way in ("bearer", "none") and value is not True:
        raise wrong(f"auth.{way}", f"{value!r} is not true", f"write {{ {way} = true }}")
    if way == "none":
        return {"none": "true"}
    if way == "bearer":
        return {"header": "Authorization: Bearer {token}"}
    if way == "query":
        if not re.fullmatch(r"[A-Za-z0-9_.~\-\[\]]+", text):
            raise wrong(
                "auth.query",
                f"{text!r} is no name of a query's value",
                'write { query = "api_key" }, and give the token in TESTFERRY_TOKEN',
            )
        return {"query": text}
    if "{token}" not in text or (way == "header" and ":" not in text):
        raise wrong(
            f"auth.{way}",
            "the token has no place in it",
            'write "X-API-Key: {token}", and give the token in TESTFERRY_TOKEN',
        )
    found = _with_values(text, f"auth.{way}", values)
    if way == "header":
        _check_name(found.partition(":")[0].strip())
    return {way: found}


def _check_name(name: str) -> None:
    """Raise UsageProblem for a header that cannot be called so."""
    from testferry.dialects.sent import fault_of_name  # start-up is a feature

    fault = fault_of_name(name)
    if fault:
        raise wrong("auth.header", fault, 'write "X-API-Key: {token}"')


def _with_values(
    text: str,
    where: str,
    values: Mapping[str, object],
) -> str:
    """The text with what is set in its ``{set.KEY}``."""
    for name in re.findall(r"\{set\.([^{}]+)\}", text):
        if name not in values:
            raise wrong(where, f"nothing is set for {name!r}", f"give it with --set {name}=…")
        text = text.replace(f"{{set.{name}}}", str(values[name]))
    return text


def reread(options: Mapping[str, Any], said: Collection[str]) -> dict[str, Any]:
    """A journal's options as the values of a table, without those that the table says itself."""
    tables = options.get("tables", {})
    known: dict[str, Any] = {**tables}
    for name in ("dialect", "answer", "auth", "idempotency_header", "idempotent"):
        if name in options:
            known[name] = options[name]
    if "none" in known.get("auth", {}):
        known["auth"] = {"none": True}
    known["idempotency_ttl"] = options.get("idempotency_ttl")
    known["batch"] = Batch(gzip=bool(options.get("gzip")))
    found = {name: value for name, value in known.items() if name not in said}
    return {**found, "set": tables.get("set", {})}


SERVICE = Service(
    name="http",
    title="a bulk API",
    options=Options,
    configured=configured,
    target="testferry.services.http.target:Http",
    shown="testferry.services.http.shown:lines",
    dialect="nestjs",
    address=Address(),
    secret=SecretNames("TESTFERRY_TOKEN"),
    has_runs=True,
    bare_run={"bare": True},
    reread=reread,
    readable="testferry.services.http.bodies:readable",
    examples=(
        "testferry upload NAME reports/              # NAME is the table [targets.NAME]",
        "testferry upload NAME reports/ --dry-run -v",
    ),
)
