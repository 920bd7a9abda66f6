"""The only list of services, and that asking for one of them loads no other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from testferry.errors import UsageProblem
from testferry.services import NAMES, service_of, services


def test_the_list_is_the_order_in_which_people_see_them() -> None:
    assert tuple(service.name for service in services()) == NAMES


def test_a_name_that_there_is_not_says_which_there_are() -> None:
    with pytest.raises(UsageProblem, match="no target type 'jira'") as problem:
        service_of("jira")
    assert "testmo" in problem.value.hint


def test_asking_for_one_loads_no_other() -> None:
    code = (
        "import sys; from testferry.services import service_of; service_of('http');"
        "print([name for name in sys.modules if '.testrail' in name or '.testmo' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
