import pytest

from lczero_training.schema.bottleneck import bottleneck_text
from lczero_training.schema.messages import TimeShares


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        ((0.01, 0.02, 0.97), "bottleneck device 97% (host 2%, loader 1%)"),
        ((0.7, 0.1, 0.2), "bottleneck loader 70% (device 20%, host 10%)"),
        ((0.2, 0.5, 0.3), "bottleneck host 50% (device 30%, loader 20%)"),
    ],
)
def test_the_largest_share_is_named_first(shares: tuple[float, float, float], text: str) -> None:
    loader, host, device = shares
    assert bottleneck_text(TimeShares(loader=loader, host=host, device=device)) == text


def test_digits_are_the_callers_choice() -> None:
    shares = TimeShares(loader=0.125, host=0.25, device=0.625)
    expected = "bottleneck device 62.5% (host 25.0%, loader 12.5%)"
    assert bottleneck_text(shares, digits=1) == expected
