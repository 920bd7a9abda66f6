"""What is said of a run that many jobs fill."""

from __future__ import annotations

import subprocess
import sys

import pytest

from testferry.errors import UsageProblem
from testferry.services.keyoptions import check_key


@pytest.mark.parametrize("key", ["a[b", "a]b", "two\nlines", "k" * 101])
def test_a_key_that_could_not_be_found_again_is_refused(key: str) -> None:
    with pytest.raises(UsageProblem):
        check_key(key, run_id="")


def test_a_run_has_one_name() -> None:
    check_key("", run_id="7")
    check_key("release 1.2 / nightly", run_id="")
    with pytest.raises(UsageProblem, match="--run-id"):
        check_key("k", run_id="7")


@pytest.mark.parametrize("service", ["testmo", "testrail", "http", "sandbox"])
def test_the_options_of_a_service_load_nothing_that_sends(service: str) -> None:
    """Help is read more often than anything is sent."""
    code = f"""import sys, testferry.services.{service}
print([name for name in sys.modules if name.startswith(("testferry.engine", "testferry.dialects."))])"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
