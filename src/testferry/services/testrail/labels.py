"""Labels of cases: what a test names, where the instance knows a label of that title. What a case
has stays, and no label is made.

Facts (trcli's source, ``label_manager``): ``get_labels`` lists ids and titles, a case is changed by
``update_case`` with the ids of all its labels, and holds at most ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from testferry.engine.verdict import Rejected
from testferry.model import Result
from testferry.services.http_json import objects
from testferry.services.testrail import read
from testferry.services.testrail.read import Reading, Stopped
from testferry.text import listed

LABELS = "labels"
MOST = 10
_NAMES = ("labels", "testrail_labels")


def known_in(project: int) -> Reading:
    """The labels of a project: titles, in small letters, to ids."""
    found = yield from read.listed(f"get_labels/{project}", "labels", "check --update-cases")
    known = {}
    for entry in objects(found):
        if read.is_id(entry.get("id")):
            known[str(entry.get("title", "")).lower()] = entry["id"]
    return known


def labels_of(result: Result) -> list[str]:
    """The titles of labels that a test names."""
    return [title for name, value in result.properties if name in _NAMES for title in listed(value)]


def ids_of(
    titles: Iterable[str],
    known: Mapping[str, int],
) -> tuple[list[int], list[str]]:
    """The ids of labels that there are, and the titles of those that there are not."""
    found, lacking = [], []
    for title in titles:
        number = known.get(title.lower())
        if number is None:
            lacking.append(title)
        else:
            found.append(number)
    return found, lacking


def lacking(
    shown: Mapping[str, object],
    body: Mapping[str, Any],
) -> dict[str, object]:
    """The change that gives a case the labels that it lacks; empty if it lacks none. Raises Stopped
    for more than it holds.
    """
    there = [entry["id"] for entry in objects(shown.get("labels")) if read.is_id(entry.get("id"))]
    wanted = list(dict.fromkeys([*there, *body["labels"]]))
    if len(wanted) == len(there):
        return {}
    if len(wanted) > MOST:
        raise Stopped(Rejected(f"C{body['case']}: it would have more than {MOST} labels"))
    return {"labels": wanted}
