"""The COMMAND behind ``--``: run the user's tests, and tell their reports from older ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence

from testferry import kernel
from testferry.errors import NoCommand, UsageProblem
from testferry.option import HEADERS, Form, options_of, variable_of
from testferry.reports import Source
from testferry.services import services
from testferry.settings.options import COMMON

_STANDARD_ERROR = 2
_PATIENCE = 30.0  # seconds, for an agent
STALE = 2.0  # seconds: file systems keep time coarsely


def run_command(command: Sequence[str], *, to_error: bool = False) -> int:
    """Run the tests; returns their exit code, 128 + n if a signal ended them.

    They have our streams, and with them the terminal, untouched; only where standard output is for
    one JSON document does theirs go ``to_error``. Raises NoCommand, UsageProblem.
    """
    if not command:
        raise UsageProblem("there is no COMMAND behind --")
    found = shutil.which(command[0])
    if found is None:
        raise NoCommand(
            f"there is no command {command[0]!r}",
            "what follows -- is run as it stands, without a shell",
        )
    words = [kernel.program(command[0], found), *command[1:]]
    stdout = None
    if to_error:
        stdout = _STANDARD_ERROR
    try:
        # It is the user's own command.
        done = subprocess.run(  # noqa: S603
            words,
            stdout=stdout,
            env=_environment(),
            check=False,
        )
    except OSError as problem:
        raise UsageProblem(f"{command[0]!r} cannot be run: {problem.strerror}") from None
    code = done.returncode
    return 128 - code if code < 0 else code


def ask(words: Sequence[str], read: str) -> bool:
    """Run a small command that helps, quietly, with something to read; returns whether it could."""
    found = shutil.which(words[0])
    if found is None:
        return False
    try:
        # A CI system's own agent.
        done = subprocess.run(  # noqa: S603
            [found, *words[1:]],
            input=read.encode(),
            capture_output=True,
            env=_environment(),
            check=False,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _environment() -> dict[str, str]:
    """The environment without the services' secrets, and without addresses of testferry's that
    hold a password: tests are anybody's code.
    """
    secret = {service.secret.token for service in services()}
    for record in COMMON:
        for name, each in options_of(record).items():
            variable = variable_of(name, each)
            if each.form is Form.ADDRESS and "@" in os.environ.get(variable, ""):
                secret.add(variable)
    return {
        name: value
        for name, value in os.environ.items()
        if name not in secret and not name.startswith(HEADERS)
    }


def older_than(begun: float) -> Callable[[Source], bool]:
    """Tell the reports that COMMAND, begun at this wall clock time, did not write: uploading them
    would tell old results as new.
    """

    def is_old(source: Source) -> bool:
        try:
            return os.stat(source.archive or source.path).st_mtime < begun - STALE
        except OSError:
            return False

    return is_old
