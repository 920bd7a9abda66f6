"""What the CI system says: names for a run that nobody named, and that nobody watches."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

# A variable that only this system sets, the name that it suggests, the variable of the source.
_SYSTEMS = (
    ("GITHUB_ACTIONS", "{GITHUB_WORKFLOW} #{GITHUB_RUN_NUMBER}", "GITHUB_REPOSITORY"),
    ("GITLAB_CI", "{CI_PROJECT_NAME} pipeline #{CI_PIPELINE_IID}", "CI_PROJECT_NAME"),
    ("JENKINS_URL", "{JOB_NAME} #{BUILD_NUMBER}", "JOB_NAME"),
    ("TF_BUILD", "{BUILD_DEFINITIONNAME} #{BUILD_BUILDNUMBER}", "BUILD_REPOSITORY_NAME"),
    ("BUILDKITE", "{BUILDKITE_PIPELINE_SLUG} #{BUILDKITE_BUILD_NUMBER}", "BUILDKITE_PIPELINE_SLUG"),
    ("CIRCLECI", "{CIRCLE_JOB} #{CIRCLE_BUILD_NUM}", "CIRCLE_PROJECT_REPONAME"),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a run and its source are called if nobody says so: the same for the same command."""

    name: str
    source: str
    system: str = ""  # the variable by which the CI system is known; empty: the folder's name


def suggestion() -> Suggestion:
    """The names of the CI system, else the folder's."""
    folder = Path.cwd().name or "tests"
    for marker, pattern, variable in _SYSTEMS:
        if not os.environ.get(marker):
            continue
        source = os.environ.get(variable, "").rpartition("/")[2] or folder
        known = {key: os.environ.get(key, "") for key in re.findall(r"\{(\w+)\}", pattern)}
        if all(known.values()):
            return Suggestion(pattern.format(**known), source, marker)
        return Suggestion(source, source, marker)
    return Suggestion(folder, folder)


def in_ci() -> bool:
    """Whether this looks like a CI job: no animation there."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
