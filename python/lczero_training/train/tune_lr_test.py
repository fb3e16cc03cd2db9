from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from lczero_training.train.testing import random_batch, tiny_config
from lczero_training.train.tune_lr import (
    RatePoint,
    as_table,
    geometric,
    highest_to_show,
    suggested_rate,
    try_rates,
)


def test_rates_grow_by_the_same_factor() -> None:
    schedule = geometric(1e-4, 1.0, 5)
    rates = [float(schedule(jnp.int32(step))) for step in range(5)]
    np.testing.assert_allclose(rates, [1e-4, 1e-3, 1e-2, 1e-1, 1.0], rtol=1e-5)


def test_the_rate_that_learns_is_found_and_no_checkpoint_is_written(tmp_path: Path) -> None:
    batch = random_batch(0)
    points = list(
        try_rates(tiny_config(tmp_path), lambda: batch, lowest=1e-5, highest=100.0, steps=60)
    )
    assert points[0].loss == points[0].smoothed
    assert points[1].smoothed == pytest.approx(
        (0.9 * points[0].loss + points[1].loss) / 1.9, rel=1e-5
    )
    least = min(points, key=lambda point: point.smoothed)
    assert least.smoothed < 0.8 * points[0].smoothed, "it learnt"
    assert 1e-3 < least.rate < 10.0
    assert suggested_rate(points) == pytest.approx(least.rate / 10)
    assert list(tmp_path.iterdir()) == []


def test_the_table_has_a_row_a_step() -> None:
    points = [RatePoint(rate=1e-3, loss=2.0, smoothed=2.5)]
    assert as_table(points).splitlines()[1].split() == ["1.000e-03", "2.0000", "2.5000"]


def test_the_picture_shows_the_fall_and_not_how_far_it_diverges() -> None:
    assert highest_to_show([6.0, 5.0, 5.5, 400.0]) == 7.0
    assert highest_to_show([6.0, 5.0, 5.5]) == 6.0, "no higher than there is anything to see"
    assert highest_to_show([5.0, 6.0, 400.0]) == 15.0, "nothing falls"
