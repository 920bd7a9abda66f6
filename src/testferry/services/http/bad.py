"""What is said of a table that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from testferry.errors import UsageProblem
from testferry.suggest import cure

Table = Mapping[str, object]


def one_of(where: str, word: str, known: Iterable[str], what: str = "a key") -> None:
    """Raises UsageProblem for a word that there is not: it names those that there are, and the
    nearest.
    """
    listed = list(known)
    if word in listed:
        return
    hint = cure(f"known are {', '.join(listed)}", word, listed)
    if what == "a key":
        raise UsageProblem(f"{where}: unknown key {word!r}", hint, (*keys_of(where), word))
    words = f"{where}: {word!r} is not {what} that testferry knows"
    raise UsageProblem(words, hint, keys_of(where))


def keys_of(where: str) -> tuple[str, ...]:
    """The keys that lead to a place of the table: of ``open[1].keep.id`` as far as the list."""
    return tuple(where.partition("[")[0].split("."))


def table_in(table: Table, key: str, above: str) -> Table:
    """The table that stands at a key, empty if none does. Raises UsageProblem for anything else."""
    found = table.get(key, {})
    if isinstance(found, Mapping):
        return found
    where = f"{above}.{key}" if above else key
    words = f"{where}: a table is needed, not {found!r}"
    raise UsageProblem(words, "write { key = value }", keys_of(where))


def pointer_in(table: Table, key: str, where: str) -> str:
    """The JSON pointer at a key, empty if there is none. Raises UsageProblem."""
    found = table.get(key, "")
    if isinstance(found, str):
        return found
    words = f"{where}.{key}: {found!r} is no text"
    raise UsageProblem(words, 'write a JSON pointer: "/error"', keys_of(f"{where}.{key}"))
