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
from testferry.errors import UsageProblem
from testferry.services.http_json import LARGEST_LIST, MOST_IN_A_PAGE, encode, objects
from testferry.services.testrail.match import Case, Cases
from testferry.text import whole_number

PAGE = 250
UNTESTED = 3  # the status of a test without a result
MOST_ENTRIES = 2_000_000  # of a list
_LARGEST = 2**63 - 1
API = "index.php?/api/v2/"
CLOCKS_DIFFER = 2  # seconds within which "changed since" is asked again

Reading = Generator[Request, Reply, Any]


class Stopped(Exception):
    """Reading cannot go on; ``verdict`` says why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


def get(call: str, **query: object) -> Request:
    """``GET index.php?/api/v2/get_cases/1&suite_id=2``: the path is in the query string already."""
    said = [f"&{key}={quote(str(value), safe='')}" for key, value in query.items()]
    return Request("GET", API + call + "".join(said))


def post(
    call: str,
    body: Mapping[str, object] | bytes,
) -> Request:
    """A writing call."""
    if not isinstance(body, bytes):
        body = encode(body)
    return Request("POST", API + call, body=body)


def read(
    request: Request,
    hint: str = "",
) -> Reading:
    """One document. Raises Stopped with the service's words."""
    reply = yield request
    return opened(reply, hint)


def opened(reply: Reply, hint: str = "") -> object:
    """The document of an answer. Raises Stopped with the service's words."""
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


def one(request: Request, what: str, hint: str = "") -> Reading:
    """One entity. Raises Stopped, also if the answer is none."""
    found = yield from read(request, hint)
    if not isinstance(found, Mapping):
        raise Stopped(InDoubt(f"the service's answer about {what} is not the documented one"))
    return found


def mode_of(project: Mapping[str, object]) -> int:
    """How a project keeps its suites: 1 one, 2 one with baselines, 3 several."""
    mode = project.get("suite_mode")
    for known in (2, 3):
        if mode == known:
            return known
    return 1


def _final(reply: Reply, hint: str) -> Verdict:
    """A reading call that is refused ends the upload: the address, the project or the permission is
    wrong.
    """
    if reply.status in (400, 403, 404) and hint:
        return Refused(f"{reply.status}: {reply.message}", hint=hint)
    return reply.verdict


def listed(call: str, entity: str, hint: str = "", **query: Any) -> Reading:
    """Every entry of a paged list."""
    found: list[object] = []
    size = 0
    while True:
        reply = yield _asked(call, entity, len(found), **query)
        size += len(reply.body)
        if size > LARGEST_LIST:
            raise Stopped(_endless(call, len(found), entity))
        page, last = _entries_of(reply, call, entity, hint)
        found += page
        if last:
            return found


def page_of(
    call: str, entity: str, offset: int, hint: str = "", *, limit: int = PAGE, **query: object
) -> Reading:
    """One page from an offset, and whether it is the last; no list goes on for ever."""
    reply = yield _asked(call, entity, offset, limit=limit, **query)
    return _entries_of(reply, call, entity, hint)


def _asked(call: str, entity: str, offset: int, *, limit: int = PAGE, **query: object) -> Request:
    if offset > MOST_ENTRIES:
        raise Stopped(_endless(call, offset, entity))
    return get(call, **query, limit=limit, offset=offset)


def _endless(call: str, read_so_far: int, entity: str) -> InDoubt:
    return InDoubt(f"the service's answers to {call} do not end: {read_so_far:,} {entity}")


def _entries_of(
    reply: Reply,
    call: str,
    entity: str,
    hint: str,
) -> tuple[list[object], bool]:
    document = opened(reply, hint)
    if isinstance(document, list):  # before 6.7 there are no pages
        return document, True
    entries = None
    links = None
    if isinstance(document, Mapping):
        entries = document.get(entity)
        links = document.get("_links")
    if not isinstance(entries, list) or len(entries) > MOST_IN_A_PAGE:
        raise Stopped(InDoubt(f"the service's answer to {call} holds no {entity}"))
    more = None
    if isinstance(links, Mapping):
        more = links.get("next")
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
    # ids to names, if there are several and none was named; and which of them a case is in
    suites: dict[int | None, str] = field(default_factory=dict)
    suite_of: dict[int, int] = field(default_factory=dict)
    # titles of labels, in small letters, to ids, if tests may name some
    labels: dict[str, int] = field(default_factory=dict)

    def section_names(self) -> dict[int, str]:
        """Id to name."""
        return {number: name for number, (name, _) in self.sections.items()}


def by_id_or_name(
    entries: list[Any],
    wanted: str,
    what: str,
    option: str,
) -> Mapping[str, object]:
    """An entry by its id or its name. Raises Stopped."""
    known = objects(entries)
    named = []
    for entry in known:
        if wanted.isdigit() and str(entry.get("id")) == wanted:
            return entry
        if str(entry.get("name", "")).strip() == wanted.strip():
            named.append(entry)
    if len(named) == 1:
        return named[0]
    problem = f"there is no {what}"
    if named:
        known = named
        problem = f"several {what}s are called"
    hint = ""
    if known:
        hint = f"use {option} with one of: {_names(known)}"
    raise Stopped(Refused(f"{problem} {wanted!r}", hint=hint))


def _names(entries: list[Mapping[str, object]]) -> str:
    """The first twenty with their ids, for people."""
    words = [f"{entry.get('name')} ({entry.get('id')})" for entry in entries[:20]]
    return ", ".join(words)


