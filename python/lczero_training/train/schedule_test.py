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


LAST = 2**31 - 1
SAWTOOTH = (
    piece("linear", 1.0, start=0.0, steps=4),
    piece("cosine", 0.0, steps=6),
)


def loop(pieces: tuple[SchedulePieceConfig, ...], times: int | None) -> SchedulePieceConfig:
    return SchedulePieceConfig(kind="loop", pieces=pieces, times=times)


def test_a_loop_is_its_pieces_again_and_again() -> None:
    once = rates(list(SAWTOOTH), list(range(10)))
    assert rates([loop(SAWTOOTH, None)], list(range(40))) == once * 4
    # 2147483640 is a multiple of the round's 10 steps; float32 knows only every 128th number there.
    assert rates([loop(SAWTOOTH, None)], list(range(LAST - 7, LAST + 1))) == once[:8]


def test_a_loop_of_so_many_rounds_ends_at_its_last_piece_s_end() -> None:
    pieces = [piece("constant", 0.5, steps=3), loop(SAWTOOTH, 2), piece("linear", 2.0, steps=4)]
    once = rates(list(SAWTOOTH), list(range(10)))
    expected = [0.5] * 3 + once * 2 + [0.0, 0.5, 1.0, 1.5, 2.0, 2.0]
    np.testing.assert_allclose(rates(pieces, list(range(29))), expected, atol=1e-6)
    assert rates([loop(SAWTOOTH, 2)], [19, 20, 21, LAST])[1:] == [0.0] * 3


def test_loops_may_hold_loops() -> None:
    inner = loop((piece("linear", 1.0, start=0.0, steps=2),), 2)
    pieces = [loop((inner, piece("constant", 3.0, steps=1)), None)]
    np.testing.assert_allclose(rates(pieces, list(range(10))), [0.0, 0.5, 0.0, 0.5, 3.0] * 2)


def test_steps_are_exact_where_float32_no_longer_counts() -> None:
    begin = 2**24 + 1
    pieces = [
        piece("constant", 0.0, steps=begin),
        piece("linear", 1.0, steps=4),
        piece("constant", 1.0, steps=LAST - begin - 5),
        piece("constant", 5.0),
    ]
    steps = [begin, begin + 1, begin + 2, begin + 3, begin + 4, LAST - 2, LAST - 1, LAST]
    np.testing.assert_allclose(
        rates(pieces, steps), [0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 5.0, 5.0], rtol=1e-6
    )


def test_a_rate_does_not_jump_within_a_long_piece() -> None:
    steps = 2**30
    pieces = [piece("linear", 1.0, start=0.0, steps=steps), piece("constant", 1.0)]
    for step in (2**24 + 1, 2**28 + 3, steps - 1, steps):
        np.testing.assert_allclose(rates(pieces, [step]), [step / steps], rtol=2e-7)


def test_what_begins_after_the_last_step_number_never_begins() -> None:
    pieces = [piece("constant", 0.1, steps=2**33), piece("constant", 7.0)]
    np.testing.assert_allclose(rates(pieces, [0, LAST]), [0.1, 0.1])
    endless = loop((piece("linear", 1.0, start=0.0, steps=2**33),), 2)
    np.testing.assert_allclose(rates([endless], [0, LAST]), [0.0, LAST / 2**33], rtol=1e-6)
