"""The emulators are those that the services name, once each."""

from __future__ import annotations

from testferry.services import services
from testferry.services.emulators import Emulators, emulated, operations


def test_one_emulator_of_each_service() -> None:
    made = Emulators(":memory:", lambda: 0.0)
    named = {service.emulator for service in services() if service.emulator}
    assert len(made.emulators) == len(named)
    assert made.emulators == {"testmo": made.testmo, "testrail": made.testrail}


def test_no_request_has_two_owners_and_what_is_nobodys_is_refused_by_the_first() -> None:
    made = Emulators(":memory:", lambda: 0.0)
    for target, owner in (
        ("/index.php?/api/v2/get_run/1", made.testrail),
        ("/api/v1/automation/runs/1", made.testmo),
    ):
        assert [each for each in made.emulators.values() if each.owns(target)] == [owner]
        assert made.owner(target) is owner
    assert made.owner("/whatever") is made.testmo
    assert made.testmo.handle("GET", "/whatever").status == 404


def test_what_faults_can_strike() -> None:
    named = operations()
    assert {"append", "section"} <= set(named)
    assert len(named) == len(set(named))
    assert [service.name for service in emulated()] == ["testmo", "testrail"]
