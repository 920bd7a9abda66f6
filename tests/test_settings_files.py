"""Configuration files: what they may say, and what a wrong one names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from shells import Shell
from testferry.errors import JournalProblem, UsageProblem
from testferry.journal import Store
from testferry.settings.files import (
    Source,
    early_config,
    find,
    journal_folder,
    lies_in_passing,
    volume_folder,
)


def test_a_target_of_the_configuration(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TESTMO_URL")
    (tmp_path / "testferry.toml").write_text(
        f'batch-size = 1\n[targets.nightly]\ntype = "testmo"\nurl = "{shell.sandbox.url}/api/v1"\nproject-id = 3\nname = "From file"\n'
    )
    assert shell("upload", "nightly", "r.xml", "-vv") == 0
    assert shell.err.count("/append → ") == 2
    assert shell.sandbox.testmo.run(101)["name"] == "From file"
    assert shell.sandbox.testmo.run(101)["project_id"] == 3
    assert shell("upload", "nightly", "r.xml", "--again", "--name", "From option") == 0
    assert shell.sandbox.testmo.run(102)["name"] == "From option"
    monkeypatch.setenv("TESTFERRY_NAME", "From environment")
    assert shell("upload", "nightly", "r.xml", "--again") == 0
    assert shell.sandbox.testmo.run(103)["name"] == "From environment"
    assert shell("doctor", "nightly") == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[targets.x]\ntype = "fax"', "has no type that testferry knows"),
        ("targets = 5", "must be tables"),
        (
            '[targets.x]\ntype = "http"\nurl = "http://127.0.0.1:1"\ncolour = "red"',
            "unknown key 'colour'",
        ),
        (
            '[targets.x]\ntype = "http"\nurl = "http://127.0.0.1:1"\nbatch = { most = 1 }',
            "unknown key 'most'",
        ),
        (
            '[targets.x]\ntype = "http"\nurl = "http://127.0.0.1:1"\nbatch = 5',
            "batch must be a table",
        ),
        (
            '[targets.x]\ntype = "http"\nurl = "http://127.0.0.1:1"\ndialect = "klingon"',
            "there is no dialect 'klingon'",
        ),
        ('[targets.x]\ntype = "http"', "there is no address"),
        ("[tool]\n", "there is no target 'x'"),
    ],
)
def test_configuration_that_is_wrong_names_the_key(
    shell: Shell, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "testferry.toml").write_text(text)
    assert shell("upload", "x", "r.xml") == 2
    assert said in shell.err


def test_the_configuration_of_pyproject_and_of_the_user(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.testferry]\nname = "Project"\n')
    (tmp_path / "home" / "testferry").mkdir(parents=True, exist_ok=True)
    (tmp_path / "home" / "testferry" / "config.toml").write_text('name = "User"\nsource = "user"\n')
    assert shell.upload("r.xml") == 0
    assert (shell.sandbox.testmo.run(101)["name"], shell.sandbox.testmo.run(101)["source"]) == (
        "User",
        "user",
    ), "a project's file is somebody else's word"
    assert shell.upload("r.xml", "--again", "--config=pyproject.toml") == 0
    assert shell.upload("r.xml", "--again", "--config", "pyproject.toml") == 0
    (tmp_path / "pyproject.toml").write_text("[tool]\ntestferry = 5\n")
    assert shell.upload("r.xml") == 2


def test_the_files_in_their_order(tmp_path: Path) -> None:
    assert find(None) == ()
    (tmp_path / "testferry.toml").write_text("width = 1")
    user = tmp_path / "home" / "testferry" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text("width = 2")
    (tmp_path / "c.toml").write_text("width = 3")
    assert [file.source for file in find(None)] == [Source.USER, Source.PROJECT]
    named = find("c.toml")
    assert [file.source for file in named] == [Source.CONFIG, Source.USER, Source.PROJECT]
    assert named[0].path == "c.toml"


def test_a_project_file_that_the_user_names_himself_is_read_once_and_is_his_word(
    tmp_path: Path,
) -> None:
    (tmp_path / "testferry.toml").write_text("width = 1")
    (file,) = find(str(tmp_path / "testferry.toml"))
    assert file.source is Source.CONFIG
    (tmp_path / "linked.toml").symlink_to(tmp_path / "testferry.toml")
    assert [file.source for file in find("linked.toml")] == [Source.CONFIG]


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="it reads numbers of any length")
def test_a_number_of_thousands_of_digits_is_no_defect(tmp_path: Path) -> None:
    (tmp_path / "testferry.toml").write_text(f"width = {'9' * 5000}")
    with pytest.raises(UsageProblem, match="is not valid TOML"):
        find(None)


@pytest.mark.parametrize(
    "text",
    [
        "\0" * 1_000_001,
        f"[a{'.a' * 30_000}]",
        f"{'a . ' * 30_000}a = 1",
        f"{chr(34)}a{chr(34)}{'.a' * 30_000} = 1",
    ],
)
def test_a_file_that_would_take_hours_is_not_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "testferry.toml").write_text(text)
    with pytest.raises(UsageProblem, match="too large, or too deep"):
        find(None)


def test_a_pyproject_that_does_not_name_testferry_is_nothing_to_us(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[a{'.a' * 30_000}]")
    assert find(None) == ()
    (tmp_path / "pyproject.toml").write_text("[tool.testferry]\nname = 'x'\n" + "#" * 1_000_001)
    with pytest.raises(UsageProblem, match="too large"):
        find(None)


def test_the_nearest_projects_file_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.testferry]\nwidth = 1\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\nwidth = 2\n")
    monkeypatch.chdir(inner)
    (file,) = find(None)
    assert file.place("width") == f"{tmp_path / 'pyproject.toml'}, line 2"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--config", "a", "upload"], "a"),
        (["upload", "x", "--config=b"], "b"),
        (["--config", "a", "upload", "--config", "b"], "b"),
        (["upload", "--", "make", "--config", "c"], None),
        (["upload", "--config"], None),
        ([], None),
    ],
)
def test_config_is_found_wherever_it_stands(words: list[str], found: str | None) -> None:
    assert early_config(words) == found


def test_config_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTFERRY_CONFIG", "e")
    assert early_config(["upload"]) == "e"
    assert early_config(["upload", "--config", "a"]) == "a"


@pytest.mark.parametrize("key", ["token", "testrail-key-password", "api_key", "my-secret"])
def test_a_secret_in_a_file_is_refused(tmp_path: Path, key: str) -> None:
    for above in ("", "[targets.x]\ntype = 'testmo'\n"):
        (tmp_path / "testferry.toml").write_text(f"{above}{key} = 'x'\n")
        with pytest.raises(UsageProblem, match="must not be in a file that others read"):
            find(None)


def test_a_project_redefines_no_shipped_dialect(shell: Shell, tmp_path: Path) -> None:
    table = "rules = [{ status = '5xx', action = 'accept', kind = 'x' }]\n"
    for name in ("testmo", "generic"):
        (tmp_path / "testferry.toml").write_text(f"[dialects.{name}]\n{table}")
        before = shell.sandbox.requests
        assert shell.upload("r.xml") == 2
        assert f"cannot redefine the dialect '{name}'" in shell.err
        assert shell.sandbox.requests == before
    assert shell.upload("r.xml", "--config", "testferry.toml") in (0, 2)


def test_without_a_home_there_is_no_users_file_and_journals_are_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*_: object) -> str:
        raise RuntimeError("Could not determine home directory")

    monkeypatch.setattr("platformdirs.user_state_path", nobody)
    monkeypatch.setattr("platformdirs.user_config_path", nobody)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert find(None) == ()
    folder = journal_folder()
    assert folder.parent == tmp_path
    assert lies_in_passing()
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with pytest.raises(JournalProblem, match="written by others"):
        Store(journal_folder()).prepare()


def test_a_volume_that_everybody_may_write_has_a_private_folder_where_there_is_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    volume.chmod(0o777)
    assert volume_folder(str(volume)) == volume, "with a home it is refused, with the cure"

    def nobody(*_: object) -> str:
        raise RuntimeError("Could not determine home directory")

    monkeypatch.setattr("platformdirs.user_state_path", nobody)
    private = volume_folder(str(volume))
    assert private.parent == volume
    Store(private).prepare()
    assert volume_folder(str(tmp_path / "none")) == tmp_path / "none"
    volume.chmod(0o755)
    assert volume_folder(str(volume)) == volume


def test_where_home_cannot_be_written_it_is_told_once(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "r.xml"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert shell.upload("r.xml") == 0
    assert shell.err.count("may not last") == 1
    assert str(tmp_path / "testferry-") in shell.err
    assert shell.upload("r.xml", "--journal", "j", "--again") == 0
    assert "may not last" not in shell.err
