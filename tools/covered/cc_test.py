from pathlib import Path

import pytest

from tools.covered import cc
from tools.covered.targets import folders


def report(**files: dict[int, int]) -> cc.Report:
    """What gcov says of one object; `a` stands for cc/a.h."""
    return {
        "files": [
            {
                "file": f"cc/{name}.h",
                "lines": [{"line_number": line, "count": count} for line, count in lines.items()],
            }
            for name, lines in files.items()
        ]
    }


def test_a_line_ran_if_it_ran_in_one_object() -> None:
    first, second = report(a={1: 0, 2: 3, 5: 0}), report(a={1: 4, 2: 1}, b={9: 0})
    assert cc.add_up([first, second], ("cc/",)) == {
        "cc/a.h": {1: 4, 2: 4, 5: 0},
        "cc/b.h": {9: 0},
    }


def test_instances_of_a_template_are_one_line() -> None:
    twice = report(a={1: 0})
    twice["files"][0]["lines"] += [{"line_number": 1, "count": 2}]
    assert cc.add_up([twice], ("cc/",)) == {"cc/a.h": {1: 2}}


def test_tests_and_other_folders_are_left_out() -> None:
    found = report(**{"chunks/a": {1: 1}, "chunks/a_test": {1: 1}, "base/b": {1: 1}})
    assert list(cc.add_up([found], ("cc/chunks/",))) == ["cc/chunks/a.h"]


@pytest.mark.parametrize("target", ["//cc/chunks/...", "//cc/chunks:gzip_test", "//cc/chunks"])
def test_targets_are_folders(target: str) -> None:
    assert folders([target, "-//cc/chunks:other_test"]) == ("cc/chunks/",)


def test_missed_lines_are_told_as_ranges() -> None:
    assert cc.ranges([9, 3, 7, 8]) == "3, 7-9"


def test_the_table_has_a_row_a_file_and_one_for_all() -> None:
    counts = {"cc/b.h": {1: 1, 2: 1}, "cc/a.h": {1: 0, 2: 0, 3: 5, 4: 0}}
    assert cc.table(counts).splitlines() == [
        "file    lines  missed  covered  which are missed",
        "cc/a.h      4       3    25.0%  1-2, 4",
        "cc/b.h      2       0   100.0%",
        "all         6       3    50.0%",
    ]


def test_the_report_is_what_editors_read() -> None:
    assert cc.lcov({"cc/a.h": {2: 5, 1: 0}}) == "SF:cc/a.h\nDA:1,0\nDA:2,5\nend_of_record\n"


def test_nothing_counted_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cc.main([str(tmp_path), str(tmp_path / "x.lcov"), "//cc/chunks/..."]) == 1
    assert f"no object below {tmp_path}" in capsys.readouterr().err
