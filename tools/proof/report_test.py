from pathlib import Path

import pytest

from tools.ci.sum_tests import Sum, sum_of_xml
from tools.proof.report import Report


def test_checks_are_counted_as_a_ci_run_counts_them(tmp_path: Path) -> None:
    report = Report("proof")
    report.add("good", None)
    report.add("bad <&>", "differs")
    assert report.close(tmp_path / "r.xml") == 1
    assert sum_of_xml((tmp_path / "r.xml").read_text()) == Sum(passed=1, failed=1)


def test_no_check_at_all_is_a_failure() -> None:
    assert Report("proof").close(None) == 1


def test_all_good(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("proof")
    report.add("good", None)
    assert report.close(None) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "proof: 1 checks, 0 failed"


def test_a_name_stands_for_one_check() -> None:
    report = Report("proof")
    report.add("good", None)
    with pytest.raises(ValueError, match="'good' was checked before"):
        report.add("good", None)
