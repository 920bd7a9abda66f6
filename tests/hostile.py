"""What somebody may write into a name, a message, a path, a service's answer, to be obeyed by the
CI system whose log it reaches.
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from papers import outcome
from testferry.events import NamedResult
from testferry.model import ReportSummary
from testferry.outcome import Counts, Flags, Named, Outcome, Run, Stop
from testferry.runners import Ended

SMUGGLED = (
    "\n::set-output name=run_id::9",
    "\r\n::error file=x::y",
    "a,line=9::b",
    "\n::stop-commands::x",
    "##[error]x",
    "##vso[task.complete result=Succeeded;]",
    "x;result=Failed;]y",
    "##teamcity[buildStatus text='x']",
    "x' status='ERROR",
    "|'|n]",
    "\x1b[0Ksection_end:1:testferry_tests\r\x1b[0K",
    "%0A::error::x%25",
    "\u2028::error::x",
    "\x85::error::x",
    "\n--- group",
    "x\nUPLOADED_RUN_ID=9",
    "EOF\nrun_id<<EOF",
    "</details><script>",
    "naïve ✔ 測試 \U0001f600",
)


def ended(flags: Flags | None = None) -> Ended:
    """An upload in which everything that is somebody else's is hostile."""
    told = hostile()
    flags = flags or Flags()
    return Ended(told, flags, "✘ 8 of 10 results", "### summary\n", 1.0)


def hostile() -> Outcome:
    refused = [NamedResult(word, word, word) for word in SMUGGLED]
    failed = [NamedResult(word, word, word, word, 3) for word in SMUGGLED]
    report = ReportSummary("".join(SMUGGLED))
    report.fault("broken", "".join(SMUGGLED), 4)
    found = outcome(
        Counts(accepted=8, rejected=1, pending=1),
        named=Named(refused, failed),
        stop=Stop(75, "".join(SMUGGLED), "".join(SMUGGLED)),
        reports=[report],
    )
    found.run = Run("7", "https://x/7" + "".join(SMUGGLED), "".join(SMUGGLED))
    return found


# The same in a report: names, paths, messages, output.
PAYLOADS = (
    "::notice file=a::x",
    "a\n::set-output name=x::y",
    "##[error]x",
    "a ##vso[task.setvariable variable=a]b",
    "##teamcity[testFailed name='x']",
    "section_start:1:x\r\x1b[0Ky",
    "--- group",
    "+++ open",
    "~~~ folded",
    "^^^ +++",
    "\u2028::error::x",
    "\u202e\u00ad\u3164x",
)


def hostile_report() -> str:
    cases = []
    for payload in PAYLOADS:
        text = payload.replace("\x1b", "")
        name = quoteattr(text, {"\n": "&#10;"})
        cases.append(
            f"<testcase name={name} classname={name} file={name}><properties>"
            f"<property name={name} value={name}/></properties><failure type={name}"
            f" message={name}>{text}</failure><system-out>{text}</system-out></testcase>"
        )
    return f"<testsuite name={quoteattr(PAYLOADS[0])}>{''.join(cases)}</testsuite>"
