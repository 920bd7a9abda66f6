"""What Buildkite's agent is asked."""

from __future__ import annotations

import pytest

from hostile import ended
from papers import outcome
from testferry.outcome import Counts, Flags, Stop
from testferry.runners import Ended
from testferry.runners.buildkite import fold, tell


def test_an_annotation_and_meta_data() -> None:
    first, *others = tell(ended(), {}).calls
    assert first.words == (
        "buildkite-agent", "annotate", "--context", "testferry-abc", "--style", "warning"
    )  # fmt: skip
    assert first.read == "### summary\n"
    keys = {call.words[3]: call.read for call in others}
    assert keys["testferry:run_id"] == "7"
    assert all(call.words[:3] == ("buildkite-agent", "meta-data", "set") for call in others)


@pytest.mark.parametrize(
    ("counts", "stop", "style"),
    [
        (Counts(accepted=10), Stop(), "success"),
        (Counts(accepted=9, rejected=1), Stop(), "warning"),
        (Counts(pending=10), Stop(5, "401"), "error"),
    ],
)
def test_the_style_is_the_verdict(counts: Counts, stop: Stop, style: str) -> None:
    told = tell(Ended(outcome(counts, stop=stop), Flags(), "v", ""), {})
    assert told.calls[0].words[-1] == style


def test_groups() -> None:
    assert fold("a\n+++ b", 1.0) == ("--- a\\n+++ b", "+++ testferry")
