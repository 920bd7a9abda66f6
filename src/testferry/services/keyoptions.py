"""The options of a run that many jobs fill: said at the command line, so nothing of the engine is
loaded for them.
"""

from __future__ import annotations

import re
from typing import Any

from testferry.errors import UsageProblem
from testferry.option import Form, option

LONGEST = 100  # characters of a key
_KEY = re.compile(r"[^\x00-\x1f\x7f\[\]]+")


def key_option() -> Any:
    """The option ``run_key`` of a service that has such runs."""
    return option(
        "Fill the run of this key, found or made once; auto: the CI system's pipeline.",
        Form.WORD,
        default="",
        of_ci=True,
        safe=True,
        shown_by=("run create", "run complete"),
    )


def rerun_option() -> Any:
    """The option ``rerun`` of a service in whose runs an earlier attempt may have been."""
    return option(
        "What becomes of results that an earlier attempt of this job left in the run.",
        Form.CHOICE,
        choices=("add", "skip", "replace"),
        default="add",
        safe=True,
        rare=True,
    )


def check_key(
    key: str,
    *,
    run_id: str,
) -> None:
    """Check a key that was said. Raises UsageProblem."""
    if not key:
        return
    if run_id:
        raise UsageProblem(
            "--run-key does not go with --run-id",
            "--run-id names the run itself; --run-key finds it",
            ("run_key",),
        )
    if len(key) > LONGEST or not _KEY.fullmatch(key):
        raise UsageProblem(
            f"--run-key {key[:LONGEST]!r} cannot be written into a run",
            f"use at most {LONGEST} characters on one line, without [ and ]",
            ("run_key",),
        )
