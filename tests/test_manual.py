"""The manual page is what the program is, and stands in the wheel."""

from __future__ import annotations

import shutil
import subprocess
import tomllib

import pytest

from conftest import ROOT
from manual import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "python tests/manual.py writes it"


def test_the_page_is_in_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == {"src/testferry/testferry.1": "share/man/man1/testferry.1"}


def test_the_page_is_one_that_man_can_show() -> None:
    if shutil.which("groff") is None:
        pytest.skip("there is no groff")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-Kutf8", str(PAGE)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "warning" not in done.stderr
    assert "upload test results in bulk" in done.stdout
