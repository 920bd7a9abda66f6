"""What a CI system is told at the end of an upload, each in its own grammar.

Nothing here does anything: a ``Telling`` is lines for the log, texts for files, commands of the
system's agent, and ``testferry.commands.shared`` carries it out. Whatever comes from reports,
services or the user is escaped by the system's own rules where it is put in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from testferry.outcome import Flags, Outcome

# The systems with a grammar of their own; in the others the log and the exit code say it all.
KNOWN = ("github", "gitlab", "azure", "buildkite", "teamcity")


@dataclass(frozen=True, slots=True)
class File:
    """A text for a file: appended to what is there, or in its place."""

    path: str
    text: str
    append: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """A command of the system's agent, and what it reads."""

    words: tuple[str, ...]
    read: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """All that a system is told."""

    lines: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """An upload at its end, as a system is told of it."""

    outcome: Outcome
    flags: Flags
    verdict: str
    # in Markdown, of at most 1 MiB
    summary: str
    # seconds since the epoch
    now: float = 0.0


def telling(system: str, ended: Ended, environment: Mapping[str, str]) -> Telling:
    """What this system is told; nothing if it has no grammar of its own."""
    if system not in KNOWN:
        return Telling()
    told: Telling = import_module(f"testferry.runners.{system}").tell(ended, environment)
    return told


def as_notice(system: str, words: str) -> Telling:
    """One remark that is no failure; nothing if the system shows none."""
    if system != "github":
        return Telling()
    return Telling((import_module(f"testferry.runners.{system}").notice(words),))


def folded(system: str, title: str, now: float) -> tuple[str, str]:
    """The lines before and behind a part of the log that can be folded away; both may be empty."""
    if system not in KNOWN:
        return "", ""
    around: tuple[str, str] = import_module(f"testferry.runners.{system}").fold(title, now)
    return around
