"""What must be known before results can be sent, read with as few requests as there are.

Pages are built from our own address by offset, never by following ``_links`` as given; a bare array
is a server before 6.7, which knows no pages. Texts of errors are the service's own. A cache of the
suite's cases is believed only when two requests say that nothing was added, changed or removed
since.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from testferry.engine.step import Reply, Request
from testferry.engine.verdict import InDoubt, Refused, Verdict
from testferry.services.http_json import encode
from testferry.services.testrail.match import AUTOMATION_FIELDS, Case, Cases

PAGE = 250
API = "index.php?/api/v2/"
CLOCKS_DIFFER = 2  # seconds within which "changed since" is asked again

Reading = Generator[Request, Reply, Any]


class Stopped(Exception):
    """Reading cannot go on; ``verdict`` says why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


def get(call: str, **query: Any) -> Request:
    """``GET index.php?/api/v2/get_cases/1&suite_id=2``: the path is in the query string already."""
    return Request(
        "GET",
        API
        + call
        + "".join(f"&{key}={quote(str(value), safe='')}" for key, value in query.items()),
    )


def post(call: str, body: Mapping[str, Any] | bytes) -> Request:
    """A writing call."""
    return Request("POST", API + call, body=body if isinstance(body, bytes) else encode(body))


def read(request: Request, hint: str = "") -> Reading:
    """One document. Raises Stopped with the service's words."""
    reply = yield request
    if not reply.accepted:
        raise Stopped(_final(reply, hint))
    document = reply.json()
    if document is None:
        raise Stopped(
            InDoubt(
                "the service answered something that is not JSON: is this the address of "
                "TestRail's API?"
            )
        )
    return document


def _final(reply: Reply, hint: str) -> Verdict:
    """A reading call that is refused ends the upload: the address, the project or the permission is
    wrong.
    """
    if reply.status in (400, 403, 404) and hint:
        return Refused(f"{reply.status}: {reply.message}", hint=hint)
    return reply.verdict


def listed(call: str, entity: str, hint: str = "", **query: Any) -> Reading:
    """Every entry of a paged list."""
    found: list[Any] = []
    while True:
        page, last = yield from page_of(call, entity, len(found), hint, **query)
        found += page
        if last:
            return found


def page_of(
    call: str, entity: str, offset: int, hint: str = "", *, limit: int = PAGE, **query: Any
) -> Reading:
    """One page from an offset, and whether it is the last."""
    document = yield from read(get(call, **query, limit=limit, offset=offset), hint)
    if isinstance(document, list):  # before 6.7 there are no pages
        return document, True
    entries = document.get(entity) if isinstance(document, Mapping) else None
    if not isinstance(entries, list):
        raise Stopped(InDoubt(f"the service's answer to {call} holds no {entity}"))
    links = document.get("_links")
    more = links.get("next") if isinstance(links, Mapping) else None
    return entries, not entries or more is None


@dataclass(slots=True)
class Catalogue:
    """What was read: the project, the suite, its sections and cases."""

    project: int = 0
    suite: int | None = None
    mode: int = 1
    automation_field: str = ""
    sections: dict[int, tuple[str, int | None]] = field(default_factory=dict)  # id -> name, parent
    cases: Cases = field(default_factory=lambda: Cases("auto"))
    statuses: dict[str, int] = field(default_factory=dict)

    def section_names(self) -> dict[int, str]:
        """Id to name."""
        return {number: name for number, (name, _) in self.sections.items()}


def one_of(entries: list[Any], wanted: str, what: str, option: str) -> Mapping[str, Any]:
    """An entry by its id or its name. Raises Stopped."""
    known = [one for one in entries if isinstance(one, Mapping)]
    for one in known:
        if wanted.isdigit() and str(one.get("id")) == wanted:
            return one
    named = [one for one in known if str(one.get("name", "")).strip() == wanted.strip()]
    if len(named) == 1:
        return named[0]
    listed = ", ".join(f"{one.get('name')} ({one.get('id')})" for one in known[:20])
    problem = f"several {what}s are called" if named else f"there is no {what}"
    raise Stopped(
        Refused(
            f"{problem} {wanted!r}", hint=f"use {option} with one of: {listed}" if listed else ""
        )
    )


def project(wanted: str) -> Reading:
    """The project, by id in one request, by name from the list."""
    hint = "check --project; testferry doctor testrail looks at everything that is needed"
    if wanted.isdigit():
        found = yield from read(get(f"get_project/{wanted}"), hint)
        return found if isinstance(found, Mapping) else {}
    return one_of(
        (yield from listed("get_projects", "projects", hint)), wanted, "project", "--project"
    )


