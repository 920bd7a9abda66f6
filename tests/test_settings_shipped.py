"""A target stands on a shipped table by its name, or on any other that it extends."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from testferry.errors import UsageProblem
from testferry.settings.files import File, Source
from testferry.settings.shipped import is_known, with_tables


def file(**targets: Mapping[str, object]) -> File:
    return File(Source.PROJECT, "testferry.toml", "", (), {}, targets, {})


def origins(files: tuple[File, ...], name: str) -> list[str]:
    return [found.path for found in with_tables(files, name)]


def test_a_shipped_table_counts_after_the_users_own() -> None:
    own = file(qase={"url": "https://x"})
    assert origins((own,), "qase") == ["testferry.toml", "testferry's own table qase"]
    assert origins((), "qase") == ["testferry's own table qase"]
    assert origins((own,), "other") == ["testferry.toml"]
    found = with_tables((), "qase")[0]
    assert found.place("targets", "qase", "url").endswith(", line 12")


def test_a_table_that_says_its_type_is_a_whole_one() -> None:
    own = file(qase={"type": "http", "url": "https://x"})
    assert origins((own,), "qase") == ["testferry.toml"]


def test_a_table_extends_another_that_extends_a_third() -> None:
    own = file(a={"extends": "b"}, b={"extends": "splunk"})
    found = with_tables((own,), "a")
    assert [each.path for each in found] == [
        "testferry.toml",
        "testferry.toml",
        "testferry's own table splunk",
    ]
    assert all("a" in each.targets for each in found[1:])
    assert "splunk" in found[-1].dialects
    assert is_known((own,), "a")
    assert not is_known((own,), "c")


def test_a_shipped_name_may_extend_itself() -> None:
    own = file(qase={"extends": "qase", "url": "https://x"})
    assert origins((own,), "qase") == ["testferry.toml", "testferry's own table qase"]


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ({"a": {"extends": "b"}, "b": {"extends": "a"}}, "a extends b extends a"),
        ({"a": {"extends": "a"}}, "a extends a"),
        ({"a": {"extends": "qsae"}}, "no target 'qsae' to extend"),
        ({"a": {"extends": 3}}, "is no name of a target"),
    ],
)
def test_what_cannot_be_extended(targets: dict[str, Mapping[str, object]], said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        with_tables((file(**targets),), "a")
