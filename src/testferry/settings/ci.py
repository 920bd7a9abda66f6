"""What the CI system says: names for a run that nobody named, and that nobody watches."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

# A variable that only this system sets, its name, the name that it suggests, the variable of the
# source.
_SYSTEMS = (
    ("GITHUB_ACTIONS", "github", "{GITHUB_WORKFLOW} #{GITHUB_RUN_NUMBER}", "GITHUB_REPOSITORY"),
    ("GITLAB_CI", "gitlab", "{CI_PROJECT_NAME} pipeline #{CI_PIPELINE_IID}", "CI_PROJECT_NAME"),
    ("JENKINS_URL", "jenkins", "{JOB_NAME} #{BUILD_NUMBER}", "JOB_NAME"),
    ("TF_BUILD", "azure", "{BUILD_DEFINITIONNAME} #{BUILD_BUILDNUMBER}", "BUILD_REPOSITORY_NAME"),
    (
        "BUILDKITE",
        "buildkite",
        "{BUILDKITE_PIPELINE_SLUG} #{BUILDKITE_BUILD_NUMBER}",
        "BUILDKITE_PIPELINE_SLUG",
    ),
    ("CIRCLECI", "circleci", "{CIRCLE_JOB} #{CIRCLE_BUILD_NUM}", "CIRCLE_PROJECT_REPONAME"),
    (
        "BITBUCKET_BUILD_NUMBER",
        "bitbucket",
        "{BITBUCKET_REPO_SLUG} #{BITBUCKET_BUILD_NUMBER}",
        "BITBUCKET_REPO_SLUG",
    ),
    (
        "TEAMCITY_VERSION",
        "teamcity",
        "{TEAMCITY_BUILDCONF_NAME} #{BUILD_NUMBER}",
        "TEAMCITY_PROJECT_NAME",
    ),
    ("TRAVIS", "travis", "{TRAVIS_REPO_SLUG} #{TRAVIS_BUILD_NUMBER}", "TRAVIS_REPO_SLUG"),
    # Woodpecker also sets the variable of Drone, from which it comes.
    ("CI_PIPELINE_FORGE_URL", "woodpecker", "{CI_REPO_NAME} #{CI_PIPELINE_NUMBER}", "CI_REPO_NAME"),
    ("DRONE", "drone", "{DRONE_REPO_NAME} #{DRONE_BUILD_NUMBER}", "DRONE_REPO_NAME"),
    ("CODEBUILD_BUILD_ID", "codebuild", "{CODEBUILD_BUILD_ID}", "CODEBUILD_SOURCE_REPO_URL"),
    (
        "APPVEYOR",
        "appveyor",
        "{APPVEYOR_PROJECT_NAME} #{APPVEYOR_BUILD_NUMBER}",
        "APPVEYOR_PROJECT_SLUG",
    ),
    ("bamboo_buildNumber", "bamboo", "{bamboo_planName} #{bamboo_buildNumber}", "bamboo_planName"),
)
# Which attempt of a job this is, where a system counts them; the first is 1, elsewhere 0.
_ATTEMPTS = (
    ("GITHUB_ACTIONS", "GITHUB_RUN_ATTEMPT", 1),
    ("TF_BUILD", "SYSTEM_JOBATTEMPT", 1),
    ("BUILDKITE", "BUILDKITE_RETRY_COUNT", 0),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a run and its source are called if nobody says so: the same for the same command."""

    name: str
    source: str
    system: str = ""  # the variable by which the CI system is known; empty: the folder's name


def suggestion() -> Suggestion:
    """Give the names of the CI system, else the folder's."""
    folder = Path.cwd().name or "tests"
    for marker, _, pattern, variable in _SYSTEMS:
        if not os.environ.get(marker):
            continue
        repository = os.environ.get(variable, "").removesuffix(".git")
        source = repository.rpartition("/")[2] or folder
        known = {key: os.environ.get(key, "") for key in re.findall(r"\{(\w+)\}", pattern)}
        if all(known.values()):
            return Suggestion(f"{pattern.format(**known)}{_attempt(marker)}", source, marker)
        return Suggestion(source, source, marker)
    return Suggestion(folder, folder)


def _attempt(marker: str) -> str:
    """Say which attempt this is behind a name; empty for the first one."""
    for system, variable, first in _ATTEMPTS:
        counted = os.environ.get(variable, "")
        if system != marker or not (counted.isascii() and counted.isdigit()):
            continue
        number = int(counted[:9]) - first + 1
        if number > 1:
            return f" (attempt {number})"
    return ""


def system() -> str:
    """Name the CI system; empty if it is none that is known."""
    for marker, name, _, _ in _SYSTEMS:
        if os.environ.get(marker):
            return name
    return ""


def in_ci() -> bool:
    """Whether this looks like a CI job: no animation there."""
    said = os.environ.get("CI", "").lower()
    if said:
        return said not in ("0", "false")
    return any(os.environ.get(marker) for marker, *_ in _SYSTEMS)
