"""Any other bulk API, described in a table of the configuration file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from testferry.option import option
from testferry.services.service import Address, SecretNames, Service, Suggestion

BATCH = 500
BATCH_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """Everything comes from the table; a value of it can be given on the command line."""

    overrides: tuple[str, ...] = option(
        "Override a key of the target's table.",
        flags=("--set",),
        many=True,
        default=(),
        metavar="KEY=VALUE",
    )
    dialect: str = option("How the service errs.", default="nestjs", hidden=True, safe=True)
    idempotency_header: str = option("Honoured by the service.", default="", hidden=True, safe=True)
    max_results: int = option("Results in a batch.", default=BATCH, hidden=True, safe=True)
    max_bytes: int = option("Bytes in a batch.", default=BATCH_BYTES, hidden=True, safe=True)
    path: str = option("The key of the results.", default="results", hidden=True, safe=True)


def configured(options: Options, _: Suggestion) -> dict[str, Any]:
    """What the target is made of."""
    return {
        "dialect": options.dialect,
        "idempotency_header": options.idempotency_header,
        "batch_size": options.max_results,
        "batch_bytes": options.max_bytes,
        "path": options.path,
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
