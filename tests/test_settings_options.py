"""Every option, whatever takes it: its words, its variable, its place in the README's rules."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass

import pytest

from testferry.cli import cli
from testferry.option import Form, options_of, variable_of
from testferry.reports import READERS
from testferry.services import services
from testferry.settings.declare import Takes, declare
from testferry.settings.options import COMMON, FORMATS, Files, records_of_upload

RECORDS = [*COMMON, *(service.options for service in services())]


@pytest.mark.parametrize(
    "record", RECORDS, ids=lambda record: f"{record.__module__}.{record.__name__}"
)
def test_every_option_has_words_and_a_frozen_field(record: type) -> None:
    assert is_dataclass(record)
    assert len(options_of(record)) == len(fields(record))
    assert record() == record()
    with pytest.raises(AttributeError):
        setattr(record(), fields(record)[0].name, "x")
    for name, option in options_of(record).items():
        assert option.hidden or re.fullmatch(r"[A-Z>-].*[.…]", option.help), name
        assert bool(option.choices) is (option.form is Form.CHOICE) or option.form is Form.PAIRS


def test_help_names_the_variable_of_every_option_that_has_one() -> None:
    for service in services():
        records = records_of_upload(service.options, embedded=service.embedded)
        shown = {option.name: option.help or "" for option in declare("upload", Takes(records))}
        for record in records:
            for name, option in options_of(record).items():
                is_here = not option.only or "upload" in option.only
                if is_here and option.on_line and option.in_environment and not option.hidden:
                    assert variable_of(name, option) in shown[name]


def test_two_records_of_one_service_mean_the_same_by_one_name() -> None:
    for service in services():
        forms: dict[str, Form] = {}
        for record in records_of_upload(service.options, embedded=service.embedded):
            for name, option in options_of(record).items():
                assert forms.setdefault(name, option.form) is option.form


def test_the_group_declares_config_as_its_record_says() -> None:
    """By hand, because help must not load the records."""
    (recorded,) = declare("", Takes((Files,)))
    by_hand = next(param for param in cli.params if param.name == "config")
    assert by_hand.to_info_dict() == recorded.to_info_dict()


def test_the_formats_are_those_that_reports_are_read_in() -> None:
    assert ("auto", *READERS) == FORMATS
