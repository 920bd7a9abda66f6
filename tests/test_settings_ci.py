"""What the CI system suggests."""

from __future__ import annotations

import pytest

from shells import Shell
from testferry.settings.ci import suggestion, system


@pytest.mark.parametrize(
    ("environment", "name", "source"),
    [
        (
            {
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKFLOW": "CI",
                "GITHUB_RUN_NUMBER": "7",
                "GITHUB_REPOSITORY": "me/app",
            },
            "CI #7",
            "app",
        ),
        (
            {"GITLAB_CI": "true", "CI_PROJECT_NAME": "app", "CI_PIPELINE_IID": "9"},
            "app pipeline #9",
            "app",
        ),
        ({"JENKINS_URL": "x", "JOB_NAME": "job"}, "job", "job"),
        (
            {
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKFLOW": "CI",
                "GITHUB_RUN_NUMBER": "7",
                "GITHUB_RUN_ATTEMPT": "2",
                "GITHUB_REPOSITORY": "me/app",
            },
            "CI #7 (attempt 2)",
            "app",
        ),
        (
            {"BITBUCKET_BUILD_NUMBER": "5", "BITBUCKET_REPO_SLUG": "app"},
            "app #5",
            "app",
        ),
        (
            {
                "TEAMCITY_VERSION": "2026.1",
                "TEAMCITY_BUILDCONF_NAME": "Build",
                "BUILD_NUMBER": "8",
                "TEAMCITY_PROJECT_NAME": "App",
            },
            "Build #8",
            "App",
        ),
        (
            {"CODEBUILD_BUILD_ID": "app:1", "CODEBUILD_SOURCE_REPO_URL": "https://x/me/app.git"},
            "app:1",
            "app",
        ),
    ],
)
def test_names_from_the_ci_system(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    name: str,
    source: str,
) -> None:
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert shell.upload("r.xml") == 0
    assert (shell.sandbox.testmo.run(101)["name"], shell.sandbox.testmo.run(101)["source"]) == (
        name,
        source,
    )


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        (
            {
                "BUILDKITE": "true",
                "BUILDKITE_PIPELINE_SLUG": "app",
                "BUILDKITE_BUILD_NUMBER": "3",
                "BUILDKITE_RETRY_COUNT": "1",
            },
            "app #3 (attempt 2)",
        ),
        (
            {
                "TF_BUILD": "True",
                "BUILD_DEFINITIONNAME": "app",
                "BUILD_BUILDNUMBER": "3",
                "SYSTEM_JOBATTEMPT": "1",
            },
            "app #3",
        ),
    ],
)
def test_only_a_further_attempt_is_in_the_name(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    name: str,
) -> None:
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert suggestion().name == name


def test_the_system_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert system() == ""
    monkeypatch.setenv("BITBUCKET_BUILD_NUMBER", "5")
    assert system() == "bitbucket"
