"""The fields that an instance's administrator added to results and to cases: which there are, which
must be filled, and what they take. Pure but for two readings.

Facts (TestRail documentation, "Case fields", "Result fields"): a field has a ``system_name``, a
``type_id``, and configurations, each for all projects or for some; items of a dropdown are lines
``1, First``; a field stands in all templates or in those of ``template_ids``. What the service does
not list is not judged here: it says itself what it does not take.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from testferry.engine.step import Request
from testferry.engine.verdict import Refused
from testferry.errors import UsageProblem
from testferry.services.http_json import objects
from testferry.services.testrail.item import typed
from testferry.services.testrail.match import AUTOMATION_FIELDS, STRING_LIMIT
from testferry.services.testrail.read import Reading, Stopped, get, read
from testferry.suggest import nearest
from testferry.text import whole_number

_STRING, _INTEGER, _CHECKBOX, _DROPDOWN, _MULTI_SELECT = 1, 2, 5, 6, 12
_STEP_RESULTS = 11
_CUSTOM = "custom_"
STEPS = "custom_step_results"
_TRUE = ("true", "yes", "1", "on")
_FALSE = ("false", "no", "0", "off")
_MOST_NAMED = 20
# Fields of TestRail itself (documentation, "Results", "Cases").
OF_RESULTS = frozenset(
    {"comment", "version", "elapsed", "defects", "assignedto_id", "attachment_ids"}
)
OF_CASES = frozenset({
    "template_id",
    "type_id",
    "priority_id",
    "estimate",
    "milestone_id",
    "refs",
    "labels",
    "display_order",
    "assigned_to_id",
    "case_assignedto_id",
    "status_id",
    "case_status_id",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One field, as a project has it."""

    name: str
    kind: int = _STRING
    label: str = ""
    # what a dropdown takes: ids to words
    items: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    # a value that nobody has to say
    has_default: bool = False
    # the templates that it stands in; none: all
    templates: frozenset[int] = frozenset()

    @property
    def allowed(self) -> str:
        """What it takes, for people; empty for any text."""
        if self.kind in (_DROPDOWN, _MULTI_SELECT):
            said = [f"{number} ({word})" for number, word in self.items.items()]
            more = ", …" if len(said) > _MOST_NAMED else ""
            return "one of: " + ", ".join(said[:_MOST_NAMED]) + more
        if self.kind == _INTEGER:
            return "a whole number"
        if self.kind == _CHECKBOX:
            return "true or false"
        return ""


Fields = Mapping[str, Field]


def of_results(project: int) -> Reading:
    """The fields of results in a project by their names; None if the service does not tell."""
    return (yield from _listed(get("get_result_fields"), project))


def of_cases(project: int) -> Reading:
    """The same of cases."""
    return (yield from _listed(get("get_case_fields"), project))


def _listed(
    request: Request,
    project: int,
) -> Reading:
    reply = yield request
    document = reply.json()
    if not isinstance(document, list):
        if reply.accepted or 400 <= reply.status < 429:  # it does not tell, or not this user
            return None
        raise Stopped(reply.verdict)
    # A list without any may be of a user who is not shown them: nothing is refused for it.
    return fields_of(document, project) or None


def _kind(said: object) -> int:
    return said if isinstance(said, int) else _STRING


def fields_of(
    every: object,
    project: int,
) -> dict[str, Field]:
    """The active fields of a project, as a list of the service has them."""
    found = {}
    for entry in objects(every):
        options = options_in(entry, project)
        name = str(entry.get("system_name", ""))
        if not name.startswith(_CUSTOM) or options is None:
            continue
        templates: frozenset[int] = frozenset()
        listed = entry.get("template_ids")
        if entry.get("include_all") is False and isinstance(listed, list):
            templates = frozenset(each for each in listed if isinstance(each, int))
        found[name] = Field(
            name=name,
            kind=_kind(entry.get("type_id")),
            label=str(entry.get("label") or name),
            items=_items(options.get("items")),
            required=options.get("is_required") is True,
            has_default=bool(options.get("default_value")),
            templates=templates,
        )
    return found


def automation_field(project: int) -> Reading:
    """The names of the fields that hold automation ids in this project, with commas; empty where
    there is none.
    """
    listed = yield from read(get("get_case_fields"), "the user may not read case fields")
    return automation_among(fields_of(listed, project))


def automation_among(known: Fields) -> str:
    """The same of fields that were read already."""
    return ",".join(name for name in AUTOMATION_FIELDS if name in known)


def options_in(
    entry: Mapping[str, Any],
    project: int,
) -> Mapping[str, Any] | None:
    """A field's options in a project; None if it is not one of the project's."""
    if entry.get("is_active") is False:
        return None
    configs = objects(entry.get("configs"))
    contexts = 0
    for config in configs:
        context = config.get("context")
        if not isinstance(context, Mapping):
            continue
        contexts += 1
        projects = context.get("project_ids")
        if context.get("is_global") or (isinstance(projects, list) and project in projects):
            options = config.get("options")
            return options if isinstance(options, Mapping) else {}
    if contexts:
        return None
    return {}


def _items(text: object) -> dict[str, str]:
    """``1, First`` on each line."""
    found = {}
    for line in str(text or "").splitlines():
        number, comma, word = line.partition(",")
        if comma and number.strip():
            found[number.strip()] = word.strip()
    return found


