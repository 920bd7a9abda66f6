"""One table of the configuration means one thing: ``upload``, ``run create``, ``doctor`` and
``config show`` take it alike, or refuse it alike.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from shells import TOKEN, Shell, section

# What a table of the target says, and what is said of it; nothing: it is taken.
TESTMO = {
    "project-id = 1": "",
    'project-id = "1"': "",
    "project_id = 1": "",
    'project-id = "abc"': "line 4: project-id 'abc' is no number",
    "project-id = 0": "line 4: project-id 0 is out of range",
    "project-id = true": "line 4: project-id true is no number",
    'project-id = 1\ntag = "x"': "",
    'project-id = 1\ntag = ["x", "y"]': "",
    "project-id = 1\ntag = [1, 2]": "",
    "project-id = 1\ntag = [1.5]": "tag 1.5 is no text",
    "project-id = 1\nname = 7": "",
    "project-id = 1\nmilestone = 7": "",
    "project-id = 1\nname = true": "line 5: name true is no text",
    "project-id = 1\nbogus = 1": "line 5: [targets.t] has an unknown key 'bogus'",
    "project-id = 1\nmilestoen = 7": "did you mean milestone?",
    "project-id = 1\nmatch = 'auto'": "unknown key 'match'",
    'project-id = 1\nrate = "600/min"': "",
    'project-id = 1\nrate = ["600/min", "20/s"]': "",
    'project-id = 1\nrate = "fast"': "line 5: rate 'fast' is no rate",
    "project-id = 1\nrate = 5": "rate 5 is no rate",
    'project-id = 1\nwidth = "2"': "",
    "project-id = 1\nwidth = 99": "width 99 is out of range",
    "project-id = 1\nin-doubt = 'panic'": "in-doubt 'panic' is not known",
    "project-id = 1\nin-doubt = 'kep'": "use keep, resend, drop or accept; did you mean keep?",
    "project-id = 1\nsettle = '1 fortnight'": "settle '1 fortnight' is no duration",
    "project-id = 1\nsettle = 30": "",
    "project-id = 1\ntimeout = 0": "timeout 0 is too short",
    "project-id = 1\nbatch-bytes = '0 KB'": "batch-bytes '0 KB' is no size",
    "project-id = 1\nbatch-bytes = -5": "batch-bytes -5 is no size",
    "project-id = 1\nbatch-size = 'many'": "batch-size 'many' is no number",
    "project-id = 1\nrate-share = 2": "rate-share 2 is no share",
    "project-id = 1\nexit-zero = 'maybe'": "exit-zero 'maybe' is neither true nor false",
    "project-id = 1\napi-key = 'x'": "must not be in a file that others read",
    "project-id = 12345678901234567890": "line 4: project-id 12345678901234567890 is out of range",
    "project-id = '12345678901234567890'": "is out of range",
    "project-id = 1\nrun-id = 12345678901234567890": "no service has ids of more than 18 digits",
    "project-id = 1\nproject_id = 2": "line 5: project_id is said already, as project-id",
    "project-id = 1\nurl = 5": "line 5: url 5 is no text",
    "project-id = 1\nurl = '5'": "line 5: url: '5' is no address",
    "project-id = 1\nurl = 'http://example.com'": "line 5: url: http:// would send the token",
    "project-id = 1\nurl = 'https://u:p@example.com'": "line 5: url: the address must not hold",
    "project-id = 1\nurl = 'https://a.example/?token=abcdefgh'": "line 5: url: the address must not",
    "project-id = 1\nbudget = 5": "line 5: budget 5 is no text",
    "project-id = 1\njournal = 5": "line 5: journal 5 is no text",
    "name = 'N'": "there is no project",
    "project-id = 1\ntag = [\n'a',\n1.5]": "line 7: tag 1.5 is no text",
    "project-id = 1\nrate = ['1/s',\n'fast']": "line 6: rate 'fast' is no rate",
    "project-id = 1\nlink = ['a=b',\n'c']": "line 6: link 'c' is not K=V",
    "project-id = 1\n[targets.t.field]\na = 1\nb = [1]": "line 7: field [1] is no text",
    "project-id = 1\nexclude-status = ['passed',\n'skiped']": "line 6: exclude-status 'skiped' is",
}
TESTRAIL = {
    "project = 1": "",
    'project = "1"': "",
    "project = 1\nmilestone-id = 7": "",
    "project = 1\nmilestone-id = 7.5": "line 5: milestone-id 7.5 is no text",
    "project = 1\nplan-id = 3\nconfig-ids = [2, 6]": "",
    "project = 1\nplan-id = 3\nconfig-ids = '2,6'": "",
    "project = 1\nplan-id = 3\nconfig-ids = 2": "",
    "project = 1\nplan-id = 3\nconfig-ids = [0]": "config-ids 0 is no id",
    "project = 1\nconfig-ids = [2]": "--config-ids needs --plan-id",
    "project = 1\nmatch = 'nonsense'": "line 5: match 'nonsense' is not known",
    "project = 1\nmatch = 'nmae'": "did you mean name?",
    "project = 1\nmatch = 3": "match 3 is not known",
    "project = 1\nbogus = 1": "unknown key 'bogus'",
    "project = 1\nproject-id = 1": "unknown key 'project-id'",
    "project = 1\nresult-field = 'version=1.2'": "",
    "project = 1\nresult-field = ['version=1.2', 'defects=c']": "",
    "project = 1\nresult-field = { version = '1.2' }": "",
    "project = 1\nresult-field = 'version'": "result-field 'version' is not K=V",
    "project = 1\nresult-field = 'case_id=3'": "--result-field cannot set 'case_id'",
    "project = 1\nstatus = 'failed=4'": "",
    "project = 1\nstatus = { failed = 4 }": "",
    "project = 1\nstatus = 'faild=4'": "did you mean failed?",
    "project = 1\ncreate-missing = true": "",
    "project = 1\ncreate-missing = 'yes'": "",
    "project = 1\ncreate-missing = 5": "create-missing 5 is neither true nor false",
    "project = 1\nmatch = 'id'\ncreate-missing = true": "does not go with --match id",
    "project = 1\nattachments-root = 'nowhere'": "attachments-root 'nowhere' is no folder",
    "title = 'T'": "use --project, TESTFERRY_PROJECT or project in the target's table",
    "project = ''": "there is no project",
    "project = 1\ncreate_missing = true\ncreate-missing = false": "line 6: create-missing is said",
    "project = 1\nmilestone-id = '12345678901234567890'": "no service has ids of more than 18 digits",
    "project = 1\nstatus = { faild = 4 }": "did you mean failed?",
    "project = 1\n[targets.t.status]\npassed = 1\nfaild = 4": "line 7: status has no 'faild'",
    "project = 1\nplan-id = 3\nconfig-ids = [2,\n1.5]": "line 7: config-ids 1.5 is no text",
    "project = 1\nmatch = 'id'\n[targets.other]\nbogus = 1": "",
}
URL = "url = 'https://a.example'\n"
RULE = "status = 400\nkind = 'x'\naction = 'reject'\n"
HTTP = {
    "url = 'https://a.example'\ndialect = 'nestsj'": "line 5: there is no dialect 'nestsj'",
    "url = 'https://a.example'\ndialect = 5": "line 5: dialect 5 is no text",
    "url = 'https://a.example'\n[targets.t.batch]\npth = 'x'": "line 6: batch has an unknown key",
    "url = 'https://a.example'\nbatch = { path = 5 }": "line 5: batch path 5 is no text",
    "url = 'https://a.example'\ndialect = 'x'\n[dialects.x]\nbogus = 1": "line 7: dialects.x: unkn",
    "url = 'https://a.example'\n[targets.t.send]\nbogus = 1": "line 6: send: unknown key 'bogus'",
    "url = 'https://a.example'\nsend = { requst = 'POST /x' }": "did you mean request?",
    "url = 'https://a.example'\nanswer = { wrong = '/x' }": "line 5: answer: unknown key 'wrong'",
    "url = 'https://a.example'\n[targets.t.status]\npassd = 'x'": "line 6: status: unknown key",
    "url = 'https://a.example'\n[targets.t.item]\na = '{nme}'": "line 6: item.a: {nme}: there is",
    f"{URL}[targets.t.auth]\nbearr = true": "line 6: auth: unknown key 'bearr'",
    f"{URL}[targets.t.auth]\nbearer = false": "line 6: auth.bearer: False is not true",
    f"{URL}[targets.t.auth]\nheader = 'A: {{token}}'\nbearer = true": "line 5: auth: header, bearer",
    f"{URL}[targets.t.item]\na = 1\nb = ['{{name}}',\n'{{nme}}']": "line 8: item.b[1]: {nme}: there",
    f"{URL}[targets.t.item]\n'a.b' = '{{nme}}'": "line 6: item.a.b: {nme}: there is no field",
    f"{URL}[targets.t.item]\na = 1\n'{{nme}}' = 1": "line 7: item.{nme}: {nme}: there is no field",
    f"{URL}[targets.t.send]\nheaders = {{ X-Token = 'c' }}": "line 6: send.headers.X-Token: a secret",
    f"{URL}[targets.t.send.headers]\nA = 'b'\nX-Y = 1.5": "line 7: send.headers.X-Y: 1.5 is no text",
    f"{URL}[[targets.t.open]]\n[[targets.t.open]]\nrequest = 'GET /'": "line 7: open[1].request: 'GET",
    f"{URL}open = [{{}},\n{{ jsn = 1 }}]": "line 6: open[1]: unknown key 'jsn'",
    f"{URL}[targets.t.answer]\nalready = ['a',\n'((']": "line 7: answer.already[1]: '((' is no regu",
    f"{URL}dialect = 'x'\n[dialects.x]\nextends = 'nestjz'": "line 7: there is no dialect 'nestjz'",
    f"{URL}dialect = 'x'\n[dialects.x]\nwindows = [{{ limit = 1, per = 1 }},\n{{ limit = 0 }}]": (
        "line 8: dialects.x.windows[1].limit: 0 is out of range"
    ),
    f"{URL}dialect = 'x'\n[dialects.x]\nextends = 'y'\n[[dialects.y.rules]]\n{RULE}[[dialects.y.rules]]\n{RULE}act = 1": (
        "line 16: dialects.y.rules[1]: unknown key 'act'"
    ),
    "dialect = 'nestjs'": "use --url, TESTFERRY_URL or url in the target's table",
}
SANDBOX = {
    "bogus = 1": "line 4: [targets.t] has an unknown key 'bogus'",
    "url = 'https://example.com'": "unknown key 'url'",
    "fault = 'wat'": "line 4: no fault: 'wat'",
    "fault = ['append: 500 once',\n'wat']": "line 5: no fault: 'wat'",
    "fault = 5": "line 4: fault 5 is no text",
    "latency = 'slow'": "line 4: latency 'slow' is no duration",
}
CASES = [
    *(("testmo", text, said) for text, said in TESTMO.items()),
    *(("testrail", text, said) for text, said in TESTRAIL.items()),
    *(("http", text, said) for text, said in HTTP.items()),
    *(("sandbox", text, said) for text, said in SANDBOX.items()),
]
ASKED = (
    ("upload", "t", "--dry-run", "r.xml"),
    ("run", "create", "t"),
    ("doctor", "t"),
    ("config", "show", "t"),
)


@pytest.fixture
def both(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell whose sandbox is Testmo and TestRail."""
    monkeypatch.setenv("TESTRAIL_URL", shell.sandbox.url)
    monkeypatch.setenv("TESTRAIL_USER", "me@example.com")
    monkeypatch.setenv("TESTRAIL_KEY", TOKEN)
    return shell


