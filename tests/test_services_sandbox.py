"""The sandbox is Testmo at an address of our own: the same requests, a public token, no project."""

from __future__ import annotations

from testferry.services import service_of
from testferry.services.emulation import TOKEN
from testferry.services.sandbox import Options

SANDBOX = service_of("sandbox")


def test_it_makes_testmos_target_without_a_project() -> None:
    target = SANDBOX.make(SANDBOX.configured(Options(name="N")))
    assert type(target) is type(service_of("testmo").make({**target.describe()}))
    assert target.describe()["project_id"] == 1


def test_its_token_is_no_secret() -> None:
    assert SANDBOX.secret.public == TOKEN
    assert SANDBOX.embedded


def test_how_it_misbehaves_is_no_part_of_what_is_uploaded() -> None:
    made = SANDBOX.configured(Options(fault=("append: 500 once",), latency=3.0))
    assert "fault" not in made
    assert "latency" not in made
