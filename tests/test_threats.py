"""The lines of README's "Security": who may write what, and what testferry then does."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conftest import ROOT
from grammars import commands
from shells import GOOD, TOKEN, Shell, junit, program
from testferry.services.testrail.emulator import FIELD

HELD: dict[str, Callable[..., None]] = {}


def threat(who: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A test of the line that begins so."""

    def held(test: Callable[..., None]) -> Callable[..., None]:
        HELD[who] = test
        return test

    return held


@threat("who names a test")
def test_a_name_is_text(shell: Shell, tmp_path: Path) -> None:
    hostile = "::error::&#10;##vso[task.complete]&#x1b;".replace("&#x1b;", "&#x9b;") + "[red]"
    (tmp_path / "r.xml").write_text(junit([hostile]).replace("/>", "><failure/></testcase>"))
    shell.upload("r.xml", "-v")
    assert not commands(shell.out + shell.err)
    (tmp_path / "r.xml").write_text(
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + GOOD.replace('"a"', '"&e;"')
    )
    shell.upload("r.xml", "--again")
    assert not any("root:" in name for name in shell.stored)


@threat("who writes a report")
def test_a_report_attaches_nothing_from_elsewhere(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "checkout"
    (folder / ".git").mkdir(parents=True)
    (tmp_path / "id_rsa").write_text("secret")
    for name in (".env", ".git/config", "shot.png"):
        (folder / name).write_text(name)
    (folder / "link.png").symlink_to(tmp_path / "id_rsa")
    names = ["shot.png", ".env", ".git/config", "link.png", "../id_rsa", str(tmp_path / "id_rsa")]
    for at in range(len(names)):
        shell.sandbox.testrail.make_case(1001, title=f"t{at}", **{FIELD: f"c.t{at}"})
    cases = [
        f'<testcase classname="c" name="t{at}"><system-out>[[ATTACHMENT|{name}]]</system-out></testcase>'
        for at, name in enumerate(names)
    ]
    (folder / "r.xml").write_text(f"<testsuite>{''.join(cases)}</testsuite>")
    for name, value in (("URL", shell.sandbox.url), ("USER", "me@x.org"), ("KEY", TOKEN)):
        monkeypatch.setenv(f"TESTRAIL_{name}", value)
    rail = ("upload", "testrail", "--project", "1", "--rate", "none")
    monkeypatch.chdir(folder)  # what lies below the working directory may be attached, too
    assert shell(*rail, "r.xml") == 6
    assert [content for *_, content in shell.sandbox.testrail.attachments] == [b"shot.png"]


@threat("who packs an archive")
def test_a_members_name_is_no_path(shell: Shell, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "r.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("../../escaped.xml", GOOD)
        packed.writestr("/absolute.xml", junit(["x"]))
        packed.writestr("bomb.xml", io.BytesIO(b" " * 50_000_000).getvalue())
    before = set(tmp_path.rglob("*"))
    assert shell.upload("r.zip") in (0, 4)
    assert {"a", "b", "x"} <= set(shell.stored)
    made = {path for path in set(tmp_path.rglob("*")) - before if path.suffix == ".xml"}
    assert not made
    assert not (tmp_path.parent / "escaped.xml").exists()


@threat("who opens a pull request")
def test_a_checkout_moves_no_token(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "testferry.toml"
    hostile = (
        'url = "https://evil.example"',
        'proxy = "http://evil.example"',
        'ca-bundle = "evil.pem"',
        'token-file = "/etc/hostname"',
        'attachments-root = "/"',
        '[dialects.testmo]\nextends = "testmo"',
        '[targets.testmo]\ntype = "testmo"\nurl = "https://evil.example"',
    )
    before = shell.sandbox.requests
    for text in hostile:
        file.write_text(text)
        assert shell.upload("r.xml") == 2, text
    shipped = (
        'url = "https://evil.example"',
        'close = { request = "POST /members" }',
        'type = "http"\nurl = "https://evil.example"',
    )
    monkeypatch.setenv("TESTFERRY_TOKEN", TOKEN)
    monkeypatch.setenv("CI", "true")
    for text in shipped:
        file.write_text(f"[targets.qase]\n{text}\n")
        assert shell("upload", "qase", "--set", "project=P", "r.xml") == 2, text
    user = tmp_path / "home" / "testferry" / "config.toml"
    user.parent.mkdir()
    user.write_text('[targets.mine]\nextends = "qase"\n')
    for text in shipped:
        file.write_text(f"[targets.qase]\n{text}\n")
        assert shell("upload", "mine", "--set", "project=P", "r.xml") == 2, text
    file.write_text('[dialects.splunk]\nextends = "simutest"')
    assert shell("upload", "splunk", "--url", shell.sandbox.url, "r.xml") == 2
    monkeypatch.delenv("CI")
    monkeypatch.delenv("TESTMO_URL")
    file.write_text(
        '[targets.theirs]\ntype = "testmo"\nurl = "https://evil.example"\nproject-id = 1'
    )
    for more in ((), ("--spool",)):
        assert shell("upload", "theirs", "r.xml", *more) == 2
        assert "--url" in shell.err
    assert shell("uploads", "-q") == 0
    assert shell.out.startswith("no uploads in"), "nothing is kept that `resume` would send there"
    assert shell.sandbox.requests == before


@pytest.mark.parametrize("option", ["--summary-file", "--log-file"])
def test_what_is_written_follows_no_link_out_of_the_folder(
    option: str, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pull request can bring a link; what is appended holds names of its tests."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / ".bashrc").write_text("mine")
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "r.xml").write_text(GOOD)
    (folder / "log").symlink_to(outside / ".bashrc")
    (folder / "out").symlink_to(outside)
    monkeypatch.chdir(folder)
    for name in ("log", "out/.bashrc", "out/new", str(folder / "log")):
        assert shell.upload("r.xml", option, name) == 2
        assert str(outside) in shell.err
    assert (outside / ".bashrc").read_text() == "mine"
    (folder / "real").write_text("")
    (folder / "to real").symlink_to("real")
    assert shell.upload("r.xml", option, "to real") == 0
    assert shell.upload("r.xml", "--again", option, str(outside / "new")) == 0


def test_a_checkout_brings_no_modules(tmp_path: Path) -> None:
    """`python -m` looks for modules in the folder where it is called: we do not."""
    for name in ("httpx", "click", "json", "tomllib", "sqlite3"):
        (tmp_path / f"{name}.py").write_text("print('PWNED')")
    ended = program("targets", cwd=tmp_path)
    assert (ended.returncode, "PWNED" in ended.stdout + ended.stderr) == (0, False), ended.stderr


@threat("who lays a journal into a checkout")
def test_a_journal_of_somebody_else_gets_no_token(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.upload("r.xml", "--journal", "j", "--spool")
    monkeypatch.delenv("TESTMO_URL")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "somebody else's"))
    before = shell.sandbox.requests
    assert shell("resume", "--journal", "j") == 2
    assert "--url" in shell.err
    (tmp_path / "j").chmod(0o777)
    assert shell("resume", "--journal", "j") == 74
    assert shell.sandbox.requests == before


@threat("the tests")
def test_a_command_gets_no_secret(shell: Shell, tmp_path: Path) -> None:
    write = "import os; open('seen', 'w').write(repr(dict(os.environ)))"
    shell.upload("r.xml", "--", sys.executable, "-c", write)
    assert TOKEN not in (tmp_path / "seen").read_text()
    assert "TESTMO_URL" in (tmp_path / "seen").read_text()


@threat("the service")
def test_an_answer_is_data(shell: Shell, tmp_path: Path) -> None:
    """The rest of the line is the whole of test_odd_answers.py and test_engine_client.py."""
    shell.sandbox.settings.token = "another"
    assert shell.upload("r.xml") == 5
    assert TOKEN not in shell.out + shell.err


@threat("another user of this machine")
def test_what_others_can_read_or_write(shell: Shell, tmp_path: Path) -> None:
    shell.upload("r.xml", "--journal", "j")
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "j").iterdir()} == {0}
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o622)
    assert shell.upload("r.xml", "--token-file", "token") == 2


@threat("a page in a browser")
def test_the_sandbox_answers_to_loopbacks_names(shell: Shell) -> None:
    assert shell.sandbox.url.startswith("http://127.0.0.1:")
    login = {"Authorization": f"Bearer {TOKEN}"}
    address = f"{shell.sandbox.url}/api/v1/projects/1/automation/runs"
    for host, status in (("evil.example", 400), ("localhost", 200)):
        answer = httpx.get(address, headers={**login, "Host": host}, trust_env=False)
        assert answer.status_code == status


def test_every_line_of_the_page_has_its_test() -> None:
    page = (ROOT / "README.md").read_text("utf-8").partition("## Security")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)
    assert [row for row in rows if row != "who"] == list(HELD)
