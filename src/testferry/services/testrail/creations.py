"""Sections and cases that are missing: each is made once, below the section that the user named."""

from __future__ import annotations

from testferry.model import Result
from testferry.services.testrail.fields import required
from testferry.services.testrail.item import typed
from testferry.services.testrail.labels import ids_of, labels_of
from testferry.services.testrail.match import automation_id, case_field, section_path, title_of
from testferry.services.testrail.read import Catalogue
from testferry.services.testrail.references import refs_of
from testferry.services.testrail.wish import Plan, Wish


def judge(
    made: Plan,
    wish: Wish,
) -> None:
    """Whether a case lacks a field that it must have; no section is made for such cases alone."""
    for body in made.creations:
        if missing := [each for each in wish.uncreatable if each.name not in body["fields"]]:
            made.refused[body["place"]] = required(missing, "--case-field")
    if len(made.refused) == len(made.creations):
        made.sections = []


class Maker:
    """Sections and cases that are missing, each once."""

    def __init__(
        self,
        catalogue: Catalogue,
        wish: Wish,
        made: Plan,
    ) -> None:
        self._mode = catalogue.cases.mode
        self._field = catalogue.automation_field
        self._wish = wish
        self._made = made
        self._known = _paths(catalogue)
        self._cases: dict[tuple[str, ...], str] = {}
        self._root = _section_called(wish.section, catalogue)

    def place(
        self,
        result: Result,
    ) -> str:
        """``@N`` for the test's case; tests of one identity share it."""
        path = section_path(result)
        title = title_of(result.name)
        automation = automation_id(result)
        key = (*path, title)
        if self._mode == "auto":
            key = (automation,)
        if key not in self._cases:
            fields: dict[str, object] = {"title": title}
            if refs := refs_of(result):
                fields["refs"] = ",".join(refs)
            if known := ids_of(labels_of(result), self._wish.labels)[0]:
                fields["labels"] = known
            fields |= {
                **self._wish.case_fields,
                **_own_fields(result),
            }
            if self._mode == "auto" and self._field:
                fields[self._field.partition(",")[0]] = automation
            section = self._section_of(path)
            self._cases[key] = f"@{len(self._made.creations)}"
            creation = {
                "place": self._cases[key],
                "section": section,
                "fields": fields,
            }
            self._made.creations.append(creation)
        return self._cases[key]

    def _section_of(
        self,
        path: tuple[str, ...],
    ) -> str:
        """The innermost section of a path, below the one that the user named."""
        section = self._root
        if self._wish.section and not section:
            section = self._section(
                (self._wish.section,),
                "",
            )
        for depth in range(1, len(path) + 1):
            section = self._section(path[:depth], section)
        return section

    def _section(
        self,
        path: tuple[str, ...],
        parent: str,
    ) -> str:
        """A section's id, or ``#N`` for one that has to be made."""
        name = title_of(path[-1])
        key = (parent, name)
        if key not in self._known:
            self._known[key] = f"#{len(self._made.sections)}"
            section = {
                "place": self._known[key],
                "parent": parent,
                "name": name,
            }
            self._made.sections.append(section)
        return self._known[key]


def _section_called(
    wanted: str,
    catalogue: Catalogue,
) -> str:
    """The id of the section that the user named by id or name; empty if there is none."""
    if not wanted:
        return ""
    for number, (name, _) in catalogue.sections.items():
        if wanted in (str(number), name):
            return str(number)
    return ""


def _paths(catalogue: Catalogue) -> dict[tuple[str, str], str]:
    """(Parent's id, name) to id: sections may share names under different parents; of equal ones
    the first counts.
    """
    found: dict[tuple[str, str], str] = {}
    for number, (name, parent) in catalogue.sections.items():
        found.setdefault(
            (str(parent or ""), title_of(name)),
            str(number),
        )
    return found


def _own_fields(result: Result) -> dict[str, object]:
    """What the test's properties say of its case's fields."""
    found = {}
    for name, value in result.properties:
        if said := case_field(name, value):
            found[said[0]] = typed(said[1])
    return found
