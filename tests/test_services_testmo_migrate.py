"""Command lines of Testmo's client: every option of its four commands that send (``--help`` of
1.5.0) is heeded or told.
"""

from __future__ import annotations

import shlex

import pytest

from others import TESTMO
from testferry.errors import UsageProblem
from testferry.services.testmo.migrate import migrate

EACH = [(command, option) for command, options in TESTMO.items() for option in options]


@pytest.mark.parametrize(("command", "option"), EACH)
def test_every_option_is_heeded_or_told(command: str, option: str) -> None:
    found = migrate(f"testmo {command} {option}")
    name = option.split(maxsplit=1)[0]
    words = [*found.words, *found.reports]
    assert words == TESTMO[command][option]
    if not words and name != "--instance":
        (note,) = found.notes
        assert note.startswith(name)
        assert len(note) > len(option) + 10, "it is said why, or what does it here"
    else:
        assert not found.notes


def test_a_whole_line() -> None:
    found = migrate(
        "TESTMO_TOKEN=x npx testmo automation:run:submit --instance=https://x --project-id=3"
        " --name N --source s --tags 'a, b' --tags c --results a.xml 'b/*.xml' --debug"
        " --allow-empty-results --token x --odd y -- npm test -- x"
    )
    assert found.command == (
        "testferry upload testmo --project-id 3 --name N --source s"
        " --tag a --tag b --tag c -vv --allow-empty a.xml 'b/*.xml' -- npm test -- x"
    )
    assert found.table == {"project-id": 3, "source": "s", "tag": ["a", "b", "c"]}
    assert found.environment == {"TESTMO_URL": "https://x"}
    assert [note.split()[0] for note in found.notes] == ["TESTMO_TOKEN:", "--token", "--odd"]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (
            "automation:resources:add-field --type string --name Version --value '2 b'",
            "testferry upload testmo --field 'Version=2 b' REPORT",
        ),
        (
            "automation:resources:add-link --name Repo --url https://x --note n",
            "testferry upload testmo --link Repo=https://x REPORT",
        ),
        (
            "automation:resources:add-field --type console --name Files",
            "testferry upload testmo --resources testmo-resources.json REPORT",
        ),
        (
            "automation:resources:add-artifact --name a --url https://x --resources r.json",
            "testferry upload testmo --resources r.json REPORT",
        ),
    ],
)
def test_resources(line: str, command: str) -> None:
    found = migrate(f"testmo {line}")
    assert found.command == command
    assert found.notes[-1] == "this belongs to the line that uploads the results"
    assert ("--note" in line) is any(note.startswith("--note") for note in found.notes)


def test_an_instance_without_its_scheme() -> None:
    line = "testmo automation:run:complete --run-id 7 --instance"
    assert migrate(f"{line} x.testmo.net").environment == {"TESTMO_URL": "https://x.testmo.net"}
    assert migrate(f"{line} $URL").environment == {"TESTMO_URL": "$URL"}
    assert migrate(f"{line} $URL").command == "testferry run complete testmo --run-id 7"
    assert shlex.split(migrate(f"{line} x").command)[1:3] == ["run", "complete"]


@pytest.mark.parametrize("line", ["", "testmo automation:run:list", "testmo", "'"])
def test_what_is_no_upload(line: str) -> None:
    with pytest.raises(UsageProblem):
        migrate(line)
