"""TeamCity's grammar, read back as the server reads it."""

from __future__ import annotations

import re

from hostile import ended
from testferry.runners.teamcity import fold, tell

VALUE = r"'((?:[^|'\[\]\n\r]|\|['nrxlp|\[\]]|\|0x[0-9a-f]{4})*)'"
MESSAGE = re.compile(rf"##teamcity\[(\w+)((?: \w+={VALUE})+)\]")


def test_nothing_is_smuggled() -> None:
    told = tell(ended(), {})
    for line in (*told.lines, *fold("x' y='z'] ##teamcity[q]", 1.0)):
        found = MESSAGE.fullmatch(line.replace("{build.status.text}", ""))
        assert found, line
        assert found[1] in (
            "buildStatus", "setParameter", "message", "blockOpened", "blockClosed"
        )  # fmt: skip
        assert line.count("##teamcity[") == 1
        assert line.isascii()


def test_the_status_and_the_parameters() -> None:
    lines = tell(ended(), {}).lines
    assert lines[0].startswith("##teamcity[buildStatus text='{build.status.text}; |0x2718 8 of 10")
    assert "##teamcity[setParameter name='testferry.run_id' value='7']" in lines
    assert any("|0xd83d|0xde00" in line for line in lines) or len(lines) > 10
