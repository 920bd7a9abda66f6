from __future__ import annotations

import json

from fakes import of


def test_errors_outside_of_examples_stand_with_their_words() -> None:
    found, _ = of(json.dumps({
        "version": "3", "messages": ["An error occurred while loading ./a_spec.rb"], "examples": [],
        "summary": {"failure_count": 0, "errors_outside_of_examples_count": 1}, "summary_line": "",
    }))  # fmt: skip
    assert found[0].synthetic
    assert "a_spec.rb" in found[0].details[0].text