@pytest.mark.parametrize(("kind", "text", "said"), CASES)
def test_every_command_says_the_same_of_a_table(
    both: Shell, tmp_path: Path, kind: str, text: str, said: str
) -> None:
    (tmp_path / "c.toml").write_text(f"\n[targets.t]\ntype = '{kind}'\n{text}\n")
    for words in ASKED:
        before = both.sandbox.requests
        code = both(*words, "--config", "c.toml")
        if said:
            assert (code, both.sandbox.requests) == (2, before), (words, both.err)
            assert said in both.err, words
        else:
            assert code not in (2, 70), (words, both.err)
            assert "unknown key" not in both.err


@pytest.mark.parametrize("text", ["", "tag = 'x'", "fault = 'append: 500 once'"])
def test_a_table_of_the_sandbox_that_is_right(shell: Shell, tmp_path: Path, text: str) -> None:
    (tmp_path / "c.toml").write_text(f"[targets.t]\ntype = 'sandbox'\n{text}\n")
    for words in (("upload", "t", "r.xml", "--settle", "1s"), ("run", "create", "t")):
        assert shell(*words, "--config", "c.toml") == 0, shell.err
    assert shell("config", "show", "t", "--config", "c.toml") == 0
    assert shell("doctor", "t", "--config", "c.toml") == 2
    assert "there is nothing to examine for 't'" in shell.err


