"""How a test of JUnit ended: by its children, and by its own words."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from fakes import of
from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.testcase import Children, ended


def child(*elements: str) -> Children:
    children = Children(ReportSummary("x"), "")
    for element in elements:
        children.add(ET.fromstring(element))
    return children


@pytest.mark.parametrize(
    ("kinds", "word", "status"),
    [
        ([], "", Status.PASSED),
        (["failure"], "passed", Status.FAILED),
        (["failure", "error"], "", Status.ERROR),
        (["skipped"], "", Status.SKIPPED),
        ([], "failed", Status.FAILED),
        ([], "completed", Status.PASSED),
    ],
)
def test_children_count_before_words(kinds: list[str], word: str, status: Status) -> None:
    assert ended(tuple(Detail(kind) for kind in kinds), word)[0] is status


def test_an_element_that_nobody_knows_is_kept_for_those_who_judge() -> None:
    assert child("<mystery/>").unknown == ["mystery"]


def test_reruns_are_attempts_and_a_flaky_one_is_told() -> None:
    result = Result(name="t", status=Status.PASSED)
    child("<flakyFailure>first</flakyFailure>", "<flakyError>second</flakyError>").give(result)
    assert (result.attempts, result.flaky, result.retried) == (3, True, True)


def test_outputs_are_joined_and_properties_kept_in_order() -> None:
    result = Result(name="t", status=Status.PASSED)
    child(
        "<system-out>a</system-out>",
        "<system-out>b</system-out>",
        '<properties><property name="k" value="1"/><property name="k" value="2"/></properties>',
    ).give(result)
    assert result.stdout == "a\nb"
    assert result.properties == (("k", "1"), ("k", "2"))


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ("success='false'", "failed"),
        ("passed='False'", "failed"),
        ("failed='true'", "failed"),
        ("executed='False'", "skipped"),
        ("ignored='true'", "skipped"),
        ("success='true'", "passed"),
        ("failed='false' disabled='false'", "passed"),
        ("success='false' status='run'", "failed"),
    ],
)
def test_attributes_that_are_true_or_false(attributes: str, status: str) -> None:
    found, _ = of(f"<testsuite><testcase name='a' classname='c' {attributes}/></testsuite>")
    assert str(found[0].status) == status


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ("x:status='failed'", "failed"),
        ("x:status='failed' status='passed'", "passed"),
        ("xsi:result='failed'", "passed"),
        ("Status='Failed'", "failed"),
        ("RESULT='error'", "error"),
        ("state='failed'", "failed"),
        ("verdict='skipped'", "skipped"),
        ("state='Berlin'", "passed"),
        ("success='0'", "failed"),
        ("executed='no'", "skipped"),
        ("failures='2'", "failed"),
        ("errors='1'", "error"),
        ("failures='0' errors='0'", "passed"),
        ("aborted='true'", "failed"),
        ("status='✔'", "passed"),
        ("status='❌'", "failed"),
    ],
)
def test_a_test_says_how_it_ended_however_its_attributes_are_spelt(
    attributes: str, status: str
) -> None:
    spaces = "xmlns:x='urn:x' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
    found, _ = of(
        f"<testsuite {spaces}><testcase name='a' classname='c' {attributes}/></testsuite>"
    )
    assert str(found[0].status) == status


def test_what_xml_itself_says_of_a_test_is_none_of_its_words() -> None:
    space = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
    found, summary = of(
        f"<testsuite {space} xsi:failures='1'>"
        "<testcase name='a' classname='c' time='1' xsi:status='failed'/></testsuite>"
    )
    assert [(result.name, str(result.status), result.elapsed) for result in found] == [
        ("a", "passed", 1.0)
    ]
    assert not summary.problems


def test_attachments_in_the_text_of_a_failure_are_found() -> None:
    found, _ = of(
        "<testsuite><testcase name='a'><failure message='[[ATTACHMENT|a.png]]'>at b [[ATTACHMENT|b.png]]"
        "</failure><system-out>[[ATTACHMENT|a.png]]</system-out></testcase></testsuite>"
    )
    assert found[0].attachments == ("a.png", "b.png")


def test_attachments_of_all_failures_of_a_test_are_found() -> None:
    result = Result(name="t", status=Status.FAILED)
    child(
        "<failure>[[ATTACHMENT|one.png]]</failure>",
        '<failure message="[[ATTACHMENT|two.png]]"/>',
        "<error>[[ATTACHMENT|three.png]]</error>",
    ).give(result)
    assert result.attachments == ("one.png", "two.png", "three.png")
