"""The words in which tools say how a test ended: one table for all formats.

A word that is in no table is never green (`ReportSummary.unknown_word`). A format whose own word
means something else has a table of its own before this one.
"""

from __future__ import annotations

from functools import lru_cache

from testferry.model import Status

_GREEN = """
    passed pass passes ok success successful succeeded succeeds completed complete run ran executed
    good green true yes expected fixed xpass xpassed warning warn flaky passedbutrunaborted ✓ ✔ ✅
    passedwithwarnings
"""
_SKIPPED = """
    skipped skip skips ignored ignore disabled pending todo notrun norun notran notexecuted
    suppressed untested nottested inconclusive incomplete blocked deselected excluded filtered
    unsupported notapplicable notrunnable na canceled cancelled stopped xfail xfailed
    expectedfailure expectedfail assumptionviolated assumptionfailure omitted dryrun
    notselected muted quarantined notstarted scheduled queued deferred postponed bypassed waived
    suspended paused successpercentagefailure
"""
_FAILED = """
    failed fail fails failure failures ko nok notok bad red false no unexpected unexpectedsuccess
    ✗ ✘ ❌ undefined ambiguous timeout timedout timeouted expired unstable rejected aborted abort
    interrupted denied failedchild assertionfailed assertion assertionfailure regression mismatch
    invalid
"""
_ERROR = """
    error errors errored erroneous exception broken crash crashed killed terminated fatal panic
    panicked hung unfinished notfinished disconnected defect defective hookerror cleanuperror
    internalerror setuperror teardownerror running started inprogress
"""

TABLE: dict[str, Status] = {
    **dict.fromkeys(_GREEN.split(), Status.PASSED),
    **dict.fromkeys(_SKIPPED.split(), Status.SKIPPED),
    **dict.fromkeys(_FAILED.split(), Status.FAILED),
    **dict.fromkeys(_ERROR.split(), Status.ERROR),
}

_LONGEST = 40
_LEFT_OUT = str.maketrans("", "", " _-./()'\"!*[]:")


def status_of(word: str) -> Status | None:
    """Return the status that a word stands for, None if it is in no table."""
    if len(word) > _LONGEST:
        return None
    return _found(word)


@lru_cache(maxsize=512)  # a report says a few words, a hundred thousand times
def _found(word: str) -> Status | None:
    return TABLE.get(word.lower().translate(_LEFT_OUT).strip())


def detail_kind(status: Status) -> str:
    """Return what kind of detail the message of a test is, where a format has but one for all."""
    if status is Status.SKIPPED:
        return "skipped"
    return "failure"
