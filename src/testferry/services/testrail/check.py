"""What ``doctor`` asks TestRail: the API, the key, the project, its suites, the automation field,
the statuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testferry.engine.step import Check, Checking, Reply
from testferry.services.checks import unmet
from testferry.services.testrail import fields, read
from testferry.services.testrail.ask import DEFAULT_STATUSES
from testferry.services.testrail.read import Reading, Stopped, get

if TYPE_CHECKING:
    from testferry.services.testrail.target import Testrail

_MODES = {1: "a single suite", 2: "a single suite with baselines", 3: "several suites"}
_KEY = (
    "check TESTRAIL_USER and TESTRAIL_KEY, and that the API is enabled "
    "(Administration > Site Settings > API)"
)
_API = "testrail api"
_PATH = "check --url: the API stands behind index.php?/api/v2"
_OUTAGES = 500  # a page with such a status is the web server's in front of a service that is down
_ADD_FIELD = (
    "add the field custom_automation_id (Administration > Customizations), "
    "or use --match id or --match name"
)


def examine(rail: Testrail) -> Checking:
    """One check after the other; the first that everything else needs ends it."""
    first = yield get("get_statuses")
    page = first.body.lstrip()[:1] == b"<"
    if not first.accepted or page:
        return [_no_api(first, page=page)]
    checks = [Check(_API, passed=True, message="is enabled, and the key is good")]
    for name, question in (("project", _project), ("automation field", _field)):
        try:
            checks.append((yield from question(rail)))
        except Stopped as stop:
            checks.append(unmet(name, stop.verdict, stop.verdict.reason))
            break
    checks.append((yield from _statuses(rail)))
    return checks


def _no_api(first: Reply, *, page: bool) -> Check:
    if page and first.status < _OUTAGES:
        return Check(
            _API,
            passed=False,
            message="answers a web page, not the API",
            cure=_PATH,
        )
    cure = _KEY
    if first.status in (0, 200, 404):
        cure = _PATH
    return unmet(_API, first.verdict, first.message, cure)


def _project(rail: Testrail) -> Reading:
    found = yield from read.project(rail.project)
    number = read.id_of(found, "project")
    mode = read.mode_of(found)
    rail.asked.catalogue.project = number
    suites = yield from read.suites(number, mode, rail.suite)
    told = f"{found.get('name')} with {_MODES.get(mode, 'suites')}"
    known = ", ".join(str(suite) for suite in suites if suite)
    if known:
        told += f", {'suite' if len(suites) == 1 else 'suites'} {known}"
    return Check(
        "project",
        not found.get("is_completed"),
        told,
        "it is completed: use another",
    )


def _field(rail: Testrail) -> Reading:
    name = yield from fields.automation_field(rail.asked.catalogue.project)
    passed = bool(name) or rail.match != "auto"
    return Check("automation field", passed, name or "there is none that is active", _ADD_FIELD)


def _statuses(rail: Testrail) -> Reading:
    try:
        wanted = yield from read.statuses({**DEFAULT_STATUSES, **rail.status})
    except Stopped as stop:
        return unmet("statuses", stop.verdict, stop.verdict.reason)
    told = ", ".join(f"{status} {number}" for status, number in wanted.items())
    return Check("statuses", passed=True, message=told)
