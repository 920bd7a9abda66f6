"""The reports of an archive: taken by the rules of a folder."""

from __future__ import annotations

import os
import secrets
import shutil
from functools import lru_cache
from typing import IO

from testferry import scratch
from testferry.errors import ReportProblem
from testferry.reports.archive import Member, Unpacking, Wanted
from testferry.reports.detect import HEAD, Format, detect
from testferry.reports.formats import ALLURE, READERS
from testferry.reports.found import Found
from testferry.reports.meant import is_hidden, is_report, is_stranger
from testferry.reports.source import Source
from testferry.reports.store import Store
from testferry.text import count


def unpack(
    path: str,
    spool: IO[bytes] | None,
    found: Found,
    within: str = "",
) -> None:
    """Take the reports of an archive; what came out before it broke is kept.

    An archive that is named and holds no report is told; one that is only found ``within`` a
    folder is somebody else's.
    """
    real = os.path.realpath(path)
    if spool is None and real in found.unpacked:
        return
    found.unpacked.add(real)
    before = len(found.candidates), len(found.broken)
    others = _unpacked(path, spool, found, within or path)
    nothing = before == (len(found.candidates), len(found.broken))
    # an empty one is meant to hold something
    if nothing and not (within and others):
        words = "is an archive with nothing in it"
        if others:
            words = f"holds no report, but {count(others, 'other file')}"
        found.broken.append((path, ReportProblem(words, "is it the right archive?")))


def _unpacked(
    path: str,
    spool: IO[bytes] | None,
    found: Found,
    within: str,
) -> int:
    """Take the reports of an archive; return how many other files it holds."""
    if found.store is None:
        found.store = Store()
    others = 0
    of_allure: dict[str, list[Member]] = {}
    wanted = _wanted(path, within, found)
    unpacking = Unpacking(found.store, wanted, found.watch)
    try:
        for member in unpacking.members(path, spool):
            if member.number is None:
                others += 1
            elif member.name.endswith(ALLURE):
                of_allure.setdefault(os.path.dirname(member.name), []).append(member)
            else:
                found.candidates.append(_of_member(member, found.store, path, within))
    except ReportProblem as problem:
        found.broken.append((path, problem))
    found.broken += unpacking.problems
    for place, members in of_allure.items():
        if any(_form_of(member.head).name == "allure" for member in members):
            found.candidates.append(_written_out(place, members, found.store, path, within))
            continue
        taken = [_of_member(member, found.store, path, within) for member in members]
        reports = [source for source in taken if source.form and source.form.name in READERS]
        found.candidates += reports
        others += len(members) - len(reports)
    return others


def _wanted(path: str, within: str, found: Found) -> Wanted:
    """Return what says which members are read; what is hidden is noted."""

    def is_wanted(name: str, head: bytes) -> bool:
        if name == path and within == path:
            return True
        inside = name[len(path) + 1 :]
        # of Allure's there are many: they are told by their names
        if not (name.endswith(ALLURE) or is_report(kind := _form_of(head).name, name)):
            if is_stranger(kind, name) and not is_hidden(inside):
                found.strangers.setdefault(path, []).append(inside)
            return False
        if is_hidden(inside):
            found.unseen.setdefault(path, []).append(inside)
            return False
        return True

    return is_wanted


@lru_cache(maxsize=2)
def _form_of(head: bytes) -> Format:
    """Return what a head is told for: it is asked twice in a row."""
    return _the_same(detect(head[:HEAD]))


@lru_cache(maxsize=256)
def _the_same(form: Format) -> Format:
    """Return one value for all equal ones: there may be a hundred thousand of them."""
    return form


def _of_member(
    member: Member,
    store: Store,
    path: str,
    within: str,
) -> Source:
    return Source(
        member.name,
        store,
        member.number or 0,
        within=within,
        archive=path,
        form=_form_of(member.head),
    )


def _written_out(
    place: str,
    members: list[Member],
    store: Store,
    path: str,
    within: str,
) -> Source:
    """Write Allure's files to a folder, from which they are read.

    Their names in the archive are not used: they might lead elsewhere.
    """
    folder = scratch.lasting_directory()
    for member in members:
        if member.number is None:
            continue
        suffix = next(suffix for suffix in ALLURE if member.name.endswith(suffix))
        written = os.path.join(folder.name, f"{secrets.token_hex(16)}{suffix}")
        with store.open(member.number) as inner, open(written, "wb") as file:
            shutil.copyfileobj(inner, file)
    return Source(place, place=folder, within=within, archive=path)
