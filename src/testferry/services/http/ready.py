"""The tables that are shipped: bulk APIs described as data, one file each in ``tables/``.

Each file is a piece of a configuration file, with ``[targets.NAME]`` and perhaps a dialect of its
own; its first comment says what it is for, the others where its facts are from.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # start-up is a feature
    from importlib.resources.abc import Traversable

_SUFFIX = ".toml"


def _folder() -> Traversable:
    from importlib import resources

    return resources.files(__package__) / "tables"


@cache
def names() -> tuple[str, ...]:
    """The names of the tables, in order."""
    found = [entry.name for entry in _folder().iterdir() if entry.name.endswith(_SUFFIX)]
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found))


def text(name: str) -> str:
    """The table as it is written. FileNotFoundError if there is none of this name."""
    return (_folder() / f"{name}{_SUFFIX}").read_text("utf-8")


def title(name: str) -> str:
    """What it is for: its first comment, up to the colon."""
    return _first(name)[0]


def example(name: str) -> str:
    """The command that uses it: its first comment, behind the colon."""
    return _first(name)[2].strip()


def _first(name: str) -> tuple[str, str, str]:
    return text(name).partition("\n")[0].lstrip("# ").partition(": ")
