"""What `doctor` finds wanting, with the exit code and the cure that its cause asks for: the same as
of an upload that meets it.
"""

from __future__ import annotations

from testferry.engine.step import Check
from testferry.engine.verdict import Verdict, cure_of, exit_code_of


def unmet(
    name: str,
    verdict: Verdict,
    message: str,
    cure: str = "",
) -> Check:
    """A check that fails because of an answer; ``cure`` is that of a refusal."""
    return Check(
        name,
        passed=False,
        message=message,
        cure=cure_of(verdict, cure),
        exit_code=exit_code_of(verdict),
    )
