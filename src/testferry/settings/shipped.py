"""The tables that a target may stand on: shipped ones by their names, and whatever it ``extends``.

They count after every file of the user's, key by key: a target's own table changes single keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from testferry.errors import UsageProblem
from testferry.services import NAMES
from testferry.settings.files import File, Source
from testferry.suggest import cure

KIND = "http"  # what a shipped table describes
EXTENDS = "extends"


def shipped_names() -> tuple[str, ...]:
    """The names of the shipped tables."""
    from testferry.services.http import ready  # start-up is a feature

    return ready.names()


def is_shipped(name: str) -> bool:
    """Whether testferry has a table of this name."""
    return name not in NAMES and name in shipped_names()


def shipped_address(name: str) -> str:
    """Where the service of a shipped table is; empty if everybody has one of his own, or if there
    is no such table.
    """
    if not is_shipped(name):
        return ""
    said = str(_shipped(name, name).targets[name].get("url", ""))
    return said if "://" in said else ""


def is_known(files: tuple[File, ...], name: str) -> bool:
    """Whether a target of this name stands on a table that describes a bulk API."""
    return is_shipped(name) or any(_base(file, name) for file in files)


def with_tables(files: tuple[File, ...], name: str) -> tuple[File, ...]:
    """The files, and behind them the tables that the target stands on. Raises UsageProblem."""
    return (*files, *_stood_on(files, name, (name,)))


def _stood_on(
    files: tuple[File, ...],
    name: str,
    seen: tuple[str, ...],
) -> Iterator[File]:
    for file in files:
        base = _base(file, name)
        if not base:
            continue
        place = file.place("targets", name, EXTENDS)
        if base in seen:
            if base == name and is_shipped(base):
                break
            raise UsageProblem(
                f"{place}: {' extends '.join((*seen, base))}", "remove one of the `extends` lines"
            )
        yield from _tables_of(files, base, seen[0], place)
        yield from _stood_on(files, base, (*seen, base))
        return
    # A table that says its type is a whole one: nothing is put behind it.
    whole = any("type" in file.targets.get(name, {}) for file in files)
    if len(seen) == 1 and not whole and is_shipped(name):
        yield _shipped(name, seen[0])


def _tables_of(
    files: tuple[File, ...],
    base: str,
    target: str,
    place: str,
) -> Iterator[File]:
    found = False
    for file in files:
        if base in file.targets:
            found = True
            yield replace(file, options={}, targets={target: file.targets[base]}, called=base)
    if is_shipped(base):
        found = True
        yield _shipped(base, target)
    if not found:
        known = sorted({*shipped_names(), *(name for file in files for name in file.targets)})
        raise UsageProblem(
            f"{place}: there is no target {base!r} to extend",
            cure(f"known are {', '.join(known)}", base, known),
        )


def _base(file: File, name: str) -> str:
    table = file.targets.get(name)
    said = table.get(EXTENDS, "") if isinstance(table, Mapping) else ""
    if not isinstance(said, str):
        place = file.place("targets", name, EXTENDS)
        raise UsageProblem(f"{place}: {said!r} is no name of a target", 'write extends = "qase"')
    return said


def _shipped(name: str, target: str) -> File:
    import tomllib

    from testferry.services.http import ready

    text = ready.text(name)
    document = tomllib.loads(text)
    return File(
        Source.SHIPPED,
        f"testferry's own table {name}",
        text,
        (),
        {},
        {target: document["targets"][name]},
        document.get("dialects", {}),
        called=name,
    )
