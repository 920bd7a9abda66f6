"""What is said of a table that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from testferry.errors import UsageProblem

Table = Mapping[str, object]


def one_of(where: str, word: str, known: Iterable[str], what: str = "a key") -> None:
    """Raises UsageProblem for a word that there is not: it names those that there are, and the
    nearest.
    """
    listed = list(known)
    if word in listed:
        return
    cure = f"known are {', '.join(listed)}"
    near = get_close_matches(word, listed, n=1, cutoff=0.6)
    if near:
        cure += f"; did you mean {near[0]}?"
    words = f"{where}: {word!r} is not {what} that testferry knows"
    if what == "a key":
        words = f"{where}: unknown key {word!r}"
    raise UsageProblem(words, cure)


def table_in(table: Table, key: str, above: str) -> Table:
    """The table that stands at a key, empty if none does. Raises UsageProblem for anything else."""
    found = table.get(key, {})
    if isinstance(found, Mapping):
        return found
    where = f"{above}.{key}" if above else key
    raise UsageProblem(f"{where}: a table is needed, not {found!r}", "write { key = value }")


def pointer_in(table: Table, key: str, where: str) -> str:
    """The JSON pointer at a key, empty if there is none. Raises UsageProblem."""
    found = table.get(key, "")
    if isinstance(found, str):
        return found
    raise UsageProblem(f"{where}.{key}: {found!r} is no text", 'write a JSON pointer: "/error"')
