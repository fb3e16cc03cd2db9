import math

import pytest

from lczero_training.tui import figures


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (figures.count(850), "850"),
        (figures.count(9999), "9999"),
        (figures.count(12_345), "12.3k"),
        (figures.count(999_960), "1.0M"),
        (figures.count(2**64 - 1), "18446744T"),
        (figures.rate(0), "0/s"),
        (figures.rate(0.8), "0.8/s"),
        (figures.rate(12_310), "12.3k/s"),
        (figures.rate(math.nan), "nan/s"),
        (figures.size(0), "0 B"),
        (figures.size(8_412_160), "8.4 MB"),
        (figures.duration(7.9), "0:07"),
        (figures.duration(3723), "1:02:03"),
        (figures.duration(3 * 86400 + 4 * 3600 + 300), "3d 04:05"),
        (figures.duration(math.inf), figures.UNKNOWN),
        (figures.duration(-1), figures.UNKNOWN),
        (figures.percent(12, 90_113), "0.013 %"),
        (figures.percent(123, 200), "62 %"),
        (figures.percent(1, 0), figures.UNKNOWN),
        (figures.value(1.92344), "1.9234"),
        (figures.value(0.0), "0.0000"),
        (figures.value(2e-5), "2.0e-05"),
        (figures.value(-12345.6), "-12346"),
        (figures.value(math.nan), "nan"),
    ],
)
def test_numbers_as_people_read_them(shown: str, expected: str) -> None:
    assert shown == expected
