"""GitLab's grammar: sections, dotenv, annotations."""

from __future__ import annotations

import json
import re

from hostile import ended
from papers import outcome
from testferry.outcome import Counts, Flags, Run, Stop
from testferry.runners import Ended
from testferry.runners.gitlab import fold, tell


def test_dotenv_and_link() -> None:
    dotenv, links = tell(ended(), {}).files
    assert (dotenv.path, links.path) == ("testferry.env", "testferry-links.json")
    assert not dotenv.append
    lines = dotenv.text.splitlines()
    assert all(re.match(r"UPLOADED_[A-Z_]+=", line) for line in lines)
    assert len({line.split("=")[0] for line in lines}) == len(lines) <= 20
    assert "UPLOADED_RUN_ID=7" in lines
    (link,) = json.loads(links.text)["testferry"]
    assert set(link["external_link"]) == {"label", "url"}


def test_without_a_run_there_is_no_link() -> None:
    found = outcome(Counts(accepted=1))
    found.run = Run()
    assert json.loads(tell(Ended(found, Flags(), "v", ""), {}).files[1].text) == {}


def test_all_variables_together_fit_into_5_kilobytes() -> None:
    found = outcome(Counts(pending=1), stop=Stop(75, "測" * 1000))
    assert len(tell(Ended(found, Flags(), "v", ""), {}).files[0].text.encode()) < 5 * 1024


def test_a_section_is_opened_and_closed_once() -> None:
    begun, ended_ = fold("Tests \x1b[0Ksection_end:1:testferry_tests\r\x1b[0K", 12.9)
    assert begun.startswith(
        "\x1b[0Ksection_start:12:testferry_tests[collapsed=true]\r\x1b[0KTests "
    )
    assert begun.count("\x1b") == 2
    assert begun.count("section_end:") == 0
    assert ended_ == "\x1b[0Ksection_end:12:testferry_tests\r\x1b[0K"
