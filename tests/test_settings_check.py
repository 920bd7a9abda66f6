"""What files must not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from testferry.errors import UsageProblem
from testferry.settings.check import check_files, check_keys, unknown_key
from testferry.settings.files import File, find


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
