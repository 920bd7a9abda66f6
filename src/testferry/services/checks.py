"""What `doctor` finds wanting, with the exit code and the cure that its cause asks for: the same as
of an upload that meets it.
"""

from __future__ import annotations

from testferry.engine.step import Check
from testferry.engine.verdict import Refused, Rejected, Verdict, cure_of, exit_code_of
from testferry.exit_codes import REFUSED


def unmet(
    name: str,
    verdict: Verdict,
    message: str,
    cure: str = "",
) -> Check:
    """A check that fails because of an answer. ``cure`` is that of a refusal: who examines knows
    what was asked, the verdict only the status.
    """
    code = exit_code_of(verdict)
    if not cure or code != REFUSED or not isinstance(verdict, Refused | Rejected):
        cure = cure_of(verdict, cure)
    return Check(
        name,
        passed=False,
        message=message,
        cure=cure,
        exit_code=code,
    )
