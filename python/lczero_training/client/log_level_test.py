import pytest

from lczero_training.client.log_level import level_of


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-01-02 03:04:05,678 WARNING a.b: text", "warning"),
        ("2026-01-02 03:04:05,678 INFO a.b: an ERROR in the text", "info"),
        ("2026-01-02 03:04:05,678 CRITICAL a.b: text", "error"),
        ('{"time": "2026-01-02T03:04:05.678901Z", "level": "WARNING", "logger": "a"}', "warning"),
        ('{"time": "t", "level": "INFO", "message": "\\"level\\": \\"ERROR\\""}', "info"),
        ('{"level": "ERROR", "of": "something else"}', "info"),
        ("W0102 03:04:05.678901     123 file.cc:45] text", "warning"),
        ("E0102 03:04:05.678901     123 file.cc:45] text", "error"),
        ("Traceback (most recent call last):", "error"),
        ("plain text", "info"),
        ("", "info"),
    ],
)
def test_level(line: str, level: str) -> None:
    assert level_of(line) == level


def test_lines_of_a_traceback_keep_its_level() -> None:
    level = "info"
    for line in ("Traceback (most recent call last):", '  File "x.py"', "ValueError: no"):
        level = level_of(line, before=level)
        assert level == "error"
    assert level_of("2026-01-02 03:04:05,678 INFO a: b", before=level) == "info"


def test_indented_line_continues_a_warning() -> None:
    assert level_of("  more of it", before="warning") == "warning"
    assert level_of("something new", before="warning") == "info"
