"""What people should know of a plan before it is sent: what was found, and what would be made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from testferry.services.testrail.fields import required
from testferry.services.testrail.wish import Plan
from testferry.submission import State, Submission
from testferry.text import count


def of_plan(
    made: Plan,
    run: str,
) -> list[str]:
    """A phrase for each thing; ``run`` is the plan's that is there already."""
    parts = [f"{count(len(made.existing), 'case')} found"]
    if run:
        parts.append(f"run {run} of the plan is there and is filled")
    if made.lacking:
        parts.append(f"nothing can be sent: {required(made.lacking, '--result-field')}")
    makes = len(made.creations) - len(made.refused)
    if makes:
        making = count(makes, "case")
        if made.sections:
            making = f"{count(len(made.sections), 'section')} and {making}"
        parts.append(f"{making} to be made, one request each")
    if made.refused:
        why = next(iter(made.refused.values()))
        parts.append(f"{count(len(made.refused), 'case')} cannot be made: {why}")
    if made.unlabelled:
        parts.append(f"no such labels: {', '.join(made.unlabelled)}")
    if made.there:
        results = count(made.there, "result")
        parts.append(f"{results} there already, of an earlier attempt: left out")
    if made.unmatched:
        parts.append(f"{count(len(made.unmatched), 'test')} without a case")
    return parts


def to_be_made(
    rows: Iterable[Submission],
    sections: Mapping[str, str],
) -> Iterator[str]:
    """Sections and cases that are to be made, a line each; ``sections`` are those that there are,
    by their ids.
    """
    called = dict(sections)
    for row in rows:
        body = row.body
        if row.state is State.REJECTED:
            continue
        if row.name == "section":
            parent = _path_of(body.get("parent"), called)
            path = f"{parent} › {body['name']}" if parent else str(body["name"])
            called[str(body["place"])] = path
            yield f"section {path}"
        elif row.name == "case":
            path = _path_of(body.get("section"), called)
            yield f"case {body['fields']['title']}   (in {path})"


def _path_of(section: object, called: Mapping[str, str]) -> str:
    """What a section is called, by its id or by its place in the plan; empty for none."""
    place = str(section or "")
    return called.get(place, place)
