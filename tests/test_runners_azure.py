"""Azure's grammar, read back as its agent reads it."""

from __future__ import annotations

import re

from hostile import ended
from papers import outcome
from testferry.outcome import Counts, Flags
from testferry.runners import Ended
from testferry.runners.azure import fold, tell

COMMAND = re.compile(r"##vso\[(\w+\.\w+)(?: ([^\]]*))?\](.*)")


def test_nothing_is_smuggled() -> None:
    told = tell(ended(), {"AGENT_TEMPDIRECTORY": "/t"})
    for line in told.lines:
        found = COMMAND.fullmatch(line)
        assert found, line
        assert line.count("##vso[") == 1, "the agent looks for it anywhere in a line"
        assert found[1] in ("task.logissue", "task.setvariable", "task.uploadsummary")
        known = {"type", "sourcepath", "linenumber", "variable", "isOutput"}
        assert {part.split("=")[0] for part in (found[2] or "").split(";") if part} <= known
        assert len(line.splitlines()) == 1
    assert fold("##vso[x]\n", 1.0) == ("##[group]#\\#vso[x]\\n", "##[endgroup]")


def test_variables_and_the_summary() -> None:
    told = tell(ended(), {"AGENT_TEMPDIRECTORY": "/t"})
    assert "##vso[task.setvariable variable=UPLOADED_RUN_ID;isOutput=true;]7" in told.lines
    assert "##vso[task.uploadsummary]/t/testferry-abc.md" in told.lines
    (summary,) = told.files
    assert (summary.path, summary.append) == ("/t/testferry-abc.md", False)


def test_what_is_missing_makes_a_green_step_yellow() -> None:
    found = outcome(Counts(accepted=9, pending=1))
    yellow = "##vso[task.complete result=SucceededWithIssues;]"
    assert yellow in tell(Ended(found, Flags(exit_zero=True), "v", ""), {}).lines
    assert yellow not in tell(Ended(found, Flags(), "v", ""), {}).lines
    whole = outcome(Counts(accepted=10))
    assert yellow not in tell(Ended(whole, Flags(exit_zero=True), "v", ""), {}).lines
