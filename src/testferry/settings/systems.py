"""The CI systems, each with the variables by which it tells what it builds."""

from __future__ import annotations

from typing import NamedTuple

_BITBUCKET = (
    "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/{BITBUCKET_BUILD_NUMBER}"
)
_APPVEYOR = (
    "{APPVEYOR_URL}/project/{APPVEYOR_ACCOUNT_NAME}/{APPVEYOR_PROJECT_SLUG}"
    "/builds/{APPVEYOR_BUILD_ID}"
)


class System(NamedTuple):
    """One CI system: texts are patterns of its variables, and the first that is whole counts.

    One record: a system is one row of a table.
    """

    name: str
    # a variable that only this system sets
    marker: str
    # what a run and its source are called
    run: tuple[str, ...]
    source: str
    # the way back
    url: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()
    revision: tuple[str, ...] = ()
    pull_request: tuple[str, ...] = ()
    job: tuple[str, ...] = ()
    # the variable that counts attempts of a job, and the number of the first one
    attempt: tuple[str, int] = ("", 1)
    # two variables that differ where a fork's pull request is built, or one that is then set
    fork: tuple[str, ...] = ()
    # what all jobs and all attempts of one pipeline have in common, and no other one
    pipeline: tuple[str, ...] = ()
    # the variables that say which one of several equal jobs this is, and of how many
    shard: tuple[str, str] = ("", "")


