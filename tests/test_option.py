"""An option is said once, on the field of a record."""

from __future__ import annotations

from dataclasses import dataclass

from testferry.option import (
    Form,
    default_of,
    flag_of,
    key_of,
    option,
    options_of,
    variable_of,
    ways_to_say,
)


@dataclass(frozen=True, slots=True)
class _Base:
    plain: str = option("A plain one.", default="x")
    many: dict[str, str] = option("Many.", Form.PAIRS, factory=dict)


@dataclass(frozen=True, slots=True)
class _More(_Base):
    spelled_twice: bool = option(
        "Spelled twice.", Form.FLAG, flags=("-s", "--spelled", "--spelt"), default=False
    )
    of_no_kind: int = 3


def test_a_record_gives_its_options_in_order_and_those_of_the_record_that_it_extends() -> None:
    assert list(options_of(_More)) == ["plain", "many", "spelled_twice"]
    assert options_of(_More)["many"].form is Form.PAIRS


def test_a_record_without_arguments_has_the_defaults() -> None:
    assert _More() == _More("x", {}, spelled_twice=False)
    assert default_of(_More, "plain") == "x"
    assert default_of(_More, "many") == {}


def test_flag_variable_and_key_follow_from_the_name() -> None:
    known = options_of(_More)
    assert flag_of("plain", known["plain"]) == "--plain"
    assert flag_of("spelled_twice", known["spelled_twice"]) == "--spelled"
    assert variable_of("spelled_twice", known["spelled_twice"]) == "TESTFERRY_SPELLED"
    assert key_of("spelled_twice") == "spelled-twice"


@dataclass(frozen=True, slots=True)
class _Hidden:
    of_table: str = option("", default="", on_line=False, in_environment=False)


def test_what_is_missing_names_every_way_to_say_it() -> None:
    table = "in the target's table of testferry.toml"
    assert ways_to_say(_Base, "plain") == f"use --plain, TESTFERRY_PLAIN or plain {table}"
    said = ways_to_say(_Base, "plain", "", "OTHER")
    assert said == f"use --plain, OTHER, TESTFERRY_PLAIN or plain {table}"
    assert ways_to_say(_Hidden, "of_table") == f"use of-table {table}"
