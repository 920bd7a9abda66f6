"""In no CI system does anything that is told, on the screen, in the JSON document, in a summary, in
outputs, in the log file, hold a command but those that testferry means: whatever reports, paths,
names, messages and services say.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from grammars import commands
from hostile import PAYLOADS, hostile_report
from jobs import JOBS
from shells import Shell, faulty

# What testferry itself says to each system, each of it whole.
_VALUE = r"'(?:[^|'\[\]\n\r]|\|['nrxlp|\[\]]|\|0x[0-9a-f]{4})*'"
OURS = {
    "github": re.compile(
        r"::(?:endgroup::|group::Tests that failed[^:]*"
        r"|(?:error|warning|notice) (?:(?:file|line|title)=[^:,\n]*,?)+::.*)"
    ),
    "azure": re.compile(
        r"##vso\[|##\[(?:group|endgroup)?"  # each line is looked at on its own, below
    ),
    "teamcity": re.compile(r"##teamcity\["),
    "buildkite": re.compile(r"(?:---|\+\+\+)"),
}
SECTION = re.compile(
    "\x1b\\[0Ksection_(?:start|end):\\d+:testferry_tests(?:\\[collapsed=true\\])?\r\x1b\\[0K"
)
LINES = {
    "azure": re.compile(
        r"##vso\[task\.(?:logissue type=(?:error|warning);(?:sourcepath=[^;\]]*;)?(?:linenumber=\d+;)?"
        r"|setvariable variable=UPLOADED_[A-Z_]+;isOutput=true;|uploadsummary"
        r"|complete result=SucceededWithIssues;)\](?!.*##(?:vso)?\[).*"
        r"|##\[group\]Tests that failed or were not accepted|##\[endgroup\]"
    ),
    "teamcity": re.compile(
        rf"##teamcity\[(?:buildStatus|setParameter|message|blockOpened|blockClosed)"
        rf"(?: \w+={_VALUE})+\]"
    ),
    "buildkite": re.compile(r"--- Tests that failed or were not accepted|\+\+\+ testferry"),
}
FILES = (
    "out.txt",
    "sum.md",
    "sum.json",
    "log.txt",
    "outputs",
    "summary",
    "testferry.env",
    "testferry-links.json",
    "asked",
)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Buildkite's agent, which writes down what it is asked."""
    program = tmp_path / "bin" / "buildkite-agent"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"with open({str(tmp_path / 'asked')!r}, 'a') as f:\n"
        "    f.write(' '.join(sys.argv[1:]) + '\\n' + sys.stdin.read() + '\\n')\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def foreign(system: str, text: str, *, log: bool) -> list[str]:
    """Commands in a text that are none of ours."""
    if log and system == "gitlab":
        text = SECTION.sub("", text)
    found = [each.strip("\n") for each in commands(text)]
    ours = OURS.get(system)
    if log and ours is not None:
        found = [each for each in found if not ours.match(each.strip())]
        whole = LINES.get(system)
        if whole is not None:
            marks = ("##", "---", "+++")
            found += [
                line
                for line in text.splitlines()
                if line.startswith(marks) and not whole.fullmatch(line)
            ]
    return found


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize("way", ["text", "json", "quiet"])
@pytest.mark.parametrize("system", [*JOBS, "none"])
@faulty("append: refuse vso")
def test_nothing_is_smuggled(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, way: str
) -> None:
    job = {} if system == "none" else JOBS[system].environment
    for name, value in job.items():
        hostile = f"{value}{PAYLOADS[1]}" if name in HOSTILE else value
        monkeypatch.setenv(name, hostile)
    for name, value in {
        "GITHUB_OUTPUT": "outputs",
        "GITHUB_STEP_SUMMARY": "summary",
        "AGENT_TEMPDIRECTORY": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "##vso[x]y" / "::error::z"
    folder.mkdir(parents=True)
    (folder / "r.xml").write_text(hostile_report())
    (folder / "broken.xml").write_text("<testsuite><testcase name='##vso[a]b' ##[x]")
    more = {"text": ["-vv"], "json": ["--output", "json"], "quiet": ["-q"]}[way]
    code = shell.upload(
        "##vso[x]y/", "--log-file", "log.txt", "--summary-file", "sum.md", "--width", "1", *more
    )
    assert code == 6
    shell.upload("##vso[x]y/", "--summary-file", "sum.json", "--again", *more)
    seen = shell.out + shell.err
    assert not foreign(system, seen, log=True), "in the log"
    for path in [*map(Path, FILES), *tmp_path.glob("testferry-*.md")]:
        if not path.is_file():
            continue
        text = path.read_text("utf-8")
        # a job's log may show it: `cat testferry.env`
        assert not foreign(system, text, log=False), path
    if way == "json":
        assert json.loads(shell.out)["exit_code"] == 6


# Of what a job says, these are written by whoever opens a pull request.
HOSTILE = frozenset(
    {
        "GITHUB_HEAD_REF",
        "GITHUB_WORKFLOW",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
        "CI_JOB_NAME",
        "CHANGE_BRANCH",
        "JOB_NAME",
        "SYSTEM_PULLREQUEST_SOURCEBRANCH",
        "SYSTEM_JOBDISPLAYNAME",
        "BUILDKITE_BRANCH",
        "BUILDKITE_LABEL",
        "CIRCLE_BRANCH",
        "CIRCLE_JOB",
        "BITBUCKET_BRANCH",
        "TEAMCITY_BUILDCONF_NAME",
        "TRAVIS_PULL_REQUEST_BRANCH",
        "TRAVIS_JOB_NAME",
        "CI_COMMIT_SOURCE_BRANCH",
        "DRONE_SOURCE_BRANCH",
        "CODEBUILD_WEBHOOK_HEAD_REF",
        "APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH",
        "bamboo_repository_pr_sourceBranch",
    }
)
