from __future__ import annotations

import pytest

from fakes import of
from testferry.caseids import named
from testferry.model import Result, Status


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("C123 title", [123]),
        ("C123: title", [123]),
        ("title C123", [123]),
        ("[C1][C2] y", [1, 2]),
        ("[C1, C2] y", [1, 2]),
        ("C818 C819 - x", [818, 819]),
        ("`C123 x`", [123]),
        ("C3_C4_x", [3, 4]),
        ("C7_logs_in", [7]),
        ("module_1_C7_logs_in", [7]),
        ("logs_in_C7_C8()", [7, 8]),
        ("logsIn_C7(String, int)[1]", [7]),
        ("[C1] and C1", [1]),
        ("sort [1, 2, 3]", []),
        ("c3 po", []),
        ("covid c19", []),
        ("x=C0", []),
        ("ABC1_x", []),
        ("test_c14_dating", []),
        ("chapter C1.2", []),
        ("C", []),
    ],
)
def test_ids_in_names(name: str, ids: list[int]) -> None:
    assert [case.id for case in named(name, ())] == ids


@pytest.mark.parametrize(
    ("properties", "ids"),
    [
        ([("test_id", "C1, 2")], [1, 2]),
        ([("test_id", "[C1]")], [1]),
        ([("test_id", "none")], [9]),
        ([("testrail_case_id", "C5")], [5]),
        ([("tag", "@C7")], [9, 7]),
        ([("tag", "smoke C7,C8")], [9, 7, 8]),
        ([("marker", "testrail('C7')")], [9, 7]),
        ([("markers", "smoke, testrail(ids=('C7', 'C8'))")], [9, 7, 8]),
        ([("tag", "C7b ABC8 c6 1.C")], [9]),
        ([("label:tag", "C7")], [9, 7]),
        ([("case_id", "7")], [9]),
    ],
)
def test_a_property_of_ids_counts_alone_and_tags_beside_the_name(
    properties: list[tuple[str, str]], ids: list[int]
) -> None:
    assert [case.id for case in named("C9 x", properties)] == ids


def test_robot_documentation_and_tags_cucumber_tags_and_pytest_properties() -> None:
    test = (
        '<test name="t"><doc>Logs in.\n\n- testrail_case_id: C123\n- testrail_result_comment: slow\n'
        "- testrail_attachment: shots/a.png</doc><tag>C9</tag><status status='PASS'/></test>"
    )
    found, _ = of(f'<robot generator="Robot"><suite name="S">{test}</suite></robot>')
    assert found[0].ids == (123,)
    assert ("testrail_result_comment", "slow") in found[0].properties
    assert found[0].attachments == ("shots/a.png",)
    step = '{"keyword":"Given ","name":"x","result":{"status":"passed"}}'
    found, _ = of(
        '[{"uri":"a","keyword":"Feature","name":"F","elements":[{"type":"scenario","name":"p","tags":[{"name":"@C1003"}],'
        f'"steps":[{step}]}}]}}]'
    )
    assert found[0].ids == (1003,)
    found, _ = of(
        "<testsuite><testcase name='a' classname='c'><properties><property name='test_id' value='C5'/></properties>"
        "</testcase></testsuite>"
    )
    assert found[0].ids == (5,)


def test_a_result_says_where_its_ids_stand() -> None:
    result = Result("C1 x", Status.PASSED, properties=(("tag", "C2"),))
    assert [(case.id, case.where) for case in result.named_cases] == [(1, "name"), (2, "tag")]
