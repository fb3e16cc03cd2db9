"""The golden network and its positions, for tests."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lczero_training.schema.net_pb2 import Net, NetworkFormat

_TESTDATA = Path("python/lczero_training/export/testdata")

# A weights file with every head, and the outputs of the engine's ONNX conversion of it.
GOLDEN_NET = _TESTDATA / "tiny_net.pb.gz"
GOLDEN_OUTPUTS = _TESTDATA / "tiny_net_outputs.npz"

_POLICY_TENSORS = ("ip2_pol_w", "ip2_pol_b", "ip3_pol_w", "ip3_pol_b", "ip4_pol_w")
_VALUE_TENSORS = ("ip_val_w", "ip_val_b", "ip1_val_w", "ip1_val_b", "ip2_val_w", "ip2_val_b")

_BITBOARDS = 104
_PLANES_OFFSET = 7440
_CASTLING_OFFSET = 8272
_SIDE_TO_MOVE_OFFSET = 8276
_RULE50_OFFSET = 8277


def golden_outputs() -> dict[str, npt.NDArray[Any]]:
    """Arrays by name: frames [32, 8356] u8, policy_*, wdl_*, movesleft, each 32 rows."""
    with np.load(GOLDEN_OUTPUTS) as archive:
        return {name: archive[name] for name in archive.files}


def single_head_net(net: Net) -> Net:
    """The net's vanilla and winner heads as files of network format 6 had them."""
    older = Net()
    older.CopyFrom(net)
    weights = older.weights
    vanilla, winner = weights.policy_heads.vanilla, weights.value_heads.winner
    for field, layer in (
        ("ip_pol_w", weights.policy_heads.ip_pol_w),
        ("ip_pol_b", weights.policy_heads.ip_pol_b),
        *((name, getattr(vanilla, name)) for name in _POLICY_TENSORS),
        *((name, getattr(winner, name)) for name in _VALUE_TENSORS),
    ):
        getattr(weights, field).CopyFrom(layer)
    weights.ClearField("policy_heads")
    weights.ClearField("value_heads")
    older.format.network_format.network = NetworkFormat.NETWORK_ATTENTIONBODY_WITH_HEADFORMAT
    return older


def golden_planes() -> npt.NDArray[np.float32]:
    """The golden positions' planes, [32, 112, 8, 8] f32."""
    return np.stack([_planes(bytes(frame)) for frame in golden_outputs()["frames"]])


def _planes(frame: bytes) -> npt.NDArray[np.float32]:
    """One V6 frame of input format 1 -> [112, 8, 8] f32, slowly and obviously."""
    planes = np.zeros((112, 64), np.float32)
    for plane in range(_BITBOARDS):
        start = _PLANES_OFFSET + 8 * plane
        word = int.from_bytes(frame[start : start + 8], "little")
        for square in range(64):
            # Bits within each byte are reversed.
            planes[plane, square] = word >> (square ^ 7) & 1
    planes[104:108] = np.frombuffer(frame, np.uint8, 4, _CASTLING_OFFSET)[:, None]
    planes[108] = frame[_SIDE_TO_MOVE_OFFSET]
    planes[109] = frame[_RULE50_OFFSET] / 99
    planes[111] = 1
    return planes.reshape(112, 8, 8)
