import random
from collections.abc import Callable

import pytest

from tools.soak.flatness import FEWEST_SAMPLES, TOLERANCES, Flatness, judge
from tools.soak.samples import Sample

MIB = 1 << 20
MEMORY, DESCRIPTORS, THREADS = TOLERANCES


def samples(
    memory: Callable[[int], float], descriptors: Callable[[int], float] = lambda second: 40
) -> list[Sample]:
    """Ten minutes, a sample each two seconds."""
    noise = random.Random(1)
    return [
        Sample(
            seconds=second,
            memory_bytes=int((memory(second) + noise.uniform(-3, 3)) * MIB),
            descriptors=int(descriptors(second) + noise.randint(-3, 3)),
            threads=30,
        )
        for second in range(0, 600, 2)
    ]


def judged(*arguments: Callable[[int], float]) -> dict[str, Flatness]:
    found = [judge(samples(*arguments), tolerance) for tolerance in TOLERANCES]
    return {flatness.figure: flatness for flatness in found if flatness is not None}


def test_noise_is_flat() -> None:
    result = judged(lambda second: 600)
    assert [flatness.flat for flatness in result.values()] == [True, True, True]
    assert "600" in str(result["memory"]) and "flat" in str(result["memory"])


def test_growth_in_the_warm_up_is_fine() -> None:
    assert judged(lambda second: min(600, 300 + 3 * second))["memory"].flat


def test_shrinking_is_fine() -> None:
    assert judged(lambda second: 900 - second / 2)["memory"].flat


def test_a_leak() -> None:
    leak = judged(lambda second: 600 + second / 10)["memory"]
    assert not leak.flat and leak.shape() == "it keeps growing"
    assert leak.per_hour == pytest.approx(360, rel=0.02)
    assert "NOT FLAT" in str(leak)


def test_a_step() -> None:
    step = judged(lambda second: 600 + 50 * (second > 450))["memory"]
    assert not step.flat and step.shape() == "it grew once"


def test_a_descriptor_a_minute() -> None:
    result = judged(lambda second: 600, lambda second: 40 + second // 50)
    assert not result["descriptors"].flat
    assert result["memory"].flat and result["threads"].flat


def test_a_checkpoint_in_flight_is_no_leak() -> None:
    """More and more samples hit one; between them nothing is left open."""
    busy = judged(lambda second: 600, lambda second: 40 + 60 * (second % 100 < second // 7))
    assert busy["descriptors"].flat


def test_what_checkpoints_leave_open_is_a_leak() -> None:
    leak = judged(
        lambda second: 600, lambda second: 40 + second // 60 + 60 * (second % 100 < second // 7)
    )
    assert not leak["descriptors"].flat


def test_too_short_to_tell() -> None:
    all_samples = samples(lambda second: 600)
    assert judge(all_samples[:FEWEST_SAMPLES], MEMORY) is None
    assert judge(all_samples[:78], MEMORY) is None
    assert judge(all_samples[:90], MEMORY) is not None
    assert judge(all_samples[::20], MEMORY) is None
