"""What a weights file computes: slowly, in float64, from the file's tensors alone.

Written from the format's description, with nothing of the model's code: for tests of the two
together. Activations, norms, gates and the promotion offsets are those of the file's reader.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from lczero_training.export.encodings import decode, encoding_of
from lczero_training.export.messages import layers
from lczero_training.records.policy_map import policy_indices
from lczero_training.schema.net_pb2 import Net, NetworkFormat

Array = npt.NDArray[np.float64]

_NORM_EPSILON = 1e-3
# The engine feeds the count of moves itself.
_RULE50_PLANE, _RULE50_SCALE = 109, 99


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _mish(x: Array) -> Array:
    return x * np.tanh(np.logaddexp(0, x))


_ACTIVATIONS: Mapping[int, Callable[[Array], Array]] = {
    NetworkFormat.ACTIVATION_MISH: _mish,
    NetworkFormat.ACTIVATION_RELU: lambda x: np.maximum(x, 0),
    NetworkFormat.ACTIVATION_SWISH: lambda x: x * _sigmoid(x),
}


class Reference:
    """A network as its file says: call it with planes as training has them."""

    def __init__(self, net: Net) -> None:
        """Of a file of today with smolgen or without, in a format that counts moves singly."""
        self._net = net
        self._layers = dict(layers(net.weights))
        network = net.format.network_format
        by_default = NetworkFormat.DEFAULT_ACTIVATION_MISH
        self._activation = _ACTIVATIONS[
            NetworkFormat.ACTIVATION_MISH
            if network.default_activation == by_default
            else NetworkFormat.ACTIVATION_RELU
        ]
        self._ffn_activation = _ACTIVATIONS.get(network.ffn_activation, self._activation)
        self._smolgen_activation = _ACTIVATIONS.get(network.smolgen_activation, self._activation)
        self._alpha = (2 * len(net.weights.encoder)) ** -0.25

    def __call__(self, planes: npt.NDArray[np.float32]) -> dict[str, Array]:
        """[B, 112, 8, 8] -> "policy NAME" [B, 1858] logits, "value NAME" [B, 3] logits, ..."""
        x = self._embedding(planes.astype(np.float64))
        for block in range(len(self._net.weights.encoder)):
            x = self._block(x, f"encoder[{block}]")
        outputs: dict[str, Array] = {}
        for head in self._heads("policy_heads", "ip2_pol_w"):
            outputs[f"policy {head}"] = self._policy(x, f"policy_heads.{head}")
        for head in self._heads("value_heads", "ip_val_w"):
            outputs |= self._value(x, f"value_heads.{head}", f"value {head}")
        if "ip_mov_w" in self._layers:
            hidden = self._board_layer(x, "ip_mov", "ip1_mov")
            outputs["moves left"] = np.maximum(self._linear(hidden, "ip2_mov"), 0)[:, 0]
        return outputs

    def _heads(self, kind: str, tensor: str) -> list[str]:
        """Of the heads that have this tensor, the names."""
        names = (name.split(".") for name in self._layers if name.startswith(f"{kind}."))
        return [parts[1] for parts in names if parts[2:] == [tensor]]

    def _embedding(self, planes: Array) -> Array:
        squares = planes.reshape(len(planes), 112, 64).transpose(0, 2, 1).copy()
        squares[..., _RULE50_PLANE] *= _RULE50_SCALE
        pieces = squares[..., :12].reshape(len(planes), -1)
        position = self._linear(pieces, "ip_emb_preproc").reshape(len(planes), 64, -1)
        x = np.concatenate([squares, position], axis=-1)
        x = self._norm(self._activation(self._linear(x, "ip_emb")), "ip_emb_ln")
        x = x * self._gate("ip_mult_gate") + self._gate("ip_add_gate")
        return self._norm(x + self._alpha * self._ffn(x, "ip_emb_ffn"), "ip_emb_ffn_ln")

    def _block(self, x: Array, name: str) -> Array:
        x = self._norm(x + self._alpha * self._attention(x, f"{name}.mha"), f"{name}.ln1")
        return self._norm(x + self._alpha * self._ffn(x, f"{name}.ffn"), f"{name}.ln2")

    def _attention(self, x: Array, name: str) -> Array:
        heads = self._net.weights.headcount
        q, k, v = (
            self._linear(x, f"{name}.{part}").reshape(len(x), 64, heads, -1).transpose(0, 2, 1, 3)
            for part in "qkv"
        )
        logits = q @ k.transpose(0, 1, 3, 2) / np.sqrt(q.shape[-1])
        if "smolgen_w" in self._layers:
            logits += self._smolgen(x, f"{name}.smolgen", heads)
        mixed = _softmax(logits) @ v
        return self._linear(mixed.transpose(0, 2, 1, 3).reshape(len(x), 64, -1), f"{name}.dense")

    def _smolgen(self, x: Array, name: str, heads: int) -> Array:
        act = self._smolgen_activation
        board = self._times(x, f"{name}.compress").reshape(len(x), -1)
        hidden = self._norm(act(self._linear(board, f"{name}.dense1")), f"{name}.ln1")
        generated = self._norm(act(self._linear(hidden, f"{name}.dense2")), f"{name}.ln2")
        biases = self._times(generated.reshape(len(x), heads, -1), "smolgen_w")
        return biases.reshape(len(x), heads, 64, 64)

    def _policy(self, x: Array, name: str) -> Array:
        own = f"{name}.ip_pol" if f"{name}.ip_pol_w" in self._layers else "policy_heads.ip_pol"
        tokens = self._activation(self._linear(x, own))
        q, k = (self._linear(tokens, f"{name}.ip{n}_pol") for n in (2, 3))
        width = np.sqrt(k.shape[-1])
        raw = q @ k.transpose(0, 2, 1)
        # [B, 4, 8]: queen, rook, bishop, and the knight that is added to them.
        offsets = self._times(k[:, 56:], f"{name}.ip4_pol_w").transpose(0, 2, 1) * width
        offsets = offsets[:, :3] + offsets[:, 3:]
        # [B, from, to, piece].
        promotions = (raw[:, 48:56, 56:, None] + offsets.transpose(0, 2, 1)[:, None]) / width
        flat = [(raw / width).reshape(len(x), -1), promotions.reshape(len(x), -1)]
        return np.concatenate(flat, axis=-1)[:, policy_indices()]

    def _value(self, x: Array, name: str, output: str) -> dict[str, Array]:
        hidden = self._board_layer(x, f"{name}.ip_val", f"{name}.ip1_val")
        outputs = {output: self._linear(hidden, f"{name}.ip2_val")}
        if f"{name}.ip_val_err_w" in self._layers:
            outputs[f"{output} error"] = _sigmoid(self._linear(hidden, f"{name}.ip_val_err"))[:, 0]
        if f"{name}.ip_val_cat_w" in self._layers:
            outputs[f"{output} buckets"] = self._linear(hidden, f"{name}.ip_val_cat")
        return outputs

    def _board_layer(self, x: Array, embedding: str, hidden: str) -> Array:
        board = self._activation(self._linear(x, embedding)).reshape(len(x), -1)
        return self._activation(self._linear(board, hidden))

    def _ffn(self, x: Array, name: str) -> Array:
        hidden = self._ffn_activation(self._linear(x, f"{name}.dense1"))
        return self._linear(hidden, f"{name}.dense2")

    def _linear(self, x: Array, name: str) -> Array:
        return self._times(x, f"{name}_w") + self._tensor(f"{name}_b")

    def _times(self, x: Array, name: str) -> Array:
        """The file has each output's weights one after the other."""
        return x @ self._tensor(name).reshape(-1, x.shape[-1]).T

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.mean(centred**2, axis=-1, keepdims=True)
        scale, shift = self._tensor(f"{name}_gammas"), self._tensor(f"{name}_betas")
        return np.asarray(centred / np.sqrt(variance + _NORM_EPSILON) * scale + shift)

    def _gate(self, name: str) -> Array:
        return self._tensor(name).reshape(-1, 64).T

    def _tensor(self, name: str) -> Array:
        layer = self._layers[name]
        encoding = encoding_of(layer, self._net.format.weights_encoding, name)
        return np.asarray(decode(layer, encoding, name), np.float64)
