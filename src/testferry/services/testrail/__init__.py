"""TestRail: results in bulk onto the cases of a run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from testferry.errors import UsageProblem
from testferry.option import Form, key_of, option, ways_to_say
from testferry.services.keyoptions import check_key, key_option, rerun_option
from testferry.services.service import Address, SecretNames, Service
from testferry.services.testrail.foreign import FOREIGN
from testferry.text import listed, whole_number

# What testferry sends itself is not for a field to say.
_OWN_RESULT_FIELDS = frozenset({"case_id", "test_id", "status_id"})
_OWN_CASE_FIELDS = frozenset({"title", "section_id"})


_RUN = ("run create",)
_DOCTOR = ("doctor",)


@dataclass(frozen=True, slots=True)
class Options:
    """What an upload to TestRail can be told.

    One record: each field is one option of one command.
    """

    project: str | None = option(
        "The project, by name or id.",
        Form.NAME,
        safe=True,
        shown_by=("run create", "doctor", "init"),
        often=True,
    )
    suite: str | None = option(
        "The suite, by name or id; else each result goes to its case's.",
        Form.NAME,
        safe=True,
        shown_by=("run create", "doctor", "init"),
        rare=True,
    )
    match: str = option(
        "By automation id (auto), id in the name, or title.",
        Form.CHOICE,
        choices=("auto", "id", "name"),
        default="auto",
        safe=True,
        shown_by=_DOCTOR,
    )
    create_missing: bool = option(
        "Make cases for tests without one; sections too, one request each.",
        Form.FLAG,
        default=False,
        safe=True,
        often=True,
    )
    allow_unmatched: bool = option(
        "A test without a case is named and counted, and is no error; the run may be closed.",
        Form.FLAG,
        default=False,
        safe=True,
        rare=True,
    )
    section: str | None = option(
        "The section, by name or id, in which they are made.",
        Form.NAME,
        safe=True,
        rare=True,
    )
    case_field: Mapping[str, str] = option(
        "A field of every case that is made; repeatable.",
        Form.PAIRS,
        many=True,
        factory=dict,
        safe=True,
        rare=True,
    )
    title: str | None = option(
        "The run's name.",
        Form.NAME,
        suggested="name",
        shown_default="from the CI system, else the folder",
        safe=True,
        shown_by=_RUN,
        often=True,
    )
    description: str | None = option(
        "The run's description.",
        Form.NAME,
        safe=True,
        shown_by=_RUN,
        rare=True,
    )
    refs: str | None = option(
        "The run's references: AUTH-1,AUTH-2.",
        safe=True,
        shown_by=_RUN,
        rare=True,
    )
    # The way back from the run to what was built; it stands in the description.
    build: Mapping[str, str] = option(
        "",
        Form.PAIRS,
        factory=dict,
        suggested="build",
        hidden=True,
        on_line=False,
        in_environment=False,
        in_files=False,
    )
    update_cases: tuple[str, ...] = option(
        "Cases get the references, the labels that their tests name, besides those they have.",
        Form.CHOICE,
        choices=("refs", "labels"),
        many=True,
        default=(),
        metavar="refs|labels",
        safe=True,
        rare=True,
    )
    include_all: bool = option(
        "The run has every case of the suite, also those that are made later.",
        Form.FLAG,
        default=False,
        safe=True,
        shown_by=_RUN,
        rare=True,
    )
    milestone_id: str | None = option(
        "The run's milestone, by id or name.",
        Form.WORD,
        safe=True,
        shown_by=_RUN,
        rare=True,
    )
    run_id: str | None = option(
        "Fill this run instead of creating one; its other cases stay in it.",
        Form.ID,
        safe=True,
        shown_by=("run complete",),
    )
    run_key: str = key_option()
    rerun: str = rerun_option()
    plan_id: str | None = option(
        "The run is one of this plan, by id or name: found by its title, else made.",
        Form.WORD,
        safe=True,
        shown_by=_RUN,
        rare=True,
    )
    config_ids: tuple[str, ...] = option(
        "The run's configurations in the plan, by ids or names: 2,6.",
        Form.NAME,
        many=True,
        default=(),
        metavar="ID,…",
        safe=True,
        shown_by=_RUN,
        rare=True,
    )
    close_run: bool = option(
        "Close the run when nothing is missing; it cannot be opened again.",
        Form.FLAG,
        default=False,
        safe=True,
    )
    assign_failed: tuple[str, ...] = option(
        "Failed tests go to these users in turn; e-mail addresses, or ids.",
        Form.NAME,
        many=True,
        default=(),
        metavar="EMAIL,…",
        safe=True,
        rare=True,
    )
    result_field: Mapping[str, str] = option(
        "A field of every result, version=1.2; repeatable.",
        Form.PAIRS,
        many=True,
        factory=dict,
        safe=True,
        rare=True,
    )
    status: Mapping[str, str] = option(
        "Statuses by id or name.",
        Form.PAIRS,
        choices=("passed", "failed", "error", "skipped"),
        factory=dict,
        metavar="K=V,…",
        shown_default="passed=1,failed=5,error=5,skipped=4",
        safe=True,
        shown_by=_DOCTOR,
        rare=True,
    )
    attachments_root: str | None = option(
        "Attachments may lie here too, not only below the report's folder or here.",
        Form.FOLDER,
        exists=True,
        rare=True,
    )
    # The option of reading by that name; TestRail merges the attempts of a test itself.
    attempts: str | None = option(
        "",
        Form.CHOICE,
        choices=("auto", "last", "worst", "all"),
        hidden=True,
        safe=True,
    )


def configured(options: Options) -> dict[str, object]:
    """What the target is made of. Raises UsageProblem for what cannot be meant together."""
    _check(options)
    return {
        "project": options.project or "",
        "suite": options.suite or "",
        "section": options.section or "",
        "title": options.title or "",
        "description": options.description or "",
        "refs": options.refs or "",
        "update_cases": list(options.update_cases),
        "build": dict(options.build),
        "run_id": options.run_id or "",
        "run_key": options.run_key,
        "rerun": options.rerun,
        "plan_id": _id("plan_id", options.plan_id, "R"),
        "config_ids": [_config(word) for word in _listed(options.config_ids)],
        "include_all": options.include_all,
        "milestone_id": _id("milestone_id", options.milestone_id, "M"),
        "match": options.match,
        "create_missing": options.create_missing,
        "allow_unmatched": options.allow_unmatched,
        "close_run": options.close_run,
        "assign_failed": _listed(options.assign_failed),
        "result_fields": dict(options.result_field),
        "case_fields": dict(options.case_field),
        "status": {status: word.strip() for status, word in options.status.items()},
        "attempts": options.attempts or "auto",
        "attachments_root": _absolute(options.attachments_root),
        "working_folder": _working(),
    }


_MOST_DIGITS = 18
_LONGEST_REFS = 250  # of a run
_ADDRESS = re.compile(r"https?://\S+/view/(\d+)(?:[&?#]\S*)?")


def _id(option: str, said: str | None, letter: str = "") -> str:
    """The digits of an id as TestRail shows it (``R12``, ``M5``, a pasted address); else a name."""
    text = (said or "").strip()
    digits = text.removeprefix(letter)
    if shown := _ADDRESS.fullmatch(text):
        digits = shown[1]
    if not (digits.isascii() and digits.isdigit()):
        return text
    if len(digits) > _MOST_DIGITS or not int(digits):
        words = f"{key_of(option)} {text[:60]} is no id: no service has ids of more than 18 digits"
        raise UsageProblem(words, "use the id as the service shows it: 17", (option,))
    return digits


def _config(word: str) -> int | str:
    found = _id("config_ids", word)
    number = whole_number(found)
    return found if number is None else number


def _listed(said: Iterable[str]) -> list[str]:
    """What stands between commas, of all that was said."""
    return [word for text in said for word in listed(text)]


def _check(options: Options) -> None:
    if not options.project and not options.run_id:
        raise UsageProblem("there is no project", ways_to_say(Options, "project"), ("project",))
    if options.run_id and _id("plan_id", options.plan_id, "R"):
        raise UsageProblem(
            "--run-id and --plan-id do not go together",
            "a run of a plan is filled by --run-id alone",
            ("plan_id",),
        )
    if options.create_missing and options.match == "id":
        raise UsageProblem(
            "--create-missing does not go with --match id",
            "a new case's id is in no test; use --match auto or name",
            ("create_missing",),
        )
    check_key(options.run_key, run_id=options.run_id or "")
    if options.run_key and options.close_run:
        raise UsageProblem(
            "--close-run does not go with --run-key",
            "other jobs may still fill the run; `testferry run complete` with the same --run-key "
            "closes it",
            ("close_run",),
        )
    _check_fields("result_field", options.result_field, _OWN_RESULT_FIELDS)
    _check_fields("case_field", options.case_field, _OWN_CASE_FIELDS)
    _check_run(options)


def _check_run(options: Options) -> None:
    """What goes together only with a run that is made, or in a plan."""
    for name, value in (
        ("description", options.description),
        ("milestone_id", options.milestone_id),
        ("refs", options.refs),
    ):
        if options.run_id and value:
            raise UsageProblem(
                f"--{key_of(name)} does not go with --run-id",
                "a run that is filled stays as it is",
                (name,),
            )
    if len(options.refs or "") > _LONGEST_REFS:
        raise UsageProblem(
            f"--refs has more than {_LONGEST_REFS} characters",
            "a run holds no more",
            ("refs",),
        )
    if options.milestone_id and options.plan_id:
        raise UsageProblem(
            "--milestone-id does not go with --plan-id",
            "the plan has a milestone of its own, and its runs have that one",
            ("milestone_id",),
        )
    if options.config_ids and not options.plan_id:
        raise UsageProblem(
            "--config-ids needs --plan-id",
            "only runs of a plan have configurations",
            ("config_ids",),
        )


def _check_fields(
    name: str,
    given: Mapping[str, str],
    own: frozenset[str],
) -> None:
    if odd := set(given) & own:
        raise UsageProblem(
            f"--{key_of(name)} cannot set {min(odd)!r}",
            "it is what testferry sends itself",
            (name, min(odd)),
        )


def for_unmatched(said: Mapping[str, object]) -> dict[str, str]:
    """What may be done about tests without a case; a case that is looked for by its id has one
    already, and is not made.
    """
    if said.get("match") == "id":
        return {"allow_unmatched": "leaves them out"}
    return {
        "create_missing": "makes their cases",
        "allow_unmatched": "leaves them out",
    }


def makes_in(options: Mapping[str, object]) -> list[object]:
    """Where two uploads at once would undo each other: the project in which cases are made, for two
    that look and then make would make them twice; the run that others fill too, for TestRail
    replaces the list of its cases at each change.
    """
    places = []
    if options.get("create_missing"):
        places.append(options.get("project"))
    if options.get("run_id"):
        places.append(options.get("run_id"))
    elif options.get("plan_id"):  # whoever finds no entry of this name makes one
        entry = [options.get(name) for name in ("plan_id", "config_ids", "title")]
        places.append(f"plan {entry}")
    return places


def in_run(
    options: Mapping[str, object],
    run_id: str,
) -> dict[str, object]:
    """The same options for a run that is there already, in a plan or not."""
    return {
        **options,
        "run_id": run_id,
        "plan_id": "",
        "config_ids": [],
    }


def _absolute(folder: str | None) -> str:
    if folder:
        return os.path.abspath(folder)
    return ""


def _working() -> str:
    """The working directory; empty if it is gone, or holds the whole file system."""
    try:
        here = os.getcwd()
    except OSError:
        return ""
    if os.path.dirname(here) == here:
        return ""
    return here


SERVICE = Service(
    name="testrail",
    title="TestRail",
    options=Options,
    configured=configured,
    target="testferry.services.testrail.target:Testrail",
    dialect="testrail",
    address=Address(
        variable="TESTRAIL_URL",
        example="https://NAME.testrail.io",
        pasted=r"/(?:api/v1|index\.php.*)/?$",
    ),
    secret=SecretNames("TESTRAIL_KEY", user="TESTRAIL_USER"),
    emulator="testferry.services.testrail.emulator:TestrailEmulator",
    has_runs=True,
    asks=("project", "suite"),
    migrates=("trcli", "testferry.services.testrail.migrate:migrate"),
    foreign=FOREIGN,
    for_unmatched=for_unmatched,
    examples=(
        'testferry upload testrail --project "My project" --close-run reports/',
        "testferry upload testrail --project Shop --create-missing --dry-run r.xml",
        'testferry upload testrail --project "My project" --run-key auto reports/',
    ),
    bare_run={"bare": True},
    merges_attempts=True,
    makes_in=makes_in,
    in_run=in_run,
)
