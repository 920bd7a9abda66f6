"""Jobs as the runners really set them, by their documentation: the variables of one job each that
builds a pull request, or a branch where the system tells no pull request.

The third attempt is meant where a system counts them.
"""

from __future__ import annotations

from typing import NamedTuple


class Job(NamedTuple):
    """One job, and what a run made in it says."""

    environment: dict[str, str]
    name: str
    source: str
    build: dict[str, str]


JOBS = {
    # docs.github.com, "Variables reference"
    "github": Job(
        {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "octo",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_HEAD_REF": "feature/login",
            "GITHUB_BASE_REF": "main",
            "GITHUB_JOB": "e2e",
            "GITHUB_REF": "refs/pull/12/merge",
            "GITHUB_REF_NAME": "12/merge",
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_RUN_ATTEMPT": "3",
            "GITHUB_RUN_ID": "1658821493",
            "GITHUB_RUN_NUMBER": "42",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": "ffac537e6cbbf934b08745a378932722df287a53",
            "GITHUB_WORKFLOW": "CI",
            "GITHUB_WORKSPACE": "/home/runner/work/shop/shop",
        },
        "CI #42 e2e (attempt 3)",
        "shop",
        {
            "url": "https://github.com/acme/shop/actions/runs/1658821493",
            "branch": "feature/login",
            "revision": "ffac537e6cbbf934b08745a378932722df287a53",
            "pull request": "12",
            "job": "e2e",
        },
    ),
    # docs.gitlab.com, "Predefined CI/CD variables reference"
    "gitlab": Job(
        {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_COMMIT_REF_NAME": "feature/login",
            "CI_COMMIT_SHA": "1ecfd275763eff1d6b4844ea3168962458c9f27a",
            "CI_JOB_ID": "50",
            "CI_JOB_NAME": "e2e 1/4",
            "CI_JOB_URL": "https://gitlab.com/acme/shop/-/jobs/50",
            "CI_MERGE_REQUEST_IID": "12",
            "CI_MERGE_REQUEST_PROJECT_ID": "34",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature/login",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "34",
            "CI_PIPELINE_ID": "1000",
            "CI_PIPELINE_IID": "10",
            "CI_PIPELINE_URL": "https://gitlab.com/acme/shop/-/pipelines/1000",
            "CI_PROJECT_NAME": "shop",
            "CI_PROJECT_PATH": "acme/shop",
        },
        "shop pipeline #10 e2e 1/4",
        "shop",
        {
            "url": "https://gitlab.com/acme/shop/-/jobs/50",
            "branch": "feature/login",
            "revision": "1ecfd275763eff1d6b4844ea3168962458c9f27a",
            "pull request": "12",
            "job": "e2e 1/4",
        },
    ),
    # JENKINS_URL/env-vars.html and the branch API plugin: a multibranch project in a folder
    "jenkins": Job(
        {
            "JENKINS_URL": "https://ci.example/",
            "JENKINS_HOME": "/var/jenkins",
            "BRANCH_NAME": "PR-12",
            "BUILD_NUMBER": "17",
            "BUILD_TAG": "jenkins-team-shop-PR-12-17",
            "BUILD_URL": "https://ci.example/job/team/job/shop/job/PR-12/17/",
            "CHANGE_BRANCH": "feature/login",
            "CHANGE_ID": "12",
            "GIT_BRANCH": "PR-12",
            "GIT_COMMIT": "abc",
            "JOB_BASE_NAME": "PR-12",
            "JOB_NAME": "team/shop/PR-12",
            "STAGE_NAME": "Declarative: Post Actions",
        },
        "team/shop/PR-12 #17",
        "shop",
        {
            "url": "https://ci.example/job/team/job/shop/job/PR-12/17/",
            "branch": "feature/login",
            "revision": "abc",
            "pull request": "12",
            "job": "team/shop/PR-12",
        },
    ),
    # learn.microsoft.com, "Use predefined variables"
    "azure": Job(
        {
            "TF_BUILD": "True",
            "BUILD_BUILDID": "77",
            "BUILD_BUILDNUMBER": "20261127.3",
            "BUILD_DEFINITIONNAME": "nightly",
            "BUILD_REPOSITORY_NAME": "acme/shop",
            "BUILD_SOURCEBRANCH": "refs/pull/12/merge",
            "BUILD_SOURCEBRANCHNAME": "merge",
            "BUILD_SOURCEVERSION": "merged",
            "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
            "SYSTEM_JOBATTEMPT": "3",
            "SYSTEM_JOBDISPLAYNAME": "e2e",
            "SYSTEM_PULLREQUEST_ISFORK": "False",
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "991",
            "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "12",
            "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/feature/login",
            "SYSTEM_PULLREQUEST_SOURCECOMMITID": "written",
            "SYSTEM_TEAMPROJECT": "My Shop",
        },
        "nightly #20261127.3 e2e (attempt 3)",
        "shop",
        {
            "url": "https://dev.azure.com/acme/My%20Shop/_build/results?buildId=77",
            "branch": "feature/login",
            "revision": "written",
            "pull request": "12",
            "job": "e2e",
        },
    ),
    # buildkite.com/docs, "Environment variables"
    "buildkite": Job(
        {
            "CI": "true",
            "BUILDKITE": "true",
            "BUILDKITE_BRANCH": "feature/login",
            "BUILDKITE_BUILD_NUMBER": "1514",
            "BUILDKITE_BUILD_URL": "https://buildkite.com/acme-inc/shop/builds/1514",
            "BUILDKITE_COMMIT": "83a20ec058e2fb00e7fa4558c4c6e81e2dcf253d",
            "BUILDKITE_JOB_ID": "e44f9784",
            "BUILDKITE_LABEL": ":hammer: e2e",
            "BUILDKITE_PIPELINE_SLUG": "shop",
            "BUILDKITE_PULL_REQUEST": "12",
            "BUILDKITE_PULL_REQUEST_REPO": "git://github.com/acme-inc/shop.git",
            "BUILDKITE_REPO": "git@github.com:acme-inc/shop.git",
            "BUILDKITE_RETRY_COUNT": "2",
        },
        "shop #1514 e2e (attempt 3)",
        "shop",
        {
            "url": "https://buildkite.com/acme-inc/shop/builds/1514#e44f9784",
            "branch": "feature/login",
            "revision": "83a20ec058e2fb00e7fa4558c4c6e81e2dcf253d",
            "pull request": "12",
            "job": ":hammer: e2e",
        },
    ),
    # circleci.com/docs, "Project values and variables"
    "circleci": Job(
        {
            "CI": "true",
            "CIRCLECI": "true",
            "CIRCLE_BRANCH": "feature/login",
            "CIRCLE_BUILD_NUM": "65",
            "CIRCLE_BUILD_URL": "https://circleci.com/gh/acme/shop/65",
            "CIRCLE_JOB": "e2e",
            "CIRCLE_NODE_INDEX": "0",
            "CIRCLE_PROJECT_REPONAME": "shop",
            "CIRCLE_PROJECT_USERNAME": "acme",
            "CIRCLE_PULL_REQUEST": "https://github.com/acme/shop/pull/12",
            "CIRCLE_SHA1": "abc",
            "CIRCLE_WORKFLOW_JOB_ID": "7a",
        },
        "e2e #65",
        "shop",
        {
            "url": "https://circleci.com/gh/acme/shop/65",
            "branch": "feature/login",
            "revision": "abc",
            "pull request": "12",
            "job": "e2e",
        },
    ),
    # support.atlassian.com, "Variables and secrets"
    "bitbucket": Job(
        {
            "CI": "true",
            "BITBUCKET_BRANCH": "feature/login",
            "BITBUCKET_BUILD_NUMBER": "5",
            "BITBUCKET_COMMIT": "7f777ed95a19224294949e1b4ce56bbffcb1fe9f",
            "BITBUCKET_PR_ID": "12",
            "BITBUCKET_REPO_FULL_NAME": "acme/shop",
            "BITBUCKET_REPO_SLUG": "shop",
            "BITBUCKET_STEP_RUN_NUMBER": "3",
            "BITBUCKET_STEP_UUID": "{b1}",
        },
        "shop #5 (attempt 3)",
        "shop",
        {
            "url": "https://bitbucket.org/acme/shop/pipelines/results/5",
            "branch": "feature/login",
            "revision": "7f777ed95a19224294949e1b4ce56bbffcb1fe9f",
            "pull request": "12",
        },
    ),
    # jetbrains.com/help/teamcity, "List of predefined build parameters": branches are no variables
    "teamcity": Job(
        {
            "TEAMCITY_VERSION": "2026.1 (build 174331)",
            "TEAMCITY_BUILDCONF_NAME": "Build",
            "TEAMCITY_PROJECT_NAME": "Shop",
            "BUILD_NUMBER": "8",
            "BUILD_URL": "https://tc.example/viewLog.html?buildId=1",
            "BUILD_VCS_NUMBER": "abc",
        },
        "Build #8",
        "Shop",
        {"url": "https://tc.example/viewLog.html?buildId=1", "revision": "abc", "job": "Build"},
    ),
    # docs.travis-ci.com, "Environment variables"
    "travis": Job(
        {
            "CI": "true",
            "TRAVIS": "true",
            "TRAVIS_BRANCH": "main",
            "TRAVIS_BUILD_NUMBER": "12",
            "TRAVIS_BUILD_WEB_URL": "https://app.travis-ci.com/acme/shop/builds/1",
            "TRAVIS_COMMIT": "merged",
            "TRAVIS_JOB_ID": "2",
            "TRAVIS_JOB_NAME": "e2e",
            "TRAVIS_JOB_WEB_URL": "https://app.travis-ci.com/acme/shop/jobs/2",
            "TRAVIS_PULL_REQUEST": "12",
            "TRAVIS_PULL_REQUEST_BRANCH": "feature/login",
            "TRAVIS_PULL_REQUEST_SHA": "written",
            "TRAVIS_PULL_REQUEST_SLUG": "acme/shop",
            "TRAVIS_REPO_SLUG": "acme/shop",
        },
        "acme/shop #12 e2e",
        "shop",
        {
            "url": "https://app.travis-ci.com/acme/shop/jobs/2",
            "branch": "feature/login",
            "revision": "written",
            "pull request": "12",
            "job": "e2e",
        },
    ),
    # woodpecker-ci.org/docs/usage/environment: run by hand, it has no CI_PIPELINE_FORGE_URL
    "woodpecker": Job(
        {
            "CI": "woodpecker",
            "CI_COMMIT_BRANCH": "main",
            "CI_COMMIT_PULL_REQUEST": "12",
            "CI_COMMIT_SHA": "abc",
            "CI_COMMIT_SOURCE_BRANCH": "feature/login",
            "CI_PIPELINE_FORGE_URL": "",
            "CI_PIPELINE_NUMBER": "8",
            "CI_PIPELINE_URL": "https://ci.example/repos/7/pipeline/8",
            "CI_REPO": "acme/shop",
            "CI_REPO_NAME": "shop",
            "CI_STEP_NUMBER": "1",
            "CI_SYSTEM_NAME": "woodpecker",
            "CI_WORKFLOW_NAME": "e2e",
            "DRONE": "true",
        },
        "shop #8 e2e",
        "shop",
        {
            "url": "https://ci.example/repos/7/pipeline/8",
            "branch": "feature/login",
            "revision": "abc",
            "pull request": "12",
            "job": "e2e",
        },
    ),
    # docs.drone.io, "Reference"
    "drone": Job(
        {
            "CI": "true",
            "DRONE": "true",
            "DRONE_BRANCH": "main",
            "DRONE_BUILD_LINK": "https://drone.example/acme/shop/42",
            "DRONE_BUILD_NUMBER": "42",
            "DRONE_COMMIT_SHA": "abc",
            "DRONE_PULL_REQUEST": "12",
            "DRONE_REPO_NAME": "shop",
            "DRONE_SOURCE_BRANCH": "feature/login",
            "DRONE_STAGE_NAME": "e2e",
            "DRONE_STEP_NUMBER": "2",
        },
        "shop #42 e2e",
        "shop",
        {
            "url": "https://drone.example/acme/shop/42",
            "branch": "feature/login",
            "revision": "abc",
            "pull request": "12",
            "job": "e2e",
        },
    ),
    # docs.aws.amazon.com/codebuild, "Environment variables in build environments"
    "codebuild": Job(
        {
            "CODEBUILD_BUILD_ID": "shop:b1e6661e-e4f2-4156-9ab9-82a19EXAMPLE",
            "CODEBUILD_BUILD_NUMBER": "17",
            "CODEBUILD_BUILD_URL": "https://console.aws.amazon.com/codebuild/shop",
            "CODEBUILD_RESOLVED_SOURCE_VERSION": "abc",
            "CODEBUILD_SOURCE_REPO_URL": "https://github.com/acme/shop.git",
            "CODEBUILD_SOURCE_VERSION": "pr/12",
            "CODEBUILD_WEBHOOK_HEAD_REF": "refs/heads/feature/login",
            "CODEBUILD_WEBHOOK_TRIGGER": "pr/12",
        },
        "shop #17",
        "shop",
        {
            "url": "https://console.aws.amazon.com/codebuild/shop",
            "branch": "feature/login",
            "revision": "abc",
            "pull request": "12",
        },
    ),
    # appveyor.com/docs/environment-variables
    "appveyor": Job(
        {
            "CI": "True",
            "APPVEYOR": "True",
            "APPVEYOR_ACCOUNT_NAME": "acme",
            "APPVEYOR_BUILD_ID": "99",
            "APPVEYOR_BUILD_NUMBER": "7",
            "APPVEYOR_JOB_ID": "j1",
            "APPVEYOR_JOB_NAME": "Image: e2e",
            "APPVEYOR_PROJECT_NAME": "Shop",
            "APPVEYOR_PROJECT_SLUG": "shop",
            "APPVEYOR_PULL_REQUEST_HEAD_COMMIT": "written",
            "APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH": "feature/login",
            "APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME": "acme/shop",
            "APPVEYOR_PULL_REQUEST_NUMBER": "12",
            "APPVEYOR_REPO_BRANCH": "main",
            "APPVEYOR_REPO_COMMIT": "merged",
            "APPVEYOR_REPO_NAME": "acme/shop",
            "APPVEYOR_URL": "https://ci.appveyor.com",
        },
        "Shop #7 Image: e2e",
        "shop",
        {
            "url": "https://ci.appveyor.com/project/acme/shop/builds/99",
            "branch": "feature/login",
            "revision": "written",
            "pull request": "12",
            "job": "Image: e2e",
        },
    ),
    # confluence.atlassian.com/bamboo, "Bamboo variables"
    "bamboo": Job(
        {
            "bamboo_buildNumber": "20",
            "bamboo_buildResultKey": "SHOP-NIGHTLY-JOB1-20",
            "bamboo_planName": "Shop - Nightly",
            "bamboo_planRepository_branchName": "main",
            "bamboo_planRepository_revision": "abc",
            "bamboo_repository_pr_key": "12",
            "bamboo_repository_pr_sourceBranch": "feature/login",
            "bamboo_resultsUrl": "https://bamboo.example/browse/SHOP-NIGHTLY-JOB1-20",
            "bamboo_shortJobName": "e2e",
        },
        "Shop - Nightly #20 e2e",
        "Shop - Nightly",
        {
            "url": "https://bamboo.example/browse/SHOP-NIGHTLY-JOB1-20",
            "branch": "feature/login",
            "revision": "abc",
            "pull request": "12",
            "job": "e2e",
        },
    ),
}
