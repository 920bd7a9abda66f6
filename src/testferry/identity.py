"""Who an upload is, and what a command that was given its reports again is to do. Pure but for the
files' dates.

Place and content carry an *unfinished* upload on, wherever the files lie now. "Already uploaded"
needs more, because equal bytes are not the same run of the tests: the same files, not written
since, in the same attempt of the same CI job. Place is *where* (service, address, project, run or
plan), never *how* (batch sizes, rates, dialect). What shapes the results (fields, statuses, how
cases are found) is heeded for all that is not sent yet.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from testferry.engine.step import Target
from testferry.journal import Header, fingerprint
from testferry.option import key_of
from testferry.reports import Source, Watch, digest, unwatched

# The CI job's attempt: what it is called by the systems that have one. Where two stand together
# only both name it.
_ATTEMPTS = (
    ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB"),
    ("CI_JOB_ID",),
    ("BUILD_TAG",),
    ("BUILD_BUILDID", "SYSTEM_JOBATTEMPT", "SYSTEM_JOBID"),
    ("BUILDKITE_JOB_ID",),
    ("CIRCLE_WORKFLOW_JOB_ID",),
    ("CIRCLE_BUILD_NUM", "CIRCLE_NODE_INDEX"),
    ("BITBUCKET_STEP_UUID", "BITBUCKET_STEP_RUN_NUMBER"),
    ("TRAVIS_JOB_ID",),
    ("DRONE_BUILD_NUMBER", "DRONE_STEP_NUMBER"),
    ("CODEBUILD_BUILD_ID",),
    ("APPVEYOR_JOB_ID",),
    ("TEAMCITY_BUILD_ID",),
    ("TEAMCITY_VERSION", "TEAMCITY_BUILDCONF_NAME", "BUILD_NUMBER"),
    ("CI_PIPELINE_NUMBER", "CI_WORKFLOW_NUMBER", "CI_STEP_NUMBER"),
    ("bamboo_buildResultKey",),
)
File = list[Any]  # real path, mtime, as the journal's header keeps it


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an upload is."""

    word: str
    # The word that testferry 0.1 would have given: its unfinished journals are found by it.
    earlier_word: str
    place: Mapping[str, object]
    # Real path and mtime of each report's file; an empty path for standard input.
    files: Sequence[File]
    attempt: str = ""
    # The tests have just been run: whatever is there is of an earlier run of them.
    just_run: bool = False

    @property
    def paths(self) -> set[str]:
        """Where the reports lie."""
        return paths_of(self.files)

    def is_of_the_same_files(self, header: Header) -> bool:
        """Whether an upload was made of reports that lie where ours do."""
        every = [paths_of(sources) for _, sources in _commands(header)]
        return not header.sources or self.paths in every

    def is_done_by(self, header: Header) -> bool:
        """Whether a finished upload is this very one: there is nothing to do."""
        if self.just_run or "" in self.paths:
            return False
        if not header.sources:  # testferry 0.1 kept no files
            return all(written <= header.created for _, written, *_ in self.files)
        # The very date that the file had: a clock that was set in between says nothing.
        now = (self.attempt, _dated(self.files))
        return any((attempt, _dated(files)) == now for attempt, files in _commands(header))

    def newer(self, header: Header) -> str:
        """Say in what these reports differ from the equal ones that an upload is of; empty if that
        is expected: the tests have just been run.
        """
        if self.just_run:
            return ""
        if "" in self.paths:
            return "standard input may be of another run"
        if not self.is_of_the_same_files(header):
            return "these files lie elsewhere"
        if any(_dated(files) == _dated(self.files) for _, files in _commands(header)):
            return "this is another job of the CI system, or another attempt"
        return "the files were written since"


def _commands(header: Header) -> list[tuple[str, Sequence[File]]]:
    """The attempt and the files of each command that the upload is of."""
    later = [(str(attempt), sources) for attempt, sources in header.carried_on]
    return [(header.attempt, header.sources), *later]


def paths_of(files: Sequence[File]) -> set[str]:
    """Where reports lie."""
    return {str(path) for path, *_ in files}


