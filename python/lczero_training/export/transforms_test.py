import numpy as np
import pytest

from lczero_training.export import transforms
from lczero_training.export.errors import UnsupportedNetError
from lczero_training.records.frame import InputFormat

_KERNEL = np.random.default_rng(1).normal(size=(120, 4)).astype(np.float32)


@pytest.mark.parametrize(
    ("number", "trained", "engine"),
    [
        (InputFormat.CLASSICAL, 30 / 99, 30),
        (InputFormat.CANONICAL, 30 / 99, 30),
        (InputFormat.HECTOPLIES, 30 / 100, 30 / 100),
        (InputFormat.V2_ARMAGEDDON, 30 / 100, 30 / 100),
    ],
)
def test_rule50_row_alone_is_scaled(number: int, trained: float, engine: float) -> None:
    weight = transforms.square_embedding(number).to_file(_KERNEL)

    assert weight.shape == (4, 120)
    # What the engine feeds for 30 plies times the file's weight, and what training feeds.
    np.testing.assert_allclose(weight[:, 109] * engine, _KERNEL[109] * trained, rtol=1e-6)
    others = np.arange(120) != 109
    np.testing.assert_array_equal(weight[:, others], _KERNEL.T[:, others])


def test_rule50_scale_is_undone_on_import() -> None:
    square = transforms.square_embedding(1)

    np.testing.assert_allclose(square.from_file(square.to_file(_KERNEL)), _KERNEL, rtol=1e-6)


def test_transforms_leave_their_input_alone() -> None:
    before = _KERNEL.copy()

    transforms.square_embedding(1).to_file(_KERNEL)
    transforms.square_embedding(1).from_file(_KERNEL.T)
    transforms.MULTIPLICATIVE_GATE.to_file(_KERNEL)

    np.testing.assert_array_equal(_KERNEL, before)


def test_file_holds_the_gate_that_the_model_multiplies_by() -> None:
    gate = np.array([[1.5, -0.5], [0.25, 2.0], [-3.0, 0.0]], np.float32)

    stored = transforms.MULTIPLICATIVE_GATE.to_file(gate)

    assert stored.tolist() == [[1.5, 0.25, 0.0], [0.0, 2.0, 0.0]]


def test_negative_gate_in_a_file_is_refused() -> None:
    with pytest.raises(UnsupportedNetError, match=r"ip_mult_gate: .*-0.5"):
        transforms.MULTIPLICATIVE_GATE.from_file(np.array([[1.0, -0.5]], np.float32))
