"""What the journal knows of each upload, in a line."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypedDict

from testferry.errors import TestferryError
from testferry.text import id_of

if TYPE_CHECKING:  # start-up is a feature
    from testferry.journal import Journal, Store
    from testferry.outcome import Counts

HEADS = ("upload", "when", "to", "run", "results", "state")
_INCOMPLETE = "incomplete"


class Listed(TypedDict):
    """One upload of ``testferry.uploads/1``."""

    upload_id: str
    target: str
    url: str
    name: str
    created: float
    state: str
    stopped: str | None
    # of a command that sends no results: "run created", "run found or created", "run completed"
    kind: str
    results: dict[str, int]
    run_id: int | str | None
    run_url: str | None


def listed_of(upload_id: str, journal: Journal) -> Listed:
    """What is said of an upload."""
    from testferry.engine.conclude import run_alone
    from testferry.outcome import RUN_COMPLETED, UPLOAD

    header, counts = journal.header, journal.counts()
    run_id, run_url = journal.run()
    kind = run_alone(journal) or UPLOAD
    name = ""
    if kind != RUN_COMPLETED:  # the run has the name that it was made with
        name = str(header.options.get("name") or header.options.get("title") or "")
    return {
        "upload_id": upload_id,
        "target": header.target,
        "url": header.url,
        "name": name,
        "created": header.created,
        "state": _state(journal, counts),
        "stopped": journal.stopped() or None,
        "kind": kind,
        "results": counts.as_dict(),
        "run_id": id_of(run_id),
        "run_url": run_url or None,
    }


def _state(journal: Journal, counts: Counts) -> str:
    if journal.unfinished():
        return "unfinished"
    if counts.rejected or counts.in_doubt or counts.out_of_place:
        return _INCOMPLETE
    return "done"


def incomplete(store: Store) -> int:
    """Count the uploads of late that are done, though the service did not take all; what cannot be
    read is none.
    """
    found = 0
    for upload_id in store.latest():
        with (
            contextlib.suppress(TestferryError),
            store.open(upload_id, write=False) as journal,
        ):
            found += _state(journal, journal.counts()) == _INCOMPLETE
    return found


def row(upload: Listed) -> tuple[str, ...]:
    """Say an upload in a line: what is longest stands last, where it may be cut."""
    from testferry.clock import day_and_time
    from testferry.outcome import UPLOAD
    from testferry.text import first_line

    state = upload["state"]
    if upload["kind"] != UPLOAD and state == "done":
        state = upload["kind"]
    parts = [state]
    if upload["name"]:
        parts.append(first_line(upload["name"]))
    if upload["stopped"]:
        parts.append(upload["stopped"])
    if address := upload["url"].partition("://")[2]:
        parts.append(address)
    return (
        upload["upload_id"],
        day_and_time(upload["created"]),
        upload["target"],
        str(upload["run_id"] or ""),
        _accepted(upload),
        " · ".join(parts),
    )


def _accepted(upload: Listed) -> str:
    """Say how many results arrived: ``1,200``, ``195/400``; a run alone has none."""
    from testferry.outcome import UPLOAD

    if upload["kind"] != UPLOAD:
        return "-"
    counts = upload["results"]
    if counts["accepted"] == counts["total"]:
        return f"{counts['total']:,}"
    return f"{counts['accepted']:,}/{counts['total']:,}"