def checked(
    said: Mapping[str, str],
    known: Fields | None,
    own: Iterable[str],
    option: str,
) -> dict[str, object]:
    """What the user said of fields, as the service takes it. Raises Stopped for a field that there
    is not, or a value that it does not take.

    A custom field that is not listed is sent all the same, for what this user is shown may not be
    all: the service has the word.
    """
    if known is None:
        return {name: typed(value) for name, value in said.items()}
    found: dict[str, object] = {}
    for name, value in said.items():
        if name in known:
            found[name] = _value(known[name], value, option)
        elif name.startswith(_CUSTOM) or name in own:
            found[name] = typed(value)
        else:
            words = f"{option}: the project has no field {name!r}"
            guess = _guess(name, [*known, *own])
            raise Stopped(Refused(words, exit_code=UsageProblem.exit_code, hint=guess))
    return found


def check_template(
    said: Iterable[str],
    known: Fields | None,
    template: int,
) -> None:
    """Hold the fields of new cases against their template. Raises Stopped for one that it lacks."""
    for name in said:
        about = (known or {}).get(name)
        if about is not None and about.templates and template not in about.templates:
            there = ", ".join(map(str, sorted(about.templates)))
            words = f"--case-field {name}: template {template} has no such field"
            hint = f"it stands in templates {there}: --case-field template_id=N"
            raise Stopped(Refused(words, exit_code=UsageProblem.exit_code, hint=hint))


def unlisted(
    said: Iterable[str],
    known: Fields | None,
    option: str,
) -> list[str]:
    """What a person should know of custom fields that the service does not list."""
    if known is None:
        return []
    found = []
    for name in said:
        if name.startswith(_CUSTOM) and name not in known:
            found.append(f"{option}: no field {name!r} is listed ({_guess(name, known)})")
    return found


def _guess(name: str, every: Collection[str]) -> str:
    """The field that may be meant; else all that there are."""
    if f"{_CUSTOM}{name}" in every:
        return f"did you mean {_CUSTOM}{name}?"
    return nearest(name, every) or f"there are: {', '.join(sorted(every))}"


def _value(
    about: Field,
    value: str,
    option: str,
) -> object:
    """A value of the field. Raises Stopped."""
    text = value.strip()
    if about.kind == _CHECKBOX and text.lower() in (*_TRUE, *_FALSE):
        return text.lower() in _TRUE
    if about.kind == _DROPDOWN and about.items and (number := _item(about, text)):
        return number
    if about.kind == _MULTI_SELECT and about.items:
        words = [word.strip(" \t'\"") for word in text.strip("[]").split(",")]
        numbers = [_item(about, word) for word in words if word]
        if numbers and all(numbers):
            return [whole_number(number) or number for number in numbers]
    if _fits(about, text):
        return typed(value)
    problem = f"{option} {about.name}: {text[:60]!r} is not {about.allowed}"
    if about.kind == _STRING:
        problem = f"{option} {about.name}: {len(value)} characters; it holds {STRING_LIMIT}"
    hint = f"use {option} {about.name}=VALUE with {about.allowed or 'a shorter one'}"
    raise Stopped(Refused(problem, exit_code=UsageProblem.exit_code, hint=hint))


def _fits(
    about: Field,
    text: str,
) -> bool:
    """Whether a text is fine as it is, for a field that no id or word is looked up for."""
    if about.kind == _STRING:
        return len(text) <= STRING_LIMIT
    if about.kind == _INTEGER:
        return whole_number(text.removeprefix("-")) is not None
    if about.kind in (_DROPDOWN, _MULTI_SELECT):
        return not about.items
    return about.kind != _CHECKBOX


def _item(
    about: Field,
    word: str,
) -> str:
    """The id of a dropdown's item by its id or its word; empty if there is none."""
    if word in about.items:
        return word
    for number, called in about.items.items():
        if called.lower() == word.lower():
            return number
    return ""


def missing(
    known: Fields | None,
    said: Iterable[str],
    template: int | None = None,
) -> list[Field]:
    """The fields that must be filled, and that nobody said. One that has a default, and one of some
    templates where the template is not known, are for the service to judge.
    """
    found = []
    given = frozenset(said)
    for about in (known or {}).values():
        stands = not about.templates or template in about.templates
        judged = about.kind not in (_CHECKBOX, _STEP_RESULTS) and not about.has_default
        if about.required and stands and judged and about.name not in given:
            found.append(about)
    return found


def required(
    lacking: Iterable[Field],
    option: str,
) -> str:
    """What has to be said, with what it may be."""
    return ": ".join(problem_and_cure(lacking, option))


def problem_and_cure(
    lacking: Iterable[Field],
    option: str,
) -> tuple[str, str]:
    """The same in two: that fields are required, and what to type for them."""
    names, cures = [], []
    for about in lacking:
        names.append(about.name)
        allowed = f" ({about.allowed})" if about.allowed else ""
        cures.append(f"{option} {about.name}=VALUE{allowed}")
    verb = "is" if len(names) == 1 else "are"
    return f"{' and '.join(names)} {verb} required", f"use {', '.join(cures)}"
