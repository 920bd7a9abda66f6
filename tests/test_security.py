"""The security list, S1 to S25: one test for each item that is a matter of code, or the place where
it is tested.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultserver import FINE, FaultServer, Script, http
from grammars import commands
from shells import CANARY, NAMES, Program, Shell, junit
from testferry.attachments import Folders, open_attachment
from testferry.cli import run
from testferry.engine.step import Request
from testferry.errors import ReportProblem
from testferry.events import NamedResult
from testferry.model import Result, Status
from testferry.outcome import Counts, Figures, Flags, Named, Outcome
from testferry.screen.markdown import markdown
from testferry.services.testrail.match import ids_of
from testferry.services.testrail.read import get
from testferry.text import clean, steady

# Tested elsewhere: S3 in every case of test_torture, S5 S6 S7 S13 in test_engine_client, S8 in
# test_torture (STOPS), S10 S11 S12 in test_junit
# and test_formats, S16 in test_text and test_screen_lines, S20 S21 in
# test_journal_* and test_commands_*. Not a
# matter of code: S4 (no command is
# run for a token), S15 (nothing is left out of results), S19 (nothing is written as CSV), S24
# (hashes in .ci/requirements.txt).


# the fixture
def test_s01_a_token_is_never_an_option(shell: Shell, tmp_path: Path) -> None:
    for option in ("--token", "--key", "--password", "--api-key"):
        assert shell("upload", "testmo", "--project-id", "1", option, CANARY, "r.xml") == 2
    it = Program(tmp_path, "testmo")
    with (
        FaultServer(it.truth, lambda *_: Script(delay=0.3)) as server,
        subprocess.Popen(
            it.words(), env=it.environment(server.url), cwd=tmp_path, stdout=-3, stderr=-3
        ) as process,
    ):
        while not server.times:
            time.sleep(0.02)
        line = Path(f"/proc/{process.pid}/cmdline")
        shown = line.read_bytes().decode() if line.exists() else ""
        process.wait(60)
    assert CANARY not in shown


# the fixture
def test_s02_a_token_file_that_others_read(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(CANARY)
    path.chmod(0o666)
    assert shell.upload("--token-file", str(path), "r.xml") == 2
    assert "chmod 600" in shell.err
    shell.sandbox.settings.token = CANARY
    path.chmod(0o444)
    assert shell.upload("--token-file", str(path), "r.xml") == 0
    assert shell.err.count("can be read by others (mode 444)") == 1
    assert CANARY not in shell.out + shell.err


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:{port}/steal", "http://169.254.169.254/", "file:///etc/passwd"]
)
def test_s09_what_an_answer_names_is_never_fetched(tmp_path: Path, location: str) -> None:
    it = Program(tmp_path, "testrail", names=[f"t{at}" for at in range(300)])
    thief = FaultServer(it.truth, lambda *_: FINE)
    with thief, FaultServer(it.truth, lambda *_: FINE) as server:
        handle = it.truth.handle

        def poisoned(method: str, target: str, body: bytes, kind: str = "") -> object:
            response = handle(method, target, body, kind)
            if isinstance(response.document, dict) and response.document.get("_links", {}).get(
                "next"
            ):
                response.document["_links"]["next"] = location.format(port=thief.port)
            return response

        it.truth.handle = poisoned
        assert it.run(server.url)["exit_code"] == 0
        assert not thief.times
    assert len(it.stored) == 300


def test_s14_attachments_stay_within_their_folder(tmp_path: Path) -> None:
    base, other = tmp_path / "report", tmp_path / "other"
    for folder in (base / "deep", other):
        folder.mkdir(parents=True)
    (base / "ok.txt").write_text("ok")
    (base / "deep" / "ok.txt").write_text("ok")
    (other / "file").write_text("other")
    (base / "link").symlink_to("/etc/passwd")
    (base / "inside").symlink_to(base / "ok.txt")
    (base / "folder").symlink_to(other)
    os.mkfifo(base / "fifo")
    for good in ("ok.txt", "deep/ok.txt", "deep/../ok.txt", str(base / "ok.txt"), "./ok.txt"):
        part = open_attachment(good, Folders(str(base)), 100)
        assert b"".join(part.stream()).count(b"ok") >= 1
    bad = [
        "/etc/passwd", "../other/file", "..", ".", "", "link", "inside", "folder/file", "fifo", "/dev/zero", "/proc/self/environ",
        "deep", "missing", "file:///etc/passwd", "\\\\host\\share", "a\0b", str(other / "file"), "deep/../../other/file", "~/.ssh/id_rsa",
    ]  # fmt: skip
    for path in bad:
        with pytest.raises(ReportProblem):
            open_attachment(path, Folders(str(base)), 100)
    part = open_attachment("../other/file", Folders(str(base), root=str(other)), 100)
    part.close()
    (base / "large").write_bytes(b"x" * 101)
    with pytest.raises(ReportProblem, match="larger"):
        open_attachment("large", Folders(str(base)), 100)


def test_s14_a_file_that_is_swapped_for_a_link_between_two_looks(tmp_path: Path) -> None:
    """What is checked is what is opened: a handle, never a name."""
    (tmp_path / "secret").write_text("secret")
    base = tmp_path / "report"
    base.mkdir()
    (base / "a").write_text("fine")
    part = open_attachment("a", Folders(str(base)), 100)
    (base / "a").unlink()
    (base / "a").symlink_to(tmp_path / "secret")
    assert b"secret" not in b"".join(part.stream())
    with pytest.raises(ReportProblem):
        open_attachment("a", Folders(str(base)), 100)


PAYLOADS = [
    "::error::boom", "  ::set-output name=x::y", "x\n::add-mask::y", "##[error]x", "a ##[command]b", "##vso[task.setvariable variable=a]b",
    "##teamcity[testFailed name='x']", "section_start:1:x\r\x1b[0K", "\r::warning::x", "\u2028::error::x", "\x1b]52;c;AAAA\x07", "[/red]",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_s17_no_ci_system_reads_a_command(tmp_path: Path, payload: str) -> None:
    assert commands(payload) or payload in ("[/red]", "\x1b]52;c;AAAA\x07", "\u2028::error::x")
    it = Program(tmp_path, "testmo")
    from xml.sax.saxutils import quoteattr

    name = quoteattr(payload.replace("\x1b", "").replace("\x07", "").replace("\u2028", "&#8232;"))
    (tmp_path / "r.xml").write_text(
        f"<testsuite name={name}><testcase name={name} classname={name}><failure message={name}/></testcase></testsuite>"
    )
    refuse = Script(apply=False, answer=http(422, json.dumps({"message": payload}).encode()))
    with FaultServer(
        it.truth, lambda _n, what, _t, _b: refuse if what == "append" else FINE
    ) as server:
        words = [word for word in it.words() if word not in ("--output", "json")]
        done = subprocess.run(
            [*words, "--summary-file", "s.md"], env=it.environment(server.url, CI="true"), cwd=tmp_path, capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip
    for text in (done.stdout, done.stderr, (tmp_path / "s.md").read_text()):
        assert not commands(text), text
        assert "\x1b" not in text


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "`rm -rf`",
        "| a | b |",
        "[x](http://evil)",
        "<img src=x>",
        "**b**",
    ],
)
def test_s18_markdown_is_text(name: str) -> None:
    outcome = Outcome(
        figures=Figures(results=Counts(rejected=1)),
        named=Named(refused=[NamedResult(name, name, name)]),
    )
    made = markdown(outcome, Flags())
    line = next(line for line in made.splitlines() if line.startswith("- "))
    code = re.match(r"- (`+) ?(.*?) ?\1(?!`): ", line)
    assert code is not None
    assert code[2] == f"{name} › {name}", "a name stands there as code, whole"
    reason = line[code.end() :]
    assert "<" not in reason
    assert not re.search(r"(?<!\\)[`|*\[\]]", reason)
    assert "://" not in reason, "no address becomes a link"


# the fixture
def test_s20_journals_are_for_nobody_else(shell: Shell, tmp_path: Path) -> None:
    os.umask(0o000)
    try:
        assert shell.upload("r.xml", "--journal", str(tmp_path / "j")) == 0
    finally:
        os.umask(0o022)
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o700
    for path in (tmp_path / "j").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.parametrize(
    "hostile",
    [
        'token-file = "/etc/hostname"', 'ca-bundle = "evil.pem"', 'proxy = "http://127.0.0.1:9"', 'token = "x"',
        '[targets.testmo]\ntype = "testmo"\ntoken-file = "/etc/hostname"', '[targets.x]\ntype = "testmo"\nca_bundle = "evil.pem"',
    ],
)  # fmt: skip
def test_s22_a_projects_own_file_is_not_trusted_with_everything(
    shell: Shell,
    tmp_path: Path,
    hostile: str,
) -> None:
    (tmp_path / "testferry.toml").write_text(hostile)
    before = shell.sandbox.requests
    assert shell.upload("r.xml") == 2
    assert shell.sandbox.requests == before


# the fixture
def test_s22_a_project_changes_no_address_that_is_known(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "testferry.toml").write_text('url = "http://127.0.0.1:9"\n')
    assert shell.upload("r.xml") == 2
    assert "http://127.0.0.1:9" in shell.err
    assert shell.sandbox.url in shell.err
    assert "TESTMO_URL" in shell.err
    assert shell.upload("r.xml", "--url", shell.sandbox.url) == 0
    (tmp_path / "testferry.toml").write_text(f'url = "{shell.sandbox.url}/api/v1"\n')
    assert shell.upload("r.xml", "--again") == 0


@given(st.text(max_size=40), st.text(max_size=40))
def test_s23_nothing_breaks_out_of_a_request_line(path: str, value: str) -> None:
    for request in (
        Request("GET", f"a/{path}", (("k", value),)),
        get("get_user_by_email", email=value),
    ):
        target = request.target if request.query or "index.php" in request.path else "x"
        assert not re.search(r"[\x00-\x20\x7f]", target)


def test_s23_headers_of_a_file_cannot_be_broken(tmp_path: Path) -> None:
    name = 'a"\r\nX-Evil: 1\r\n\r\n.txt'
    (tmp_path / name).write_text("x")
    part = open_attachment(name, Folders(str(tmp_path)), 100)
    head = next(part.stream())
    part.close()
    assert b"\r\nX-Evil" not in head
    assert head.count(b"\r\n\r\n") == 1


@pytest.mark.parametrize(
    "name",
    [
        "[" + "C1," * 30_000,
        "C1_" * 30_000,
        "0x" * 50_000,
        "::" * 50_000,
        "section_" * 12_000,
        "&#" * 50_000,
    ],
)
def test_s25_no_pattern_takes_long_on_a_hostile_name(name: str) -> None:
    """A pattern that backtracks would not end here."""
    assert ids_of(Result(name, Status.PASSED)) in ((), (1,))
    assert clean(name)
    assert steady(name)


def test_the_whole_program_runs_without_a_network_or_a_home(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(junit(NAMES))
    assert run(["inspect", str(tmp_path / "r.xml")]) == 0
    done = subprocess.run(
        [sys.executable, "-m", "testferry", "--version"], env={}, capture_output=True, check=False
    )
    assert done.returncode == 0