def test_a_table_without_runs_says_so_once_it_is_right(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[targets.t]\ntype = 'http'\nurl = 'https://a.example'\n")
    assert shell("run", "create", "t", "--config", "c.toml") == 2
    assert "c.toml, line 1: open: this table makes no run with an id" in shell.err
    table = "[targets.t]\ntype = 'http'\nurl = 'https://a.example'\n[targets.t.open]\nrequest = 'POST /'"
    (tmp_path / "c.toml").write_text(table)
    for words in (("upload", "t", "r.xml"), ("run", "complete", "t"), ("doctor", "t")):
        assert shell(*words, "--run-id", "7", "--config", "c.toml") == 2
        assert "c.toml, line 4: open: this table makes no run with an id" in shell.err
    (tmp_path / "c.toml").write_text(f"{table}\nkeep = {{ id = '/id' }}")
    assert shell("run", "complete", "t", "--run-id", "7", "--config", "c.toml") == 2
    assert "c.toml, line 1: close: this table closes no run" in shell.err
    assert shell("run", "complete", "t", "--config", "c.toml") == 2
    assert not shell.sandbox.requests


@pytest.mark.parametrize(
    "words",
    [
        ("--config", "c.toml", "upload", "t", "r.xml"),
        ("upload", "--config", "c.toml", "t", "r.xml"),
        ("upload", "--config=c.toml", "t", "r.xml"),
        ("upload", "t", "--config", "c.toml", "r.xml"),
        ("--config", "c.toml", "run", "create", "t"),
        ("run", "--config", "c.toml", "create", "t"),
        ("--config", "c.toml", "doctor", "t"),
    ],
)
def test_the_configuration_is_named_before_or_behind_the_command(
    shell: Shell, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "c.toml").write_text("[targets.t]\ntype = 'testmo'\nproject-id = 1\n")
    assert shell(*words) == 0, shell.err


@pytest.mark.parametrize(
    ("word", "said"),
    [("nonsense", "there is no status 'nonsense'"), ("untested", "'untested' means untested")],
)
def test_a_status_that_only_the_service_can_know_is_refused_alike(
    both: Shell, word: str, said: str
) -> None:
    """What is wrong is the command, so it is 2; and nothing of it is left behind."""
    section(both.sandbox, ["c.a", "c.b"])
    options = ("testrail", "--project", "1", "--status", f"failed={word}")
    assert both("upload", *options, "r.xml") == 2
    assert said in both.err
    assert "use --status with one of: Passed (1)" in both.err
    assert both("uploads") == 0
    assert "no uploads" in both.out
    assert both("doctor", *options) == 2
    assert said in both.out


def test_a_run_that_the_table_names_is_not_made_anew(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[targets.t]\ntype = 'testmo'\nproject-id = 1\nrun-id = 7\n")
    assert shell("run", "create", "t", "--config", "c.toml") == 2
    assert "c.toml, line 4: run-id names a run" in shell.err
    assert not shell.sandbox.requests


def test_what_a_target_does_not_take_is_refused_and_not_dropped(shell: Shell) -> None:
    assert shell("doctor", "testmo", "--project-id", "1", "--suite", "S") == 2
    assert "--suite is no option of testmo" in shell.err
    assert shell("run", "create", "testmo", "--project-id", "1", "--plan-id", "3") == 2
    assert "--plan-id is no option of testmo" in shell.err


def test_resume_reads_the_table_of_the_upload(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = "[targets.t]\ntype = 'testmo'\nproject-id = 1\n"
    (tmp_path / "testferry.toml").write_text(table)
    monkeypatch.setattr("testferry.engine.actions.PATIENCE", 1.0)
    monkeypatch.setenv("TESTMO_URL", "http://127.0.0.1:9")  # nobody is there
    assert shell("upload", "t", "r.xml") == 75
    (tmp_path / "testferry.toml").write_text(f"{table}width = 'wide'\n")
    assert shell("resume") == 2
    assert "testferry.toml, line 4: width 'wide' is no number" in shell.err
    (tmp_path / "testferry.toml").write_text(table)
    assert shell("resume") == 75
