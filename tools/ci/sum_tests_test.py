import json
from pathlib import Path

import pytest

from tools.ci.sum_tests import Sum, sum_of_checks, sum_of_events, sum_of_run, sum_of_xml

GTEST_XML = """<testsuites tests="3" failures="1"><testsuite name="Queue">
<testcase name="Works" status="run" result="completed"/>
<testcase name="Breaks" status="run"><failure message="no"/></testcase>
<testcase name="DISABLED_Off" status="notrun"/></testsuite></testsuites>"""
PYTEST_XML = """<testsuites><testsuite name="pytest">
<testcase name="works"/><testcase name="broken_fixture"><error message="no"/></testcase>
<testcase name="off"><skipped/></testcase></testsuite></testsuites>"""


def configured(label: str) -> str:
    return json.dumps(
        {"id": {"targetConfigured": {"label": label}}, "configured": {"testSize": "SMALL"}}
    )


def result(label: str, status: str, xml: Path | None, **ident: int) -> str:
    outputs = [{"name": "test.xml", "uri": xml.as_uri()}] if xml else []
    return json.dumps(
        {
            "id": {"testResult": {"label": label, **ident}},
            "testResult": {"status": status, "testActionOutput": outputs},
        }
    )


@pytest.mark.parametrize("xml", [GTEST_XML, PYTEST_XML])
def test_every_outcome_is_counted(xml: str) -> None:
    assert sum_of_xml(xml) == Sum(passed=1, failed=1, skipped=1)


def test_targets_add_up(tmp_path: Path) -> None:
    xml = tmp_path / "a b.xml"
    xml.write_text(GTEST_XML)
    lines = [
        configured("//a:t"),
        configured("//b:t"),
        result("//a:t", "FAILED", xml),
        result("//b:t", "FAILED", xml),
    ]
    assert sum_of_events(lines) == Sum(passed=2, failed=2, skipped=2)


def test_shards_add_up_and_a_later_attempt_replaces_an_earlier(tmp_path: Path) -> None:
    xml = tmp_path / "t.xml"
    xml.write_text("<testsuites><testsuite><testcase name='works'/></testsuite></testsuites>")
    lines = [
        configured("//a:t"),
        result("//a:t", "PASSED", xml, run=1, shard=1, attempt=1),
        result("//a:t", "FAILED", None, run=1, shard=2, attempt=1),
        result("//a:t", "PASSED", xml, run=1, shard=2, attempt=2),
        result("//a:t", "FAILED", None, run=1, shard=3, attempt=1),
    ]
    assert sum_of_events(lines) == Sum(passed=2, failed=1)


def test_a_crash_without_failed_case_is_a_failure(tmp_path: Path) -> None:
    xml = tmp_path / "t.xml"
    xml.write_text("<testsuites><testsuite><testcase name='works'/></testsuite></testsuites>")
    assert sum_of_events([result("//a:t", "TIMEOUT", xml)]) == Sum(passed=1, failed=1)
    assert sum_of_events([result("//a:t", "FAILED", None)]) == Sum(failed=1)


def test_a_test_that_did_not_build_is_a_failure() -> None:
    assert sum_of_events([configured("//a:t")]) == Sum(failed=1)


@pytest.mark.parametrize("text", [None, ""])
def test_a_run_without_events_failed(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "events").write_text(text)
    assert sum_of_run(tmp_path / "events") == Sum(failed=1)


def test_a_run_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "events").write_text(configured("//a:t") + "\n")
    assert sum_of_run(tmp_path / "events") == Sum(failed=1)


def test_checks_beside_the_tests_count(tmp_path: Path) -> None:
    (tmp_path / "one").write_text(GTEST_XML)
    (tmp_path / "two").write_text(PYTEST_XML)
    files = [tmp_path / "one", tmp_path / "two"]
    assert sum_of_checks(files) == Sum(passed=2, failed=2, skipped=2)


@pytest.mark.parametrize("text", [None, "", "<testsuites/>"])
def test_a_check_without_a_result_failed(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "one").write_text(text)
    assert sum_of_checks([tmp_path / "one"]) == Sum(failed=1)
