"""Any other bulk API, described in a table of the configuration file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from testferry.option import Form, option
from testferry.services.service import Address, SecretNames, Service

_KEY: dict[str, Any] = {
    "on_line": False,
    "in_environment": False,
    "safe": True,
}  # of the table alone


@dataclass(frozen=True, slots=True)
class Batch:
    """The keys of ``batch``."""

    max_results: int = option("Results in a batch.", Form.NUMBER, least=1, default=500)
    max_bytes: int = option("Bytes in a batch.", Form.SIZE, default=1_000_000)
    path: str = option("The key of the results in the body.", default="results")


@dataclass(frozen=True, slots=True)
class Options:
    """Everything comes from the table; a value of it can be given on the command line."""

    overrides: tuple[str, ...] = option(
        "Override a key of the target's table.",
        Form.SET,
        flags=("--set",),
        many=True,
        default=(),
        metavar="KEY=VALUE",
        in_files=False,
    )
    dialect: str = option("How the service errs.", default="nestjs", **_KEY)
    idempotency_header: str = option("Honoured by the service.", default="", **_KEY)
    batch: Batch = option("The batches.", Form.TABLE, record=Batch, factory=Batch, **_KEY)


def configured(options: Options) -> dict[str, Any]:
    """What the target is made of."""
    return {
        "dialect": options.dialect,
        "idempotency_header": options.idempotency_header,
        "batch_size": options.batch.max_results,
        "batch_bytes": options.batch.max_bytes,
        "path": options.batch.path,
    }


SERVICE = Service(
    name="http",
    title="a bulk API",
    options=Options,
    configured=configured,
    target="testferry.services.http.target:Http",
    dialect="nestjs",
    address=Address(),
    secret=SecretNames("TESTFERRY_TOKEN"),
)
