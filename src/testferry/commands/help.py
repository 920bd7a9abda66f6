"""``help TOPIC``: a page about what several commands have in common."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import click

from testferry.errors import UsageProblem
from testferry.settings.complete import beginning_with
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import FORMATS
from testferry.settings.page import Page
from testferry.settings.systems import NAMES
from testferry.suggest import cure
from testferry.text import width_of_help

if TYPE_CHECKING:  # start-up is a feature
    from click.shell_completion import CompletionItem

_TEASERS = {
    "exit-codes": "What the number means that a command ends with.",
    "journal": "What is kept, where, and how an upload is carried on.",
    "rates": "How fast it goes, and who shares the limit.",
    "doubt": "What becomes of a request whose answer is lost.",
    "formats": "The reports that are read, and how they are known.",
    "ci": "What each CI system is told, and which are known.",
    "configuration": "Where settings come from, and which one counts.",
}
ROW = re.compile(r" {2}(\S.*?) {2,}(\S.*)")

_EXIT_CODES = """\
  0    every result is at the service; failed tests are data, not an error
  1    tests failed, only with --fail-on-failed-tests
  2    usage or configuration: unknown option, bad value, missing token
  3    no report or no result found (0 with --allow-empty)
  4    a report could not be read, or only in part; everything readable was uploaded
  5    refused as a whole: credentials, permission, project, address, certificate
  6    uploaded in part: some results were rejected or are in doubt, each is listed
  70   a defect in testferry; the traceback is in a file
  74   the journal cannot be written or read
  75   stopped for now (outage, limit, --max-time): run it again, or `testferry resume`
  127  the COMMAND behind -- is not there
  130, 143  SIGINT, SIGTERM; the journal is intact

When several hold, the first of 74, 5, 75, 6, 4 counts. --exit-zero turns 6 and 75 into 0
and hides no text. With -- COMMAND its own code stands unless it was 0."""

_JOURNAL = """\
Every request that changes something is on disk before it leaves. A kill, a crash or a power
cut loses nothing: the same command again, or `testferry resume`, carries the upload on.

  testferry uploads              a line each
  testferry uploads show ID      what was rejected or is in doubt, by name
  testferry uploads export ID    every result with its state, a line of JSON each
  testferry uploads forget ID    drop it; what was not sent is not sent any more
  testferry uploads prune        drop finished ones that are older than 30 days

Journals lie in the user's state directory (~/.local/state/testferry), or where --journal DIR
says. In a container the disk goes with the job: put --journal on a cached path.
--spool keeps an upload without asking anybody; --log-file FILE writes down what happens."""

_RATES = """\
testferry stays below the limit that it knows: the service's documented one, or --rate 180/min
(repeatable: several windows hold at once). --rate-share 0.8 leaves a fifth to others. All
processes of one user on one machine share it, others by --budget file:PATH.

A 429 pauses everybody for as long as the answer says; without a limit that is known, one is
learned from it. `testferry budget` shows who holds how much; `testferry explain DIALECT 429`
what would be done, and which sentence of the service's documents says so."""

_DOUBT = """\
A request whose answer is lost may have been applied. testferry looks before it sends again:
"there" counts at once, "not there" only after two looks and the settling time (--settle 90s),
because the service may still be at work on it.

What looking cannot settle is kept (exit 6). `testferry resume ID` looks again;
--in-doubt resend sends it again, which may make it twice; --in-doubt accept says that you have
seen it there; --in-doubt drop gives it up.
`testferry doctor TARGET` says what becomes of a lost answer there."""

_FORMATS = """\
The content tells the format, never the name of the file. --format NAME says it where the
content does not: {formats}.

A REPORT is a file, a directory, a glob with **, - for standard input, or an archive of them;
!GLOB takes files out again. `testferry inspect REPORT…` shows what is read, and sends nothing."""

_CI = """\
Known: {systems}.

They name the run and its source, and the run leads back to its build, branch, revision, pull
request and job. GitHub gets annotations, outputs and the step's summary; GitLab sections,
testferry.env (dotenv) and testferry-links.json; Azure issues, variables and the summary;
Buildkite an annotation and meta-data; TeamCity its status and parameters.

Let the step run when tests failed: if: always() (GitHub), after_script (GitLab),
condition: always() (Azure), post {{ always }} (Jenkins).
A fork's pull request gets no secrets: that is told, and is no failure.
--ci none keeps testferry from all of it."""

_CONFIGURATION = """\
The first that says something counts: the option, the environment (TESTFERRY_<OPTION>), the
file of --config, your own file (~/.config/testferry/config.toml), the nearest testferry.toml
or [tool.testferry] upwards, the CI system, the documented default.

Keys are the options by their names. A table [targets.NAME] with type = "…" is a target of its
own. A token is never in a file of these and never an option: it is in the environment, in
--token-file FILE, or in the keyring (`testferry login TARGET`).

  testferry init                 writes a testferry.toml, and examines it
  testferry config show TARGET   every setting, and where it comes from"""


def topics() -> dict[str, str]:
    """The pages by their names: paragraphs, and rows of a name and its words behind two blanks."""
    return {
        "exit-codes": _EXIT_CODES,
        "journal": _JOURNAL,
        "rates": _RATES,
        "doubt": _DOUBT,
        "formats": _FORMATS.format(formats=", ".join(FORMATS[1:])),
        "ci": _CI.format(systems=", ".join(NAMES)),
        "configuration": _CONFIGURATION,
    }


def run(asked: Asked) -> None:
    """A page on exit-codes, journal, rates, doubt, formats, ci or configuration."""
    known = topics()
    said = "-".join(asked.arguments["topic"]).lower()
    if not said:
        listed = "\n".join(f"  {name}  {words}" for name, words in _TEASERS.items())
        more = "`testferry COMMAND --help` is about one command."
        click.echo(_page(f"testferry help TOPIC, with one of:\n\n{listed}\n\n{more}"))
        return
    if said not in known:
        from testferry.commands import COMMANDS

        words = f"use one of {', '.join(known)}"
        if said in COMMANDS:
            words = f"`testferry {said} --help` is about the command"
        raise UsageProblem(f"there is no page on {said!r}", cure(words, said, known))
    click.echo(_page(known[said]))


def _page(text: str) -> str:
    """The text as wide as the terminal."""
    width = width_of_help()
    page = Page(width=width)
    for block in text.strip("\n").split("\n\n"):
        rows = [found.groups() for found in map(ROW.fullmatch, block.splitlines()) if found]
        page.write_paragraph()
        if len(rows) == len(block.splitlines()):
            with page.indentation():
                page.write_dl([(name, words) for name, words in rows])
        else:
            page.write(f"{textwrap.fill(block, width, break_on_hyphens=False)}\n")
    return page.getvalue().strip("\n")


def _complete(
    _: click.Context,
    __: click.Parameter,
    begun: str,
) -> list[CompletionItem]:
    return beginning_with(begun, topics())


def command() -> click.Command:
    """The command, as click has it."""
    argument = click.Argument(
        ["topic"],
        nargs=-1,
        metavar="[TOPIC]",
        shell_complete=_complete,
    )
    return Command("help", run, Takes(files=False), [argument])