def _dated(files: Sequence[File]) -> set[tuple[str, float]]:
    return {(str(path), written) for path, written, *_ in files}


def identify(
    service: str,
    url: str,
    place: Mapping[str, object],
    earlier_place: Mapping[str, object],
    sources: Sequence[Source],
    watch: Watch = unwatched,
    *,
    just_run: bool,
) -> Identity:
    """The identity of an upload of these reports to this place.

    Only what differs from a default counts, so that a release which adds an option does not make
    every upload another one.
    """
    content = digest(sources, watch)
    told = {key: value for key, value in place.items() if value not in ("", None, [], {}, False, 0)}
    return Identity(
        word=fingerprint(service, url, told, content),
        earlier_word=fingerprint(service, url, earlier_place, content),
        place={"service": service, "url": url, **told},
        files=_files(sources),
        attempt=attempt_of(os.environ),
        just_run=just_run,
    )


def attempt_of(environment: Mapping[str, str]) -> str:
    """What the CI system calls this attempt of the job; empty outside CI."""
    for names in _ATTEMPTS:
        values = [environment.get(name, "") for name in names]
        if values[0]:
            return "/".join([names[0], *values])
    return ""


def _files(sources: Iterable[Source]) -> list[File]:
    """The files of the reports, an archive once."""
    files: list[File] = []
    for source in sources:
        file = _file(source)
        if not files or file != files[-1]:
            files.append(file)
    return files


def _file(source: Source) -> File:
    """The file that a report was read from: for a member of an archive, the archive."""
    for path in (source.path, source.archive):
        if path and os.path.exists(path):
            return [os.path.realpath(path), _written(path)]
    return ["", 0.0]


def _written(path: str) -> float:
    """When a file was written; of a folder, the latest of its files."""
    try:
        latest = os.stat(path).st_mtime
        if os.path.isdir(path):
            with os.scandir(path) as entries:
                latest = max([latest, *(entry.stat().st_mtime for entry in entries)])
    except OSError:
        return 0.0
    return latest


@dataclass(frozen=True, slots=True)
class Difference:
    """The options of now that differ from those of an upload, by what they are about."""

    run: Sequence[str] = ()  # which is made already
    end: Sequence[str] = ()  # what is done when everything has arrived
    places: Sequence[str] = ()  # where results without a place may get one
    sent: Sequence[str] = ()  # the results as they leave

    @property
    def any(self) -> str:
        """Every one of them, in words."""
        return _in_words(*self.run, *self.end, *self.places, *self.sent)

    @property
    def of_the_plan(self) -> str:
        """Those for which what is not sent yet is planned anew, in words."""
        return _in_words(*self.end, *self.places, *self.sent)

    @property
    def of_results(self) -> str:
        """Those for which results that arrived are sent once more, in words."""
        return _in_words(*self.sent)

    @property
    def of_the_run(self) -> str:
        """Those that a run keeps, in words."""
        return _in_words(*self.run)


def _in_words(*names: str) -> str:
    return ", ".join(map(key_of, names))


def difference(
    before: Mapping[str, object],
    now: Mapping[str, object],
    target: Target,
) -> Difference:
    """What the options of now change in an upload of other ones."""
    # Where it goes to is the same: by that it was found, or it was put into its run.
    no_part = {*target.how, *target.identity(), "run_id"}
    found: dict[str, list[str]] = {"run": [], "end": [], "places": [], "sent": []}
    for name, value in now.items():
        if name not in no_part and before.get(name, value) != value:
            found[target.about.get(name, "sent")].append(name)
    return Difference(**found)


def changed(header: Header, target: Target, excluded: Iterable[str]) -> Difference:
    """What the options of now change in an upload."""
    found = difference(
        target.compared(header.options),
        target.compared(target.describe()),
        target,
    )
    if set(header.excluded) != set(excluded):
        found = replace(found, sent=[*found.sent, "exclude_status"])
    return found


def lets_be(header: Header, target: Target) -> bool:
    """Whether what has no place at the service was no error then, and is none now."""
    said = (header.options, target.describe())
    return all(options.get("allow_unmatched") for options in said)
