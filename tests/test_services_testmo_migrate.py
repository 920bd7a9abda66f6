"""Command lines of Testmo's client."""

from __future__ import annotations

import pytest

from testferry.errors import UsageProblem
from testferry.services.testmo.migrate import migrate


def test_every_option_is_heeded_or_told() -> None:
    found = migrate(
        "npx testmo automation:run:submit --instance=https://x --project-id=3 --name N --source s"
        " --config c --milestone m --tags 'a, b' --tags c --results a.xml --results 'b/*.xml'"
        " --debug --allow-empty-results --token x --resources r.json --odd -- npm test -- x"
    )
    assert found.command == (
        "testferry upload testmo --project-id 3 --name N --source s --config-name c --milestone m"
        " --tag a --tag b --tag c -vv --allow-empty a.xml 'b/*.xml' -- npm test -- x"
    )
    assert found.table == {
        "project-id": 3, "source": "s", "config-name": "c", "milestone": "m", "tag": ["a", "b", "c"]
    }  # fmt: skip
    assert [note.split()[0] for note in found.notes] == ["the", "--resources", "--odd"]


@pytest.mark.parametrize("line", ["", "testmo automation:run:create", "'"])
def test_what_is_no_upload(line: str) -> None:
    with pytest.raises(UsageProblem):
        migrate(line)
