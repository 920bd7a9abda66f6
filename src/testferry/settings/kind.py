"""Which service a target is: the services are targets themselves, others are named in files."""

from __future__ import annotations

import re

from testferry.errors import UsageProblem
from testferry.settings.files import File
from testferry.settings.shipped import KIND, is_known, shipped_names
from testferry.suggest import choices, cure

_TYPE = "type"  # of a target's table, no option
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")  # what stands in a table's name without quotes


def type_of(files: tuple[File, ...], name: str, known: tuple[str, ...]) -> str:
    """The type of a target. Raises UsageProblem, also if there is none of this name.

    The services are targets of themselves; what files say of those is heeded too. Tables of one
    name are one target: they lie over each other, key by key.
    """
    tables = [file for file in files if name in file.targets]
    found = name if name in known else ""
    if not found and is_known(files, name):
        found = KIND
    for file in tables:
        kind = file.targets[name].get(_TYPE)
        if kind is None:
            continue
        where = f"{file.place('targets', name, _TYPE)}: [targets.{name}]"
        if not isinstance(kind, str) or kind not in known:
            raise _no_type(where, repr(kind), known)
        if name in known and kind != name:
            words = f"{where} is {kind}, but {name} is a service itself"
            raise UsageProblem(words, "give the target another name")
        if found and kind != found:
            words = f"{where} is {kind}, but another file says {found}"
            raise UsageProblem(words, "give one of them another name")
        found = kind
    if not found and tables:
        where = f"{tables[0].place('targets', name)}: [targets.{name}]"
        raise _no_type(where, "", known)
    if not found:
        others = [other for file in files for other in file.targets]
        names = list(dict.fromkeys([*known, *shipped_names(), *others]))
        if not _BARE_KEY.fullmatch(name):
            words = f"{name!r} is no target, and one stands before the reports"
            example = f"testferry upload {known[0]} REPORT..."
            raise UsageProblem(words, f"use {choices(names)}: {example}")
        words = f"use {choices(names)}, or describe it in [targets.{name}] of testferry.toml"
        raise UsageProblem(f"there is no target {name!r}", cure(words, name, names))
    return found


def _no_type(where: str, kind: str, known: tuple[str, ...]) -> UsageProblem:
    words = f"{where} has no type that testferry knows"
    if kind:
        words += f": {kind}"
    return UsageProblem(words, cure(f"use type = {choices(known)}", kind, known))
