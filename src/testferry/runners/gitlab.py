"""GitLab CI: sections of the log, variables for later jobs, a link on the job's page.

``docs.gitlab.com``: "Expand and collapse job log sections" (``\\x1b[0Ksection_start:1:NAME\\r``);
"artifacts:reports:dotenv" (``NAME=value`` lines, no quotes, at most 20 on gitlab.com's free plan);
"artifacts:reports:annotations" (JSON with ``external_link``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from testferry.runners import Ended, File, Telling
from testferry.runners.facts import facts
from testferry.text import clean, first_line

DOTENV = "testferry.env"
LINKS = "testferry-links.json"
_PREFIX = "UPLOADED_"  # never TESTFERRY_: such a variable would be read as an option
_SECTION = "testferry_tests"
_LABEL = 200  # characters
_REASON = 300  # characters: of all variables together 5 KB are taken


def tell(ended: Ended, environment: Mapping[str, str]) -> Telling:
    """The files that a job may name as its reports."""
    return Telling(files=tuple(_files(ended)))


def fold(title: str, now: float) -> tuple[str, str]:
    """A section of the log, folded."""
    begun = f"\x1b[0Ksection_start:{int(now)}:{_SECTION}[collapsed=true]\r\x1b[0K{clean(title)}"
    return begun, f"\x1b[0Ksection_end:{int(now)}:{_SECTION}\r\x1b[0K"


def _files(ended: Ended) -> Iterator[File]:
    told = facts(ended.outcome, ended.flags)
    told["reason"] = first_line(told["reason"], _REASON)
    lines = [f"{_PREFIX}{name.upper()}={value}\n" for name, value in told.items()]
    yield File(DOTENV, "".join(lines), append=False)
    run = ended.outcome.run
    # An earlier command of the same folder may have left its link there.
    known = {}
    if run.url:
        label = first_line(clean(f"Run {run.id} {run.name}".strip()), _LABEL)
        link = {"external_link": {"label": label, "url": clean(run.url)}}
        known = {"testferry": [link]}
    yield File(LINKS, json.dumps(known), append=False)
