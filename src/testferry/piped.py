"""Standard input: what is piped into it, or a person who can be asked. It may be closed, too."""

from __future__ import annotations

import sys
from typing import BinaryIO

from testferry.errors import UsageProblem


def piped(what: str) -> BinaryIO:
    """The bytes of standard input. Raises UsageProblem if it is closed; ``what`` was to come."""
    stream: BinaryIO | None = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise UsageProblem(
            f"- reads {what} from standard input, which is closed",
            "pipe it in, or name a file",
        )
    return stream


def somebody_is_there() -> bool:
    """Whether a person can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()
