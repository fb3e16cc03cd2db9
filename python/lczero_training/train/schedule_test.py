from math import cos, pi

import jax
import jax.numpy as jnp
import numpy as np

from lczero_training.config.optimizer import SchedulePieceConfig
from lczero_training.train.schedule import build_schedule


def rates(pieces: list[SchedulePieceConfig], steps: list[int]) -> list[float]:
    schedule = jax.jit(build_schedule(pieces))
    return [float(schedule(jnp.int32(step))) for step in steps]


def piece(kind: str, end: float, **fields: float) -> SchedulePieceConfig:
    return SchedulePieceConfig(kind=kind, end=end, **fields)  # type: ignore[arg-type]


def test_warm_up_then_constant() -> None:
    pieces = [piece("linear", 0.2, start=0.0, steps=10), piece("constant", 0.2)]
    np.testing.assert_allclose(rates(pieces, [0, 1, 9, 10, 10**6]), [0, 0.02, 0.18, 0.2, 0.2])


def test_a_piece_starts_where_the_last_one_ended_or_where_it_says() -> None:
    pieces = [
        piece("constant", 1.0, steps=5),
        piece("linear", 0.5, steps=10),
        piece("linear", 0.0, start=0.3, steps=10),
    ]
    steps = [0, 4, 5, 10, 14, 15, 24, 25, 999]
    expected = [1.0, 1.0, 1.0, 0.75, 0.55, 0.3, 0.03, 0.0, 0.0]
    np.testing.assert_allclose(rates(pieces, steps), expected, atol=1e-6)


def test_cosine_is_flat_at_both_ends() -> None:
    pieces = [piece("cosine", 0.1, start=1.1, steps=8), piece("constant", 7.0, steps=3)]
    expected = [1.1, 0.1 + (1 + cos(pi / 8)) / 2, 0.6, 0.1 + (1 - cos(pi / 8)) / 2, 7.0, 7.0]
    np.testing.assert_allclose(rates(pieces, [0, 1, 4, 7, 8, 20]), expected, rtol=1e-6)


def test_a_lone_constant_piece_has_its_end_from_the_first_step() -> None:
    np.testing.assert_allclose(rates([piece("constant", 0.3)], [0, 1]), [0.3, 0.3])
