"""What the CI system suggests."""

from __future__ import annotations

import pytest

from shells import Shell


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
