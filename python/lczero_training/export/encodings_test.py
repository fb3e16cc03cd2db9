import numpy as np
import pytest

from lczero_training.export.encodings import (
    BFLOAT16,
    ENCODINGS,
    FLOAT16,
    LINEAR16,
    Encoding,
    FloatArray,
    decode,
    encode,
    encoding_of,
)
from lczero_training.export.errors import BadNetFileError, UnsupportedNetError
from lczero_training.schema.net_pb2 import Layer

_VALUES = np.random.default_rng(1).normal(0, 3, (40, 25)).astype(np.float32)

# Largest error of a value, as a share of the values' range or of the value itself.
_RANGE_ERROR = {"LINEAR16": 0.5 / 65535, "FLOAT16": 0.0, "BFLOAT16": 0.0, "FLOAT32": 0.0}
_RELATIVE_ERROR = {"LINEAR16": 2**-22, "FLOAT16": 2**-11, "BFLOAT16": 2**-8, "FLOAT32": 0.0}


def _there_and_back(values: FloatArray, encoding: Encoding) -> FloatArray:
    layer = Layer()
    encode(layer, values, encoding, "t")
    return decode(layer, encoding_of(layer, Layer.LINEAR16, "t"), "t")


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_round_trip_is_within_the_encodings_error(encoding: Encoding) -> None:
    back = _there_and_back(_VALUES, encoding)

    allowed = _RELATIVE_ERROR[encoding.name] * np.abs(_VALUES.ravel())
    allowed += _RANGE_ERROR[encoding.name] * np.ptp(_VALUES)
    assert (np.abs(back - _VALUES.ravel()) <= allowed).all()


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_second_round_trip_changes_nothing(encoding: Encoding) -> None:
    once = _there_and_back(_VALUES, encoding)

    np.testing.assert_allclose(_there_and_back(once, encoding), once, rtol=1e-6, atol=1e-6)


def test_linear16_is_as_documented() -> None:
    layer = Layer()

    encode(layer, np.array([-1.0, 0.0, 3.0], np.float32), LINEAR16, "t")

    assert (layer.min_val, layer.max_val) == (-1.0, 3.0)
    assert np.frombuffer(layer.params, "<u2").tolist() == [0, 16384, 65535]
    assert not layer.HasField("encoding")


def test_linear16_of_equal_values() -> None:
    back = _there_and_back(np.full(5, -0.75, np.float32), LINEAR16)

    assert back.tolist() == [-0.75] * 5


def test_linear16_of_a_range_wider_than_float32() -> None:
    extremes = np.array([-3e38, 0.0, 3e38], np.float32)

    np.testing.assert_allclose(_there_and_back(extremes, LINEAR16), extremes, atol=1e34)


def test_bfloat16_rounds_to_nearest_ties_to_even() -> None:
    values = np.array([1.0, 1.0 + 2**-8, 1.0 + 3 * 2**-8, -1.0 - 2**-9], np.float32)

    assert _there_and_back(values, BFLOAT16).tolist() == [1.0, 1.0, 1.0 + 2**-6, -1.0]


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(encoding: Encoding, value: float) -> None:
    with pytest.raises(UnsupportedNetError, match=r"ip_emb_w: .*NaN or infinite"):
        encode(Layer(), np.array([0.0, value], np.float32), encoding, "ip_emb_w")


@pytest.mark.parametrize("encoding", [FLOAT16, BFLOAT16], ids=lambda e: e.name)
def test_values_too_large_are_refused(encoding: Encoding) -> None:
    with pytest.raises(UnsupportedNetError, match=f"q_w: .*too large for {encoding.name}"):
        encode(Layer(), np.array([3.4028e38], np.float32), encoding, "q_w")


def test_half_a_value_is_reported() -> None:
    with pytest.raises(BadNetFileError, match="q_w: 3 bytes"):
        decode(Layer(params=b"\0\0\0"), LINEAR16, "q_w")


def test_nan_in_the_file_is_reported() -> None:
    with pytest.raises(BadNetFileError, match="q_w: holds NaN"):
        decode(Layer(params=b"\0\0", min_val=float("nan"), max_val=1.0), LINEAR16, "q_w")


def test_unknown_encoding_is_reported() -> None:
    with pytest.raises(UnsupportedNetError, match="q_w: unknown encoding 0"):
        encoding_of(Layer(params=b"\0\0"), 0, "q_w")
    # Field 4, varint 77: a number that the declaration lacks.
    with pytest.raises(UnsupportedNetError, match="q_w: unknown encoding 77"):
        encoding_of(Layer.FromString(bytes([4 << 3, 77])), Layer.LINEAR16, "q_w")
