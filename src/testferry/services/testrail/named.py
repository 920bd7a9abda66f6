"""What people call by name, as the ids that TestRail wants: milestones, plans, configurations, the
users that failed tests are assigned to; and the run of a plan that is there already.

Digits are ids, and the service itself says whether there is such a one. A list is read only for a
name, and a name of two places is told with both ids.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from testferry.engine.verdict import Refused
from testferry.errors import UsageProblem
from testferry.services.http_json import objects
from testferry.services.testrail import read
from testferry.services.testrail.read import Reading, Stopped, get
from testferry.text import whole_number

_PROJECT = "check --project"
_PLAN = "check --plan-id and --url"
Entity = Mapping[str, Any]


def milestone(
    project: int,
    wanted: str,
) -> Reading:
    """The milestone's id, also of one that stands within another."""
    if (number := whole_number(wanted)) is not None:
        return number
    listed = yield from read.listed(f"get_milestones/{project}", "milestones", _PROJECT)
    entries = list(_with_inner(listed))
    found = read.by_id_or_name(entries, wanted, "milestone", "--milestone-id")
    return read.id_of(found, "milestone")


def _with_inner(milestones: Iterable[object]) -> Iterator[Entity]:
    for entry in objects(milestones):
        yield entry
        yield from objects(entry.get("milestones"))


def plan(
    project: int,
    wanted: str,
) -> Reading:
    """The plan with its entries; a name is looked for among the plans that are open."""
    number = wanted
    if whole_number(wanted) is None:
        call = f"get_plans/{project}"
        listed = yield from read.listed(call, "plans", _PROJECT, is_completed=0)
        found = read.by_id_or_name(listed, wanted, "open plan", "--plan-id")
        number = str(read.id_of(found, "plan"))
    document = yield from read.one(get(f"get_plan/{number}"), f"plan {number}", _PLAN)
    if document.get("is_completed"):
        words = f"plan {number} is closed: TestRail takes no results for it any more"
        raise Stopped(Refused(words, hint="use an open plan", closed=True))
    return {**document, "id": int(number)}


def configurations(
    project: int,
    wanted: Iterable[int | str],
) -> Reading:
    """The ids of configurations; where groups share a name, ``Group/Name`` tells which."""
    chosen = list(wanted)
    if all(isinstance(each, int) for each in chosen):
        return chosen
    groups = yield from read.read(get(f"get_configs/{project}"), _PROJECT)
    entries = []
    for group in objects(groups):
        for entry in objects(group.get("configs")):
            called = f"{group.get('name')}/{entry.get('name')}"
            entries.append({"id": entry.get("id"), "name": entry.get("name"), "called": called})
    return [_configuration(entries, each) for each in chosen]


def _configuration(
    entries: list[dict[str, object]],
    wanted: int | str,
) -> int:
    if isinstance(wanted, int):
        return wanted
    for entry in entries:
        if entry["called"] == wanted:
            return read.id_of(entry, "configuration")
    found = read.by_id_or_name(entries, wanted, "configuration", "--config-ids")
    return read.id_of(found, "configuration")


def users(wanted: Iterable[str]) -> Reading:
    """The ids of users by their e-mail addresses. Raises Stopped for whom TestRail does not know,
    before anything is sent.
    """
    found = []
    for each in wanted:
        if (number := whole_number(each)) is not None:
            found.append(number)
            continue
        reply = yield get("get_user_by_email", email=each)
        document = reply.json()
        if isinstance(document, Mapping):
            number = read.id_or_none(document.get("id"))
        if reply.accepted and number is not None:
            found.append(number)
        elif reply.status in (400, 403, 404):
            raise Stopped(_no_user(each, f"{reply.status}: {reply.message}"))
        else:
            read.opened(reply)
            raise Stopped(_no_user(each, "its answer names no user"))
    return found


def _no_user(
    email: str,
    words: str,
) -> Refused:
    return Refused(
        f"TestRail does not tell who {email} is: {words}",
        exit_code=UsageProblem.exit_code,
        hint="use --assign-failed with addresses of its users, or with their ids",
    )


def _ids(listed: object) -> frozenset[str]:
    """Ids, whatever the service says they are."""
    if not isinstance(listed, list | tuple):
        return frozenset()
    return frozenset(map(str, listed))


def is_of_suite(
    run: Entity,
    suite: int | None,
) -> bool:
    """Whether a run is of the suite, if both say one: an upload to several suites makes a run for
    each.
    """
    said = (run.get("suite_id"), suite)
    return None in said or said[0] == said[1]


def has_configurations(
    run: Entity,
    config_ids: Collection[int],
) -> bool:
    """Whether these are the run's configurations in its plan, in any order."""
    return _ids(run.get("config_ids")) == _ids(config_ids)


def run_there(
    document: Entity,
    title: str,
    suite: int | None,
    config_ids: Collection[int],
) -> str:
    """The open run of the plan's entry of this name, suite and configurations; empty if there is
    none. Of several the latest.
    """
    found = ""
    for entry in objects(document.get("entries")):
        if entry.get("name") != title:
            continue
        for run in objects(entry.get("runs")):
            is_ours = is_of_suite(run, suite) and has_configurations(run, config_ids)
            is_open = not run.get("is_completed") and read.is_id(run.get("id"))
            if is_ours and is_open:
                found = str(run["id"])
    return found
