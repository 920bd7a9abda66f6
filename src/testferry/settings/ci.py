"""What the CI system says: names for a run that nobody named, the way back from the run to its
build, whether it is a fork's, and that nobody watches.

The systems are a table of ours and not ci-environment's (15.0.0, measured on top of an upload's
imports): 15 systems for 4 ms of import and 4 ms of looking against 14 for 0.1 ms, and it tells
neither attempt nor job nor fork, which names and resumed runs need.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from testferry.settings.systems import SYSTEMS, System
from testferry.text import whole_number

AUTO = "auto"
NONE = "none"
# A variable, or what stands in it before a colon.
_HOLE = re.compile(r"\{(\w+)(:before)?\}")
_DEFAULT_JOB = "Job"  # what Azure calls a job that nobody named
_EMOJI = re.compile(r":[\w+-]+:\s*")  # how Buildkite's labels are drawn
_ELSEWHERE = ("branch/", "tag/", "refs/heads/", "refs/tags/")  # no pull request is built
_LARGEST_EVENT = 10 * 1024 * 1024  # bytes of GitHub's file


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a run and its source are called if nobody says so: the same for the same command."""

    name: str
    source: str
    system: str = ""  # the variable by which the CI system is known; empty: the folder's name


def suggestion(said: str = AUTO, *, with_job: bool = True) -> Suggestion:
    """Give the names of the CI system, else the folder's. ``said`` is the word of ``--ci``.

    A run that several jobs fill has the name of none of them: ``with_job`` is off.
    """
    folder = Path.cwd().name or "tests"
    found = _found(said)
    if found is None:
        return Suggestion(folder, folder)
    source = _source(found) or folder
    name = _first(found.run)
    if not name:
        return Suggestion(source, source, found.marker)
    job = _EMOJI.sub("", _first(found.job))
    if with_job and job not in (_DEFAULT_JOB, "") and job not in name:
        name = f"{name} {job}"
    if found.name == "jenkins":
        name = unquote(name)  # a branch is a part of an address there
    number = attempt(said)
    if number > 1:
        name = f"{name} (attempt {number})"
    return Suggestion(name, source, found.marker)


def build(said: str = AUTO) -> dict[str, str]:
    """Give the way back from a run to what was built: address, branch, revision, pull request,
    job and shard, as far as the CI system tells them.
    """
    found = _found(said)
    if found is None:
        return {}
    known = {
        "url": _first(found.url).replace(" ", "%20"),
        "branch": _branch(_first(found.branch)),
        "revision": _revision(found),
        "pull request": _pull_request(_first(found.pull_request)),
        "job": _first(found.job),
        "shard": _shard(found),
    }
    return {name: value for name, value in known.items() if value}


def run_key(said: str = AUTO) -> str:
    """Give what all jobs and attempts of this pipeline have in common; empty if nothing tells."""
    found = _found(said)
    if found is None:
        return ""
    return _first(found.pipeline)


def job(said: str = AUTO) -> tuple[str, int]:
    """Name this job of its pipeline, whichever attempt it is, and count the attempt; empty, and 0,
    where nothing tells.
    """
    found, told = _found(said), build(said)
    pipeline = run_key(said)
    if found is None or not (pipeline and told.get("job")):
        return "", 0
    number = 0
    if os.environ.get(found.attempt[0]):
        number = attempt(said)
    return "/".join([pipeline, told["job"], told.get("shard", "")]), number


def attempt(said: str = AUTO) -> int:
    """Count which attempt of its job this is; 1 also if the system does not tell."""
    found = _found(said)
    if found is None:
        return 1
    variable, first = found.attempt
    counted = os.environ.get(variable, "")
    number = whole_number(counted)
    return 1 if number is None else number - first + 1