def suite(number: int, mode: int, wanted: str) -> Reading:
    """The suite's id; a project with a single suite needs none."""
    if wanted.isdigit():
        return int(wanted)
    if mode == 1 and not wanted:
        return None
    suites = yield from listed(f"get_suites/{number}", "suites", "check --project")
    if wanted:
        return int(one_of(suites, wanted, "suite", "--suite")["id"])
    masters = [
        one
        for one in suites
        if isinstance(one, Mapping) and (one.get("is_master") or len(suites) == 1)
    ]
    if len(masters) == 1:
        return int(masters[0]["id"])
    names = ", ".join(
        f"{one.get('name')} ({one.get('id')})" for one in suites[:20] if isinstance(one, Mapping)
    )
    raise Stopped(
        Refused("the project has several suites", hint=f"use --suite with one of: {names}")
    )


def automation_field(number: int) -> Reading:
    """The names of the fields that hold automation ids in this project, with commas; empty where
    there is none.
    """
    fields = yield from read(get("get_case_fields"), "the user may not read case fields")
    found: set[str] = set()
    for one in fields if isinstance(fields, list) else ():
        if (
            isinstance(one, Mapping)
            and one.get("system_name") in AUTOMATION_FIELDS
            and one.get("is_active") is not False
        ):
            configs = one.get("configs")
            contexts = (
                [context for entry in configs if (context := entry.get("context"))]
                if isinstance(configs, list)
                else []
            )
            if not contexts or any(
                here.get("is_global") or number in (here.get("project_ids") or ())
                for here in contexts
            ):
                found.add(str(one["system_name"]))
    return ",".join(name for name in AUTOMATION_FIELDS if name in found)


def statuses(wanted: Mapping[str, str]) -> Reading:
    """``--status`` as ids; names and ids that the service does not have are refused."""
    listed = yield from read(get("get_statuses"), "check --status")
    known = (
        {str(one["id"]): one for one in listed if isinstance(one, Mapping) and "id" in one}
        if isinstance(listed, list)
        else {}
    )
    names = {
        str(one.get(key, "")).lower(): number
        for number, one in known.items()
        for key in ("name", "label")
    }
    found: dict[str, int] = {}
    for status, word in wanted.items():
        number = word if word in known else names.get(word.lower(), "")
        if not number:
            said = ", ".join(
                f"{one.get('label') or one.get('name')} ({number})" for number, one in known.items()
            )
            raise Stopped(
                Refused(
                    f"there is no status {word!r} for {status} tests",
                    hint=f"use --status with one of: {said}",
                )
            )
        if known[number].get("is_untested"):
            raise Stopped(
                Refused(
                    f"the status {word!r} means untested, which TestRail refuses for a result",
                    hint="--status",
                )
            )
        found[status] = int(number)
    return found


def section_list(number: int, suite_id: int | None) -> Reading:
    """Id to name and parent."""
    query: dict[str, Any] = {} if suite_id is None else {"suite_id": suite_id}
    entries = yield from listed(f"get_sections/{number}", "sections", "", **query)
    return {
        int(one["id"]): (str(one.get("name", "")), one.get("parent_id"))
        for one in entries
        if isinstance(one, Mapping)
    }


def case_of(one: Any, word: str) -> Case | None:
    """What is kept of a case."""
    if not isinstance(one, Mapping) or not isinstance(one.get("id"), int):
        return None
    said = next((str(one[name]) for name in word.split(",") if one.get(name)), "") if word else ""
    return Case(one["id"], said, one.get("section_id") or 0)


def cases(number: int, suite_id: int | None, word: str, **more: object) -> Reading:
    """Every case of the suite, and the time of the latest change among them. ``word`` is the field
    that is kept.
    """
    query: dict[str, Any] = {**({} if suite_id is None else {"suite_id": suite_id}), **more}
    found: list[Case] = []
    read_so_far, changed = 0, 0
    while True:
        page, last = yield from page_of(
            f"get_cases/{number}", "cases", read_so_far, "check --project and --suite", **query
        )
        read_so_far += len(page)
        found += [kept for one in page if (kept := case_of(one, word))]
        changed = max(
            [changed, *(one.get("updated_on") or 0 for one in page if isinstance(one, Mapping))]
        )
        if last:
            return found, changed


def refreshed(number: int, suite_id: int | None, word: str, known: Mapping[str, Any]) -> Reading:
    """The cached cases with what changed since, None where something was removed: everything is
    read anew then.

    Two requests: what was changed since the latest change that we know of, and the page on which
    the last case must stand.
    """
    try:
        kept = {row[0]: Case(*row) for row in known.get("cases", ())}
    except (TypeError, IndexError):  # not what we wrote
        return None
    if not kept or not isinstance(known.get("changed"), int):
        return None
    fresh, changed = yield from cases(
        number, suite_id, word, updated_after=known["changed"] - CLOCKS_DIFFER
    )
    kept |= {one.id: one for one in fresh}
    query: dict[str, Any] = {} if suite_id is None else {"suite_id": suite_id}
    tail, last = yield from page_of(
        f"get_cases/{number}", "cases", len(kept) - 1, "", limit=2, **query
    )
    if len(tail) != 1 or not last:
        return None
    return list(kept.values()), max(changed, known["changed"])


def is_id(value: object) -> bool:
    """Whether a value can be an id: services answer odd things."""
    return isinstance(value, int) and not isinstance(value, bool)
