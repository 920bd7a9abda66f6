"""What files must not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from testferry.errors import UsageProblem
from testferry.option import options_of
from testferry.services import service_of
from testferry.settings.check import check_asking, check_files, check_keys, unknown_key
from testferry.settings.files import File, find
from testferry.settings.shipped import with_tables


def files(text: str) -> tuple[File, ...]:
    Path("c.toml").write_text(text)
    return find("c.toml")


def test_no_file_nothing_to_look_at() -> None:
    check_files(())


def test_an_unknown_key_names_what_is_known_and_the_nearest_first() -> None:
    with pytest.raises(UsageProblem, match=r"c.toml, line 2: unknown key 'widht'") as problem:
        check_files(files("quiet = true\nwidht = 3\n"))
    assert problem.value.hint.startswith("did you mean width? known are again, allow-empty,")
    check_keys(files("[targets.t]\ntype = 'x'\nwidth = 3\n"), "t", {"width"})
    with pytest.raises(UsageProblem, match=r"line 2: .targets.t. has an unknown key 'bogus'"):
        check_keys(files("[targets.t]\nbogus = 3\n"), "t", {"width"})
    assert unknown_key("words", "zzz", ["a_b"]).hint.startswith("known are a-b; secrets are")


@pytest.mark.parametrize("above", ["", "[targets.t]\n"])
@pytest.mark.parametrize("values", [(1, 2), (2, 2)])
def test_a_key_is_said_once_with_a_dash_or_without(above: str, values: tuple[int, int]) -> None:
    """Nobody knows which was meant, and only one would count."""
    first = 2 if above else 1
    text = f"{above}batch_size = {values[0]}\nbatch-size = {values[1]}\n"
    with pytest.raises(UsageProblem) as problem:
        check_files(files(text))
    assert problem.value.message == (
        f"c.toml, line {first + 1}: batch-size is said already, as batch_size: c.toml, line {first}"
    )


def test_a_projects_file_sets_what_is_safe_and_the_cure_works() -> None:
    Path("testferry.toml").write_text("proxy = 'http://127.0.0.1:1'\n")
    with pytest.raises(UsageProblem, match="line 1: 'proxy' is not for a project's file") as wrong:
        check_files(find(None))
    assert "--config testferry.toml" in wrong.value.hint
    check_files(find("testferry.toml"))


KNOWN_TARGETS = {
    "the user's own": ("sink", "[targets.sink]\ntype = 'http'\nurl = 'https://x.example'\n"),
    "a shipped one": ("qase", ""),
}
ASKING = (
    "close = { request = 'POST /members' }",
    "send = { request = 'POST /members' }",
    "answer = { ignore = ['/errors'] }",
    "auth = { query = 'q' }",
    "dialect = 'mine'",
    "idempotent = true",
    "type = 'http'",
    "extends = 'theirs'",
)


@pytest.mark.parametrize("said", ASKING)
@pytest.mark.parametrize(("target", "own"), KNOWN_TARGETS.values(), ids=KNOWN_TARGETS)
def test_what_is_asked_of_a_known_target_is_not_for_a_project_to_say(
    target: str, own: str, said: str, tmp_path: Path
) -> None:
    """It would be asked with the user's token, and believed for him."""
    user = tmp_path / "home" / "testferry" / "config.toml"
    user.parent.mkdir()
    user.write_text(own)
    options = options_of(service_of("http").options)
    Path("testferry.toml").write_text(f"[targets.{target}]\nstatus = {{ failed = 'no' }}\n{said}\n")
    if said.startswith("type"):
        # What the user says, too, does not count; and a whole table is another target.
        check_asking(find(None), target, options)
    else:
        with pytest.raises(UsageProblem, match=r"line 3: .* is not for a project's file") as wrong:
            check_asking(find(None), target, options)
        assert f'extends = "{target}"' in wrong.value.hint
        check_asking(find("testferry.toml"), target, options)
    Path("testferry.toml").write_text(f"[targets.{target}]\nstatus = {{ failed = 'no' }}\n")
    check_asking(find(None), target, options)
    Path("testferry.toml").write_text(f"[targets.theirs]\ntype = 'http'\n{ASKING[0]}\n")
    check_asking(find(None), "theirs", options)


def test_a_user_may_complete_what_a_project_describes(tmp_path: Path) -> None:
    """An address alone is no description: the project's own target stays its own."""
    user = tmp_path / "home" / "testferry" / "config.toml"
    user.parent.mkdir()
    user.write_text("[targets.theirs]\nurl = 'https://x.example'\n")
    Path("testferry.toml").write_text(f"[targets.theirs]\ntype = 'http'\n{ASKING[0]}\n")
    check_asking(find(None), "theirs", options_of(service_of("http").options))


BASES = {
    "a table of the user's own": "[targets.base]\ntype = 'http'\nurl = 'https://x.example'\n",
    "one that is shipped": "",
}


@pytest.mark.parametrize("own", BASES.values(), ids=BASES)
@pytest.mark.parametrize("said", [*ASKING, f"type = 'http'\n{ASKING[0]}"])
def test_nor_of_what_a_users_target_stands_on(own: str, said: str, tmp_path: Path) -> None:
    """`upload sink` is the user's own word; a checkout adds nothing to it from behind."""
    base = "base" if own else "qase"
    user = tmp_path / "home" / "testferry" / "config.toml"
    user.parent.mkdir()
    user.write_text(f"{own}[targets.sink]\nextends = '{base}'\n")
    Path("testferry.toml").write_text(f"[targets.{base}]\n{said}\n")
    options = options_of(service_of("http").options)
    harmless = said in ("type = 'http'", "extends = 'theirs'")
    if own and said == "type = 'http'":
        check_asking(with_tables(find(None), "sink"), "sink", options)  # it says the same
    elif not harmless:
        with pytest.raises(UsageProblem, match="is not for a project's file") as wrong:
            check_asking(with_tables(find(None), "sink"), "sink", options)
        assert f'extends = "{base}"' in wrong.value.hint
    Path("testferry.toml").write_text(f"[targets.{base}]\nstatus = {{ failed = 'no' }}\n")
    check_asking(with_tables(find(None), "sink"), "sink", options)