def is_of_a_fork(said: str = AUTO) -> bool:
    """Tell whether a pull request is built that gets no secrets: a fork's, or Dependabot's."""
    found = _found(said)
    if found is None:
        return False
    if found.name == "github":
        return _is_of_a_fork_at_github()
    values = [os.environ.get(variable, "") for variable in found.fork]
    match values:
        case [there, here]:
            return bool(there) and _repository(there) != _repository(here)
        case [there]:
            return there.lower() not in ("", "false")
    return False


def system(said: str = AUTO) -> str:
    """Name the CI system; empty if it is none that is known."""
    found = _found(said)
    if found is None:
        return ""
    return found.name


def in_ci() -> bool:
    """Whether this looks like a CI job: no animation there."""
    said = os.environ.get("CI", "").lower()
    if said:
        return said not in ("0", "false")
    return _found(AUTO) is not None


def _found(said: str) -> System | None:
    """The system that is named, or whose variable is set."""
    if said == NONE:
        return None
    for known in SYSTEMS:
        if said == known.name or (said == AUTO and os.environ.get(known.marker)):
            return known
    return None


def _shard(found: System) -> str:
    """Which one of several equal jobs it is; empty if it is the only one."""
    at, of = (os.environ.get(variable, "") for variable in found.shard)
    return at if of not in ("", "0", "1") else ""


def _first(patterns: tuple[str, ...]) -> str:
    return next((text for text in map(_filled, patterns) if text), "")


def _filled(pattern: str) -> str:
    """The pattern with the variables in it; empty if one of them is not set."""
    if not all(os.environ.get(name) for name, _ in _HOLE.findall(pattern)):
        return ""
    return _HOLE.sub(_value, pattern)


def _value(hole: re.Match[str]) -> str:
    value = os.environ[hole[1]]
    if hole[2]:
        return value.partition(":")[0]
    return value


def _source(found: System) -> str:
    """The repository's own name. Jenkins' multibranch jobs end with the branch."""
    repository = _filled(found.source).rstrip("/").removesuffix(".git")
    if found.name == "jenkins" and os.environ.get("BRANCH_NAME"):
        repository = repository.rpartition("/")[0] or repository
    return unquote(repository.rpartition("/")[2])


def _branch(said: str) -> str:
    """The branch alone: of ``refs/heads/a/b``, of ``origin/a``; a merge that was made is none."""
    if said.startswith("refs/pull/"):
        return ""
    for prefix in ("refs/heads/", "refs/tags/", "origin/"):
        said = said.removeprefix(prefix)
    return said


def _repository(said: str) -> str:
    """Owner and name, of whichever address of the repository it is."""
    parts = said.lower().removesuffix(".git").replace(":", "/").split("/")
    return "/".join(parts[-2:])


def _pull_request(said: str) -> str:
    """The number alone: of ``refs/pull/12/merge``, of ``pr/12``, of an address; other refs are
    none.
    """
    if said.startswith("refs/pull/"):
        return said.split("/")[2]
    number = said.rstrip("/").rpartition("/")[2]
    if said.startswith(_ELSEWHERE) or not number.isdigit():
        return ""
    return number


def _revision(found: System) -> str:
    """Of a pull request the revision that somebody wrote, not the merge that the system made."""
    if found.name == "github":
        head = _mapping(_mapping(_event().get("pull_request")).get("head"))
        if isinstance(head.get("sha"), str):
            return str(head["sha"])
    return _first(found.revision)


def _is_of_a_fork_at_github() -> bool:
    request = _mapping(_event().get("pull_request"))
    if not request:
        return False
    if os.environ.get("GITHUB_ACTOR") == "dependabot[bot]":
        return True
    repository = _mapping(_mapping(request.get("head")).get("repo"))
    there = repository.get("full_name")
    return there != os.environ.get("GITHUB_REPOSITORY")


def _event() -> Mapping[str, object]:
    """What GitHub says of the event that started the workflow; empty if it cannot be read."""
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    try:
        if not path or os.path.getsize(path) > _LARGEST_EVENT:
            return {}
        return _mapping(json.loads(Path(path).read_text("utf-8")))
    except (OSError, ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