SYSTEMS = (
    System(
        "github",
        "GITHUB_ACTIONS",
        ("{GITHUB_WORKFLOW} #{GITHUB_RUN_NUMBER}",),
        "{GITHUB_REPOSITORY}",
        ("{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",),
        ("{GITHUB_HEAD_REF}", "{GITHUB_REF_NAME}"),
        ("{GITHUB_SHA}",),
        ("{GITHUB_REF}",),
        ("{GITHUB_JOB}",),
        ("GITHUB_RUN_ATTEMPT", 1),
        pipeline=("github-{GITHUB_RUN_ID}",),
    ),
    System(
        "gitlab",
        "GITLAB_CI",
        ("{CI_PROJECT_NAME} pipeline #{CI_PIPELINE_IID}",),
        "{CI_PROJECT_NAME}",
        ("{CI_JOB_URL}", "{CI_PIPELINE_URL}"),
        ("{CI_MERGE_REQUEST_SOURCE_BRANCH_NAME}", "{CI_COMMIT_REF_NAME}"),
        ("{CI_MERGE_REQUEST_SOURCE_BRANCH_SHA}", "{CI_COMMIT_SHA}"),
        ("{CI_MERGE_REQUEST_IID}",),
        ("{CI_JOB_NAME}",),
        fork=("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_ID"),
        pipeline=("gitlab-{CI_PIPELINE_ID}",),
        shard=("CI_NODE_INDEX", "CI_NODE_TOTAL"),
    ),
    System(
        "jenkins",
        "JENKINS_URL",
        ("{JOB_NAME} #{BUILD_NUMBER}",),
        "{JOB_NAME}",
        ("{BUILD_URL}",),
        ("{CHANGE_BRANCH}", "{BRANCH_NAME}", "{GIT_LOCAL_BRANCH}", "{GIT_BRANCH}"),
        ("{GIT_COMMIT}",),
        ("{CHANGE_ID}",),
        ("{JOB_NAME}",),
        fork=("CHANGE_FORK",),
        pipeline=("jenkins-{JOB_NAME}-{BUILD_NUMBER}",),
    ),
    System(
        "azure",
        "TF_BUILD",
        ("{BUILD_DEFINITIONNAME} #{BUILD_BUILDNUMBER}",),
        "{BUILD_REPOSITORY_NAME}",
        ("{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",),
        ("{SYSTEM_PULLREQUEST_SOURCEBRANCH}", "{BUILD_SOURCEBRANCH}", "{BUILD_SOURCEBRANCHNAME}"),
        ("{SYSTEM_PULLREQUEST_SOURCECOMMITID}", "{BUILD_SOURCEVERSION}"),
        ("{SYSTEM_PULLREQUEST_PULLREQUESTNUMBER}", "{SYSTEM_PULLREQUEST_PULLREQUESTID}"),
        ("{SYSTEM_JOBDISPLAYNAME}",),
        ("SYSTEM_JOBATTEMPT", 1),
        ("SYSTEM_PULLREQUEST_ISFORK",),
        pipeline=("azure-{BUILD_BUILDID}",),
        shard=("SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE"),
    ),
    System(
        "buildkite",
        "BUILDKITE",
        ("{BUILDKITE_PIPELINE_SLUG} #{BUILDKITE_BUILD_NUMBER}",),
        "{BUILDKITE_PIPELINE_SLUG}",
        ("{BUILDKITE_BUILD_URL}#{BUILDKITE_JOB_ID}", "{BUILDKITE_BUILD_URL}"),
        ("{BUILDKITE_BRANCH}",),
        ("{BUILDKITE_COMMIT}",),
        ("{BUILDKITE_PULL_REQUEST}",),
        ("{BUILDKITE_LABEL}",),
        ("BUILDKITE_RETRY_COUNT", 0),
        ("BUILDKITE_PULL_REQUEST_REPO", "BUILDKITE_REPO"),
        pipeline=("buildkite-{BUILDKITE_BUILD_ID}",),
        shard=("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT"),
    ),
    System(
        "circleci",
        "CIRCLECI",
        ("{CIRCLE_JOB} #{CIRCLE_BUILD_NUM}",),
        "{CIRCLE_PROJECT_REPONAME}",
        ("{CIRCLE_BUILD_URL}",),
        ("{CIRCLE_BRANCH}",),
        ("{CIRCLE_SHA1}",),
        ("{CIRCLE_PR_NUMBER}", "{CIRCLE_PULL_REQUEST}"),
        ("{CIRCLE_JOB}",),
        fork=("CIRCLE_PR_REPONAME",),
        pipeline=("circleci-{CIRCLE_PIPELINE_ID}", "circleci-{CIRCLE_WORKFLOW_ID}"),
        shard=("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL"),
    ),
    System(
        "bitbucket",
        "BITBUCKET_BUILD_NUMBER",
        ("{BITBUCKET_REPO_SLUG} #{BITBUCKET_BUILD_NUMBER}",),
        "{BITBUCKET_REPO_SLUG}",
        (_BITBUCKET,),
        ("{BITBUCKET_BRANCH}",),
        ("{BITBUCKET_COMMIT}",),
        ("{BITBUCKET_PR_ID}",),
        attempt=("BITBUCKET_STEP_RUN_NUMBER", 1),
        pipeline=("bitbucket-{BITBUCKET_REPO_SLUG}-{BITBUCKET_BUILD_NUMBER}",),
        shard=("BITBUCKET_PARALLEL_STEP", "BITBUCKET_PARALLEL_STEP_COUNT"),
    ),
    System(
        "teamcity",
        "TEAMCITY_VERSION",
        ("{TEAMCITY_BUILDCONF_NAME} #{BUILD_NUMBER}",),
        "{TEAMCITY_PROJECT_NAME}",
        ("{BUILD_URL}",),
        (),
        ("{BUILD_VCS_NUMBER}",),
        (),
        ("{TEAMCITY_BUILDCONF_NAME}",),
        pipeline=("teamcity-{TEAMCITY_BUILDCONF_NAME}-{BUILD_NUMBER}",),
    ),
    System(
        "travis",
        "TRAVIS",
        ("{TRAVIS_REPO_SLUG} #{TRAVIS_BUILD_NUMBER}",),
        "{TRAVIS_REPO_SLUG}",
        ("{TRAVIS_JOB_WEB_URL}", "{TRAVIS_BUILD_WEB_URL}"),
        ("{TRAVIS_PULL_REQUEST_BRANCH}", "{TRAVIS_BRANCH}"),
        ("{TRAVIS_PULL_REQUEST_SHA}", "{TRAVIS_COMMIT}"),
        ("{TRAVIS_PULL_REQUEST}",),
        ("{TRAVIS_JOB_NAME}",),
        fork=("TRAVIS_PULL_REQUEST_SLUG", "TRAVIS_REPO_SLUG"),
        pipeline=("travis-{TRAVIS_BUILD_ID}",),
    ),
    # Woodpecker also sets the variable of Drone, from which it comes.
    System(
        "woodpecker",
        "CI_PIPELINE_NUMBER",
        ("{CI_REPO_NAME} #{CI_PIPELINE_NUMBER}",),
        "{CI_REPO_NAME}",
        ("{CI_PIPELINE_URL}",),
        ("{CI_COMMIT_SOURCE_BRANCH}", "{CI_COMMIT_BRANCH}"),
        ("{CI_COMMIT_SHA}",),
        ("{CI_COMMIT_PULL_REQUEST}",),
        ("{CI_WORKFLOW_NAME}",),
        pipeline=("woodpecker-{CI_REPO}-{CI_PIPELINE_NUMBER}",),
    ),
    System(
        "drone",
        "DRONE",
        ("{DRONE_REPO_NAME} #{DRONE_BUILD_NUMBER}",),
        "{DRONE_REPO_NAME}",
        ("{DRONE_BUILD_LINK}",),
        ("{DRONE_SOURCE_BRANCH}", "{DRONE_BRANCH}"),
        ("{DRONE_COMMIT_SHA}",),
        ("{DRONE_PULL_REQUEST}",),
        ("{DRONE_STAGE_NAME}",),
        pipeline=("drone-{DRONE_REPO}-{DRONE_BUILD_NUMBER}",),
    ),
    System(
        "codebuild",
        "CODEBUILD_BUILD_ID",
        ("{CODEBUILD_BUILD_ID:before} #{CODEBUILD_BUILD_NUMBER}", "{CODEBUILD_BUILD_ID}"),
        "{CODEBUILD_SOURCE_REPO_URL}",
        ("{CODEBUILD_BUILD_URL}",),
        ("{CODEBUILD_WEBHOOK_HEAD_REF}",),
        ("{CODEBUILD_RESOLVED_SOURCE_VERSION}",),
        ("{CODEBUILD_WEBHOOK_TRIGGER}", "{CODEBUILD_SOURCE_VERSION}"),
        ("{CODEBUILD_BATCH_BUILD_IDENTIFIER}",),
        pipeline=("codebuild-{CODEBUILD_BUILD_ID}",),
    ),
    System(
        "appveyor",
        "APPVEYOR",
        ("{APPVEYOR_PROJECT_NAME} #{APPVEYOR_BUILD_NUMBER}",),
        "{APPVEYOR_PROJECT_SLUG}",
        (_APPVEYOR,),
        ("{APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH}", "{APPVEYOR_REPO_BRANCH}"),
        ("{APPVEYOR_PULL_REQUEST_HEAD_COMMIT}", "{APPVEYOR_REPO_COMMIT}"),
        ("{APPVEYOR_PULL_REQUEST_NUMBER}",),
        ("{APPVEYOR_JOB_NAME}",),
        fork=("APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME", "APPVEYOR_REPO_NAME"),
        pipeline=("appveyor-{APPVEYOR_BUILD_ID}",),
    ),
    System(
        "bamboo",
        "bamboo_buildNumber",
        ("{bamboo_planName} #{bamboo_buildNumber}",),
        "{bamboo_planName}",
        ("{bamboo_resultsUrl}", "{bamboo_buildResultsUrl}"),
        ("{bamboo_repository_pr_sourceBranch}", "{bamboo_planRepository_branchName}"),
        ("{bamboo_planRepository_revision}",),
        ("{bamboo_repository_pr_key}",),
        ("{bamboo_shortJobName}",),
        pipeline=("bamboo-{bamboo_planKey}-{bamboo_buildNumber}",),
    ),
)
NAMES = tuple(known.name for known in SYSTEMS)
