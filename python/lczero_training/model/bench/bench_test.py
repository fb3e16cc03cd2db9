import re

import jax
import numpy as np

from lczero_training.model.attention import MultiHeadAttention
from lczero_training.model.bench.cases import by_matrix, cases, separate, together
from lczero_training.model.bench.main import measure
from lczero_training.model.policy_gather import gather_moves
from lczero_training.model.testing import random_weights, small_config

_CONFIG = small_config(encoder_layers=1)


def test_one_product_gives_the_same_queries_keys_and_values() -> None:
    attention = random_weights(lambda rngs: MultiHeadAttention(_CONFIG, rngs=rngs), 1)
    x = jax.random.normal(jax.random.key(0), (2, 64, _CONFIG.embedding_size))

    for ours, expected in zip(together(attention, x), separate(attention, x), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)


def test_a_dense_matrix_picks_the_same_moves() -> None:
    flat = jax.random.normal(jax.random.key(0), (2, 64 * 64 + 8 * 8 * 3))

    np.testing.assert_array_equal(by_matrix(flat), gather_moves(flat))


def test_a_case_is_measured() -> None:
    case = next(cases(_CONFIG, 2))

    line = measure(case, batch=2, rounds=1)

    assert re.fullmatch(r"q, k, v .* us a position = [\d.]+ \([\d.]+ to [\d.]+\)", line)
