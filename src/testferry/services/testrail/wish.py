"""What an upload is to send: what the user wants of it, and what was found of its results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from testferry.services.testrail.fields import Field
from testferry.services.testrail.item import Outcome
from testferry.submission import Label

if TYPE_CHECKING:
    from testferry.services.testrail.target import Testrail

RESULTS = "results"
OF_SUITE = f"{RESULTS} of suite "  # its id follows


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants besides the results themselves.

    One record, because it is all that the pure planning is told.
    """

    attempts: str = "auto"
    create_missing: bool = False
    allow_unmatched: bool = False  # what has no case is let be
    section: str = ""
    # The run is filled by others too, who may take our cases out of it.
    shared: bool = False
    # the last line of every comment, by which the job's results are known
    mark: str = ""
    # cases that have a result of an earlier attempt, which stands
    there: frozenset[int] = frozenset()
    case_fields: Mapping[str, Any] = field(default_factory=dict)
    result_fields: dict[str, Any] = field(default_factory=dict)
    # who gets the cases that failed, in turn
    users: tuple[int, ...] = ()
    # what tests name of labels is added to their cases: titles to ids
    update_labels: bool = False
    labels: Mapping[str, int] = field(default_factory=dict)
    # what tests name of references is added to their cases
    update_refs: bool = False
    # results have a field for the steps of a scenario
    steps: bool = False
    # the suite that all of it belongs to, if there are several
    suite: int | None = None
    # fields that every result must have, and that no option fills
    lacking: tuple[Field, ...] = ()
    # attachments that cannot be sent, and why
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)
    # why no case can be made: the fields that must be filled
    uncreatable: tuple[Field, ...] = ()

    @property
    def batches(self) -> str:
        """What its batches are called."""
        if self.suite is None:
            return RESULTS
        return f"{OF_SUITE}{self.suite}"

    @property
    def updates(self) -> bool:
        """Whether cases that there are get something that their tests name."""
        return self.update_refs or self.update_labels


@dataclass(slots=True)
class OfCase:
    """What one case, existing or to be made, gets; ``weight`` is how many results that is."""

    outcomes: list[Outcome] = field(default_factory=list)
    weight: int = 0
    refs: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()


@dataclass(slots=True)
class Plan:
    """Everything, in the order of the reports; ``cases`` are ids, or ``@N`` for new ones."""

    cases: dict[int | str, OfCase] = field(default_factory=dict)
    sections: list[dict[str, Any]] = field(default_factory=list)
    creations: list[dict[str, Any]] = field(default_factory=list)
    unmatched: list[tuple[bytes, Label, str]] = field(default_factory=list)
    # results that are not sent, because an earlier attempt of them stands
    there: int = 0
    # fields that a result must have, and that some result lacks
    lacking: list[Field] = field(default_factory=list)
    # labels that tests name and the instance does not have
    unlabelled: dict[str, None] = field(default_factory=dict)
    # cases that cannot be made, by their places: why
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> Iterator[tuple[str, str]]:
        """The attachments of all that is sent: the path, and the report's folder."""
        for case in self.cases.values():
            for ended in case.outcomes:
                for path in ended.attachments:
                    yield path, ended.base

    @property
    def existing(self) -> list[int]:
        """The cases that there are."""
        return [case for case in self.cases if isinstance(case, int)]


def wish_of(rail: Testrail) -> Wish:
    """What the user said, with what was asked about it."""
    asked, meant = rail.asked, rail.asked.meant
    return Wish(
        attempts=rail.attempts,
        create_missing=rail.create_missing,
        allow_unmatched=rail.allow_unmatched,
        section=rail.section,
        shared=asked.run.get("cases") is not None,
        mark=rail.mark,
        there=frozenset(asked.there),
        case_fields=meant.case_fields,
        result_fields=meant.result_fields,
        users=tuple(meant.users),
        lacking=tuple(meant.lacking),
        steps=meant.steps,
        labels=asked.catalogue.labels,
        update_labels="labels" in rail.update_cases,
        update_refs="refs" in rail.update_cases,
        uncreatable=tuple(meant.lacking_of_cases),
    )
