import dataclasses
import shutil
from functools import cache
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from lczero_training.export.convert import model_to_net, net_to_model
from lczero_training.export.encodings import ENCODINGS, FLOAT32, LINEAR16, Encoding
from lczero_training.export.errors import (
    BadNetFileError,
    NotTheSameError,
    UnusablePositionsError,
)
from lczero_training.export.net_file import encode_net
from lczero_training.export.positions import BUNDLED_GAMES, packed, read_positions
from lczero_training.export.testing import golden_outputs, golden_planes
from lczero_training.export.verify import (
    check,
    compare,
    table,
    tolerance_of,
    verify_bytes,
    verify_net,
)
from lczero_training.model import LczeroModel
from lczero_training.model.testing import random_weights, small_config
from lczero_training.records.frame import FRAME_V6, InputFormat
from lczero_training.train.expand import expand_planes

_POSITIONS = 16
_OUTPUTS = {
    "policy vanilla",
    "policy soft",
    "value winner",
    "value st",
    "value st error",
    "value st buckets",
    "moves left main",
}


def _new_model(**changes: object) -> LczeroModel:
    config = small_config(**changes)
    return random_weights(lambda rngs: LczeroModel(config, rngs=rngs), 1)


# For tests that leave the model as it is.
_model = cache(_new_model)


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_what_was_written_computes_the_same(encoding: Encoding) -> None:
    net = model_to_net(_model(), training_steps=1, encoding=encoding)

    found = verify_net(net, _model())

    assert {d.output for d in found} == _OUTPUTS
    assert all(d.largest <= d.tolerance for d in found)
    # The comparison sees what the encoding loses, so it would see more.
    if encoding is not FLOAT32:
        assert all(d.largest > 0 for d in found if d.output != "moves left main")


def test_one_wrong_value_is_found_and_the_outputs_named() -> None:
    changed = _new_model()
    bias = changed.value_heads["st"].wdl.bias
    assert bias is not None
    bias.set_value(bias[...] + jnp.array([0.1, 0.0, 0.0]))
    net = model_to_net(changed, training_steps=1)

    with pytest.raises(NotTheSameError) as refused:
        verify_net(net, _model())

    assert "value st differs by" in str(refused.value)
    assert "policy" not in str(refused.value)


def test_bytes_are_verified_before_they_are_written() -> None:
    data = encode_net(model_to_net(_model(), training_steps=7))
    verify_bytes(data, _model(), step=7)
    changed = _new_model()
    gate = changed.embedding.gate.add
    gate.set_value(gate[...] + 1.0)

    with pytest.raises(NotTheSameError, match=r"export\.verify: the network of step 7 .*policy"):
        verify_bytes(data, changed, step=7)
    with pytest.raises(BadNetFileError, match=r"step 7 .* is not written: .*truncated"):
        verify_bytes(data[:-100], _model(), step=7)


def test_outputs_that_are_not_numbers_are_not_the_same() -> None:
    broken = _new_model()
    bias = broken.value_heads["winner"].wdl.bias
    assert bias is not None
    bias.set_value(jnp.full(3, jnp.nan))

    found = compare(_model(), broken, tolerance=1.0, positions=_POSITIONS)

    with pytest.raises(NotTheSameError, match="value winner differs by nan"):
        check(found)
    (marked,) = (line for line in table(found).splitlines() if line.endswith("!"))
    assert marked.startswith("value winner")


def test_models_with_other_outputs_are_told() -> None:
    other = _new_model(movesleft_heads={})

    with pytest.raises(NotTheSameError, match=r"only one of the two .*: moves left main$"):
        compare(_model(), other, tolerance=1.0, positions=_POSITIONS)


def test_models_that_read_other_positions_are_told() -> None:
    other = _model(input_format=3)

    with pytest.raises(NotTheSameError, match="input formats are 1 and 3"):
        compare(_model(), other, tolerance=1.0, positions=_POSITIONS)


def test_bfloat16_model_is_compared_in_float32() -> None:
    coarse = _model(compute_dtype="bfloat16")

    found = compare(coarse, _model(), tolerance=1.0, positions=_POSITIONS)

    assert [d.largest for d in found] == [0.0] * len(found)


def test_tolerance_is_that_of_the_coarsest_encoding() -> None:
    exact = model_to_net(_model(), training_steps=1, encoding=FLOAT32)
    coarse = model_to_net(_model(), training_steps=1, encoding=ENCODINGS["BFLOAT16"])
    linear = model_to_net(_model(), training_steps=1, encoding=LINEAR16)

    assert tolerance_of(exact) < tolerance_of(linear) < tolerance_of(coarse)
    assert tolerance_of(exact, linear) == tolerance_of(linear)


def test_input_format_survives_the_file() -> None:
    model = _model(input_format=132)

    config, _ = net_to_model(model_to_net(model, training_steps=1))

    assert dataclasses.replace(config, ffn_activation=None) == model.config


def test_planes_are_those_of_a_slow_reader() -> None:
    frames = np.frombuffer(golden_outputs()["frames"].tobytes(), FRAME_V6)

    bitboards, scalars = map(jnp.asarray, packed(frames))
    planes = expand_planes(bitboards, scalars, input_format=InputFormat.CLASSICAL)

    np.testing.assert_array_equal(planes, golden_planes())


def test_positions_are_four_of_each_game_and_always_the_same() -> None:
    frames = read_positions(100)

    assert frames.shape == (100,)
    np.testing.assert_array_equal(frames, read_positions(100))
    # Each game begins from much the same position; the others are its own.
    assert len({frame.tobytes() for frame in frames["planes"]}) >= 75


def test_too_few_positions_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnusablePositionsError, match=r"0 positions .*1 are needed"):
        read_positions(1, tmp_path)
    shutil.copy(min(BUNDLED_GAMES.glob("*.tar")), tmp_path)
    with pytest.raises(UnusablePositionsError, match="100000 are needed"):
        read_positions(100_000, tmp_path)
