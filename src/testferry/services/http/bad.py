"""What is said of a table that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from testferry.errors import UsageProblem, keys_of
from testferry.suggest import cure

Table = Mapping[str, object]


def one_of(
    where: str,
    word: str,
    known: Iterable[str],
    what: str = "a key",
) -> None:
    """Raises UsageProblem for a word that there is not: it names those that there are, and the
    nearest.
    """
    listed = list(known)
    if word in listed:
        return
    hint = cure(f"known are {', '.join(listed)}", word, listed)
    if what == "a key":
        raise UsageProblem(f"{where}: unknown key {word!r}", hint, (*keys_of(where), word))
    raise wrong(where, f"{word!r} is not {what} that testferry knows", hint)


def wrong(
    where: str,
    words: str,
    cure: str = "",
) -> UsageProblem:
    """The problem of what stands at a place of the table: ``send.json``, ``open[1].keep.id``."""
    return UsageProblem(f"{where}: {words}", cure, keys_of(where))


def table_in(
    table: Table,
    key: str,
    above: str,
) -> Table:
    """The table that stands at a key, empty if none does. Raises UsageProblem for anything else."""
    found = table.get(key, {})
    if isinstance(found, Mapping):
        return found
    where = f"{above}.{key}" if above else key
    raise wrong(where, f"a table is needed, not {found!r}", "write { key = value }")


def pointer_in(
    table: Table,
    key: str,
    where: str,
) -> str:
    """The JSON pointer at a key, empty if there is none. Raises UsageProblem."""
    found = table.get(key, "")
    if isinstance(found, str):
        return found
    raise wrong(f"{where}.{key}", f"{found!r} is no text", 'write a JSON pointer: "/error"')
