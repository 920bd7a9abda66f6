"""What the CI system suggests."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from jobs import JOBS
from shells import Shell, runs_asked_for, section
from testferry.identity import attempt_of
from testferry.settings.ci import attempt, build, is_of_a_fork, job, run_key, suggestion, system
from testferry.settings.systems import NAMES, SYSTEMS, System


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


@pytest.mark.parametrize("named", JOBS)
def test_a_job_as_its_runner_sets_it(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    job = JOBS[named]
    use(monkeypatch, job.environment)
    assert system() == named
    assert (suggestion().name, suggestion().source) == (job.name, job.source)
    assert build() == job.build
    assert not is_of_a_fork()
    assert attempt() == (3 if "attempt 3" in job.name else 1)
    assert attempt_of(job.environment), "two jobs that write the same are two uploads"


def test_every_system_has_such_a_job() -> None:
    assert set(JOBS) == set(NAMES)


@pytest.mark.parametrize(
    ("changed", "name", "source", "branch"),
    [
        (
            {
                "JENKINS_URL": "x",
                "JOB_NAME": "shop/feature%2Flogin",
                "BUILD_NUMBER": "1",
                "BRANCH_NAME": "feature/login",
            },
            "shop/feature/login #1",
            "shop",
            "feature/login",
        ),
        (
            {"JENKINS_URL": "x", "JOB_NAME": "shop", "BUILD_NUMBER": "1", "GIT_BRANCH": "origin/a"},
            "shop #1",
            "shop",
            "a",
        ),
        (
            {
                "TF_BUILD": "True",
                "BUILD_DEFINITIONNAME": "n",
                "BUILD_BUILDNUMBER": "1",
                "SYSTEM_JOBDISPLAYNAME": "Job",
                "BUILD_REPOSITORY_NAME": "shop",
                "BUILD_SOURCEBRANCH": "refs/heads/feature/login",
                "BUILD_SOURCEBRANCHNAME": "login",
            },
            "n #1",
            "shop",
            "feature/login",
        ),
    ],
)
def test_what_belongs_to_the_system_is_taken_off(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], name: str, source: str, branch: str
) -> None:
    use(monkeypatch, changed)
    assert (suggestion().name, suggestion().source) == (name, source)
    assert build()["branch"] == branch


@pytest.mark.parametrize("trigger", ["branch/release-12", "tag/v12", "main"])
def test_what_is_no_pull_request_has_no_number(
    monkeypatch: pytest.MonkeyPatch, trigger: str
) -> None:
    use(monkeypatch, {"CODEBUILD_BUILD_ID": "a:1", "CODEBUILD_WEBHOOK_TRIGGER": trigger})
    assert "pull request" not in build()


def test_the_system_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert system() == ""
    monkeypatch.setenv("BITBUCKET_BUILD_NUMBER", "5")
    assert system() == "bitbucket"


def test_a_system_is_named_or_none_is_heeded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BITBUCKET_BUILD_NUMBER", "5")
    monkeypatch.setenv("BITBUCKET_REPO_SLUG", "app")
    assert system("none") == ""
    assert suggestion("none").name == tmp_path.name
    assert build("none") == {}
    assert attempt("none") == 1
    assert not is_of_a_fork("none")
    assert system("drone") == "drone"


GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "me/app",
    "GITHUB_RUN_ID": "77",
    "GITHUB_SHA": "merge",
    "GITHUB_REF": "refs/pull/12/merge",
    "GITHUB_HEAD_REF": "feature",
    "GITHUB_JOB": "test",
}


def use(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def event(tmp_path: Path, repository: object) -> str:
    path = tmp_path / "event.json"
    request = {"head": {"sha": "written", "repo": repository}}
    path.write_text(json.dumps({"pull_request": request}))
    return str(path)


def test_the_way_back_at_github(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use(monkeypatch, {**GITHUB, "GITHUB_EVENT_PATH": event(tmp_path, {"full_name": "me/app"})})
    assert build() == {
        "url": "https://github.com/me/app/actions/runs/77",
        "branch": "feature",
        "revision": "written",
        "pull request": "12",
        "job": "test",
    }
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    monkeypatch.delenv("GITHUB_EVENT_PATH")
    assert build()["revision"] == "merge"
    assert "pull request" not in build()


@pytest.mark.parametrize(
    ("repository", "actor", "fork"),
    [
        ({"full_name": "me/app"}, "me", False),
        ({"full_name": "you/app"}, "you", True),
        (None, "you", True),
        ({"full_name": "me/app"}, "dependabot[bot]", True),
    ],
)
def test_a_fork_at_github(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, repository: object, actor: str, fork: bool
) -> None:
    use(monkeypatch, {**GITHUB, "GITHUB_EVENT_PATH": event(tmp_path, repository)})
    monkeypatch.setenv("GITHUB_ACTOR", actor)
    assert is_of_a_fork() is fork


@pytest.mark.parametrize("text", ["", "[]", "{", '{"pull_request": 3}'])
def test_an_event_that_says_nothing_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "event.json").write_text(text)
    use(monkeypatch, {**GITHUB, "GITHUB_EVENT_PATH": "event.json"})
    assert not is_of_a_fork()
    monkeypatch.setenv("GITHUB_EVENT_PATH", "gone.json")
    assert not is_of_a_fork()


@pytest.mark.parametrize(
    ("environment", "fork"),
    [
        ({"GITLAB_CI": "true"}, False),
        (
            {
                "GITLAB_CI": "true",
                "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1",
                "CI_MERGE_REQUEST_PROJECT_ID": "1",
            },
            False,
        ),
        (
            {
                "GITLAB_CI": "true",
                "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2",
                "CI_MERGE_REQUEST_PROJECT_ID": "1",
            },
            True,
        ),
        ({"TF_BUILD": "True", "SYSTEM_PULLREQUEST_ISFORK": "False"}, False),
        ({"TF_BUILD": "True", "SYSTEM_PULLREQUEST_ISFORK": "True"}, True),
        ({"DRONE": "true"}, False),
        (
            {
                "BUILDKITE": "true",
                "BUILDKITE_REPO": "git@github.com:acme-inc/shop.git",
                "BUILDKITE_PULL_REQUEST_REPO": "https://github.com/you/shop",
            },
            True,
        ),
    ],
)
def test_a_fork_elsewhere(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], fork: bool
) -> None:
    use(monkeypatch, environment)
    assert is_of_a_fork() is fork


def test_a_pull_request_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, {"CIRCLECI": "1", "CIRCLE_PULL_REQUEST": "https://github.com/me/app/pull/9"})
    assert build()["pull request"] == "9"
    use(monkeypatch, {"CIRCLECI": "", "BUILDKITE": "1", "BUILDKITE_PULL_REQUEST": "false"})
    assert "pull request" not in build()


def test_the_run_leads_back_to_its_build(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, GITHUB)
    asked = runs_asked_for(shell, monkeypatch)
    words = ["--link", "Docs=https://x/docs", "--field", "Browser=Firefox", "r.xml"]
    assert shell.upload(*words) == 0
    links = {link["name"]: link["url"] for link in asked[0]["links"]}
    assert links == {
        "Docs": "https://x/docs",
        "Build": "https://github.com/me/app/actions/runs/77",
    }
    fields = {field["name"]: field["value"] for field in asked[0]["fields"][1:]}
    assert fields == {
        "Browser": "Firefox",
        "Branch": "feature",
        "Revision": "merge",
        "Pull request": "12",
        "Job": "test",
    }
    assert shell.upload("--run-id", "101", *words) == 2
    assert "--link does not go with --run-id" in shell.err


def test_a_run_of_testrail_says_it_in_words(rail: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, GITHUB)
    section(rail.sandbox, ["c.a", "c.b"])
    words = ["--project", "1", "--description", "Nightly.", "--refs", "AUTH-1", "r.xml"]
    assert rail("upload", "testrail", *words) == 0
    (run,) = rail.sandbox.testrail.runs.values()
    assert run.fields["description"].startswith(
        "Nightly.\n\nBuild: https://github.com/me/app/actions/runs/77\nBranch: feature\n"
    )
    assert run.fields["refs"] == "AUTH-1"


@pytest.mark.parametrize("known", SYSTEMS, ids=lambda known: known.name)
def test_every_system_says_what_all_jobs_of_a_pipeline_have_in_common(
    known: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_key(known.name) == "", "nothing is made up where a variable is not set"
    for pattern in known.pipeline:
        for name in re.findall(r"\{(\w+)\}", pattern):
            assert "ATTEMPT" not in name
            assert "JOB_ID" not in name
            monkeypatch.setenv(name, "7")
    assert run_key(known.name).startswith(f"{known.name}-")


def test_equal_jobs_are_told_apart_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_NODE_INDEX", "3")
    monkeypatch.setenv("CI_NODE_TOTAL", "1")
    assert "shard" not in build("gitlab")
    monkeypatch.setenv("CI_NODE_TOTAL", "4")
    assert build("gitlab")["shard"] == "3"


def test_nobody_says_a_pipeline_at_a_desk() -> None:
    assert run_key("none") == ""


def test_a_job_is_the_same_in_each_attempt_and_only_what_is_counted_has_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert job() == ("", 0)
    for name, value in JOBS["github"].environment.items():
        monkeypatch.setenv(name, value)
    assert job() == ("github-1658821493/e2e/", 3)
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "4")
    assert job() == ("github-1658821493/e2e/", 4)
    monkeypatch.delenv("GITHUB_RUN_ATTEMPT")
    assert job() == ("github-1658821493/e2e/", 0)
    monkeypatch.delenv("GITHUB_JOB")
    assert job() == ("", 0)
