"""What is too long to keep is cut while it is read."""

from __future__ import annotations

import pytest

from fakes import codes, of
from testferry.reports import narrow

tracemalloc = pytest.importorskip("tracemalloc", reason="PyPy cannot be asked")
LONG = "x" * 6_000_000


@pytest.mark.parametrize(
    "inside",
    [
        f"<testcase name='a' classname='c'><failure message='{LONG}'/></testcase>",
        f"<!--{LONG}--><testcase name='a' classname='c'><failure/></testcase>",
        f"<?pi {LONG}?><testcase name='a' classname='c'><failure/></testcase>",
        f'<testcase classname="c" odd="{LONG}" name="a"><failure/></testcase>',
    ],
)
def test_a_giant_value_costs_no_memory_and_loses_nothing_else(inside: str) -> None:
    data = f"<testsuite name='s'>{inside}<testcase name='b' classname='c'/></testsuite>".encode()
    tracemalloc.start()
    found, summary = of(data)
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(one.name, str(one.status)) for one in found] == [("a", "failed"), ("b", "passed")]
    assert codes(summary) == ["value-cut"]
    assert top < len(data) + 4_000_000, "the data itself, and a little"


def test_a_giant_attribute_that_never_ends_is_cut_off() -> None:
    found, summary = of(f"<testsuite><testcase name='a'/><testcase name='{LONG}")
    assert [one.name for one in found] == ["a"]
    assert "cut-off" in codes(summary)


def test_a_tag_of_endless_attributes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrow, "MOST_WITHOUT_END", 2_000_000)
    many = " ".join(f"a{at}='{'y' * 1000}'" for at in range(6000))
    _, summary = of(f"<testsuite><testcase {many} name='a'/></testsuite>")
    assert "over-limit" in codes(summary)