def is_id(value: object) -> bool:
    """Whether a value can be an id, or a time: services answer odd things."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST


def id_or_none(value: object) -> int | None:
    """A value that can be an id."""
    if isinstance(value, int) and is_id(value):
        return value
    return None


def id_of(entry: Mapping[str, object], what: str) -> int:
    """The id of an entry without which nothing can be sent. Raises Stopped."""
    number = id_or_none(entry.get("id"))
    if number is None:
        raise Stopped(InDoubt(f"the service names no id of the {what}"))
    return number


def project(wanted: str) -> Reading:
    """The project, by id in one request, by name from the list."""
    hint = "check --project; testferry doctor testrail looks at everything that is needed"
    if wanted.isdigit():
        return (yield from one(get(f"get_project/{wanted}"), "the project", hint))
    projects = yield from listed("get_projects", "projects", hint)
    return by_id_or_name(projects, wanted, "project", "--project")


def suites(
    number: int,
    mode: int,
    wanted: str,
) -> Reading:
    """The suites that are meant, ids to names: the one that is named, else all that there are; a
    project with a single suite needs no id.
    """
    number_wanted = whole_number(wanted)
    if number_wanted is not None:
        return {number_wanted: ""}
    if mode == 1 and not wanted:
        return {None: ""}
    suites = yield from listed(f"get_suites/{number}", "suites", "check --project")
    if wanted:
        return {id_of(by_id_or_name(suites, wanted, "suite", "--suite"), "suite"): ""}
    known = objects(suites)
    masters = []
    for entry in known:
        if entry.get("is_master") or len(suites) == 1:
            masters.append(entry)
    if len(masters) == 1:
        known = masters
    return {id_of(entry, "suite"): str(entry.get("name", "")) for entry in known}


def one_of(several: Mapping[int, str]) -> Stopped:
    """The refusal where one suite has to be named."""
    names = ", ".join(f"{name} ({number})" for number, name in several.items())
    hint = f"use --suite with one of: {names}"
    return Stopped(Refused("the project has several suites", hint=hint))


def statuses(wanted: Mapping[str, str]) -> Reading:
    """``--status`` as ids; names and ids that the service does not have are refused."""
    listed = yield from read(get("get_statuses"), "check --status")
    known = {}
    for entry in objects(listed):
        if is_id(entry.get("id")):
            known[str(entry["id"])] = entry
    if not known:
        raise Stopped(InDoubt("the service's answer to get_statuses holds no status"))
    names = {}
    for number, entry in known.items():
        names[str(entry.get("name", "")).lower()] = number
        names[str(entry.get("label", "")).lower()] = number
    found: dict[str, int] = {}
    for status, word in wanted.items():
        number = names.get(word.lower(), "")
        if word in known:
            number = word
        if not number:
            raise Stopped(_no_status(f"there is no status {word!r} for {status} tests", known))
        if known[number].get("is_untested") is True:
            problem = f"the status {word!r} means untested, which TestRail refuses for a result"
            raise Stopped(_no_status(problem, known))
        found[status] = int(number)
    return found


def _no_status(words: str, known: Mapping[str, Mapping[str, object]]) -> Refused:
    """The refusal of a word of ``--status``: only the service knows which there are, but what is
    wrong is the command.
    """
    said = []
    for number, entry in known.items():
        if entry.get("is_untested") is not True:
            name = entry.get("label") or entry.get("name")
            said.append(f"{name} ({number})")
    hint = f"use --status with one of: {', '.join(said)}"
    return Refused(words, exit_code=UsageProblem.exit_code, hint=hint)


def _of_suite(suite_id: int | None) -> dict[str, Any]:
    """The part of a query that names the suite."""
    if suite_id is None:
        return {}
    return {"suite_id": suite_id}


def section_list(
    number: int,
    suite_id: int | None,
) -> Reading:
    """Id to name and parent."""
    entries = yield from listed(f"get_sections/{number}", "sections", "", **_of_suite(suite_id))
    sections = {}
    for entry in objects(entries):
        name = str(entry.get("name", ""))
        sections[id_of(entry, "section")] = (name, id_or_none(entry.get("parent_id")))
    return sections


def case_of(
    case: object,
    word: str,
) -> Case | None:
    """What is kept of a case; None if it is none."""
    if not isinstance(case, Mapping) or not is_id(case.get("id")):
        return None
    said = ""
    for name in word.split(","):
        if case.get(name):
            said = str(case[name])
            break
    return Case(case["id"], said, id_or_none(case.get("section_id")) or 0)


def cases(number: int, suite_id: int | None, word: str, **more: object) -> Reading:
    """Every case of the suite, and the time of the latest change among them. ``word`` is the field
    that is kept.
    """
    call = f"get_cases/{number}"
    hint = "check --project and --suite"
    query = {**_of_suite(suite_id), **more}
    found: list[Case] = []
    read_so_far = 0
    changed = 0
    while True:
        page, last = yield from page_of(call, "cases", read_so_far, hint, **query)
        read_so_far += len(page)
        for case in objects(page):
            kept = case_of(case, word)
            if kept is not None:
                found.append(kept)
            changed = max(changed, id_or_none(case.get("updated_on")) or 0)
        if last:
            return found, changed


def refreshed(
    number: int,
    suite_id: int | None,
    word: str,
    known: Mapping[str, Any],
) -> Reading:
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
    since = known["changed"] - CLOCKS_DIFFER
    fresh, changed = yield from cases(number, suite_id, word, updated_after=since)
    for case in fresh:
        kept[case.id] = case
    query = _of_suite(suite_id)
    call = f"get_cases/{number}"
    tail, last = yield from page_of(call, "cases", len(kept) - 1, limit=2, **query)
    if len(tail) != 1 or not last:
        return None
    return list(kept.values()), max(changed, known["changed"])
