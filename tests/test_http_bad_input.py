"""A table that is wrong ends with 2 before anything is sent, and names file, line, key, hole and
the nearest word.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from shells import Shell
from sink import Sink

TABLE = """batch = { max_results = 2 }
[targets.sink.item]
name = "{name}"
"""


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("itme = { a = 1 }", 4, "unknown key 'itme'"),
        ("itme = { a = 1 }", 4, "did you mean item?"),
        ('[targets.sink.item]\nname = "{nmae}"', 5, "item.name: {nmae}: there is no field"),
        ('[targets.sink.item]\nname = "{nmae}"', 5, "did you mean name?"),
        ('[targets.sink.item]\ntook = "{elapsed|mss}"', 5, "did you mean ms?"),
        ('item = { a = { b = "{status|levle}" } }\nmaps = { level = { failed = 1 } }', 4, "did you mean level?"),
        ("maps = { level = 3 }", 4, "maps.level: a table of words is needed"),
        ('status = { faild = "x" }', 4, "did you mean failed?"),
        ('[targets.sink.send]\nrequest = "POST /a/../b"', 5, "leaves the address"),
        ('[targets.sink.send]\nrequest = "POST /{name}"', 5, "has no place in an address"),
        ('[targets.sink.send]\nrequest = "POST /{set.prject}"', 5, "--set prject="),
        ('set = { project = "X" }\n[targets.sink.send]\nrequest = "POST /{project}"', 6, "there is no 'project' here"),
        ('set = { project = "X" }\n[targets.sink.send]\nrequest = "POST /{project}"', 6, "did you mean set.project?"),
        ('set = { project = "X" }\n[targets.sink.send]\nrequest = "POST /{sett.prject}"', 6, "did you mean set.project?"),
        ('[targets.sink.send]\nheaders = { X-Run = "{uplod.id}" }', 5, "did you mean upload.id?"),
        ('[targets.sink.send]\nheaders = { X-Run = "{name}" }', 5, "did you mean upload.name?"),
        ('[targets.sink.send]\njson = { a = "{message}", results = "{results}" }', 5, "has no place in a body around results"),
        ('[targets.sink.send]\njson = { results = "{resluts}" }', 5, "did you mean results?"),
        ('[targets.sink.item]\nrun = "{uplaod.id}"', 5, "did you mean upload.id?"),
        ('[targets.sink.send]\nrequest = "POST /x?api_key=abc"', 5, "a secret has no place"),
        ('[targets.sink.send]\nheaders = { Authorization = "Bearer abc" }', 5, "a secret has no place"),
        ('[targets.sink.look]\nrequest = "GET /x"', 4, "look.keys"),
        ('[[targets.sink.open]]\nrequest = "GET /x"', 5, "open[0].request"),
        ('answer = { itmes = "/x" }', 4, "did you mean items?"),
        ('auth = { headr = "X: {token}" }', 4, "did you mean header?"),
        ('extends = "nowhere"', 4, "there is no target 'nowhere' to extend"),
        ('extends = "b"\n[targets.b]\nextends = "sink"', 6, "sink extends b extends sink"),
        ('dialect = "ours"\n[dialects.ours]\nwindows = [{ limit = 0, per = 5 }]', 6, "windows[0].limit: 0 is out of range"),
        ('dialect = "ours"\n[dialects.ours]\nextends = "other"\n[dialects.other]\nextends = "ours"', 8, "extends itself"),
        ("item = {", 0, "not valid TOML"),
    ],
)  # fmt: skip
def test_a_wrong_table_names_the_place_and_sends_nothing(
    sink: Sink, shell: Shell, tmp_path: Path, text: str, line: int, said: str
) -> None:
    with (tmp_path / "testferry.toml").open("a") as file:
        file.write(f"{text}\n")
    assert shell("upload", "sink", "r.xml") == 2
    told = " ".join(shell.err.split())
    assert said in told
    if line:
        assert f"testferry.toml, line {line}: " in told
    assert not sink.seen
