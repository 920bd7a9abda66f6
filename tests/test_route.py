"""From a destination to a route: its target, dialect, address and credentials."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from testferry.errors import UsageProblem
from testferry.route import Destination, dialect_of, route_to
from testferry.services import service_of
from testferry.settings.files import Source
from testferry.settings.options import Whereto
from testferry.settings.read import Origin

RAIL = Destination(
    "t", service_of("testrail"), {"project": "1"}, Whereto("https://a.testrail.io", "me@x.example")
)
MO = Destination("t", service_of("testmo"), {"project_id": 1}, Whereto("https://a.testmo.net"))


def test_a_route_holds_the_credentials_and_shows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTRAIL_KEY", "canary-5f3a")
    route = route_to(RAIL)
    pair = base64.b64encode(b"me@x.example:canary-5f3a").decode()
    assert route.headers == {"Authorization": f"Basic {pair}"}
    assert route.user == "me@x.example"
    assert (route.url, route.dialect.name) == ("https://a.testrail.io", "testrail")
    assert "canary" not in repr(route)
    assert pair not in repr(route)


def test_a_rehearsal_needs_no_token_unless_the_plan_is_made_from_what_the_service_has() -> None:
    assert route_to(MO, rehearsed=True).headers == {}
    with pytest.raises(UsageProblem, match="there is no token"):
        route_to(MO)
    with pytest.raises(UsageProblem, match="there is no token"):
        route_to(RAIL, rehearsed=True)


def test_the_embedded_service_has_a_public_token_and_its_own_name_for_an_address() -> None:
    route = route_to(Destination("s", service_of("sandbox"), {}))
    assert (route.url, route.secret.reveal()) == ("sandbox", "sandbox-token")


def test_the_dialect_is_the_services_unless_the_target_was_told_another() -> None:
    http = service_of("http")
    assert dialect_of(Destination("t", http, {})).name == "nestjs"
    assert dialect_of(Destination("t", http, {"dialect": "simutest"})).name == "simutest"
    own = {"ours": {"extends": "nestjs"}}
    assert dialect_of(Destination("t", http, {"dialect": "ours"}, dialects=own)).name == "ours"


def test_what_is_kept_goes_nowhere_that_only_a_checkout_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`resume` sends it with the token, by a seal that is this user's own, and asks nobody again."""
    monkeypatch.delenv("CI", raising=False)
    theirs = replace(MO, origin=Origin(Source.PROJECT))
    with pytest.raises(UsageProblem, match="named by the project's file alone"):
        route_to(theirs, spooled=True)
    assert route_to(MO, spooled=True).headers == {}
    open_to_all = {"auth": {"none": True}}
    bare = Destination("t", service_of("http"), open_to_all, MO.whereto, Origin(Source.PROJECT))
    assert route_to(bare, spooled=True).headers == {}, "no token is sent there at all"
