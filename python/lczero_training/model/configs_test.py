"""The models of configs/, by shape only, against sizes counted by hand."""

import math
import re
from pathlib import Path

import pytest
from flax import nnx

from lczero_training.config import load_config
from lczero_training.config.model import ModelConfig
from lczero_training.model import LczeroModel

_CONFIGS = sorted(Path("configs").glob("*.yaml"))
_DOCUMENT = Path("docs/training.md")


def _dense(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs


def _norm(width: int) -> int:
    return 2 * width


def _ffn(width: int, hidden: int) -> int:
    return _dense(width, hidden) + _dense(hidden, width)


def _body(c: ModelConfig) -> int:
    """Embedding and blocks, from the formulas of docs/formats.md's sizes."""
    e, p, d = c.embedding_size, c.position_embedding_size, c.d_model
    embedding = _dense(64 * 12, 64 * p) + _dense(112 + p, e) + _norm(e)
    embedding += 2 * 64 * e + _ffn(e, c.embedding_dff or c.dff) + _norm(e)
    block = 3 * _dense(e, d) + _dense(d, e) + _ffn(e, c.dff) + 2 * _norm(e)
    shared = 0
    if c.smolgen is not None:
        s = c.smolgen
        generated = c.heads * s.gen_size
        block += e * s.compress_size + _dense(64 * s.compress_size, s.hidden_size)
        block += _norm(s.hidden_size) + _dense(s.hidden_size, generated) + _norm(generated)
        shared = s.gen_size * 64 * 64
    return embedding + c.encoder_layers * block + shared


def _heads(c: ModelConfig) -> int:
    e = c.embedding_size
    total = 0
    if any(not head.embedding_size for head in c.policy_heads.values()):
        total += _dense(e, c.policy_embedding_size)
    for policy in c.policy_heads.values():
        total += _dense(e, policy.embedding_size) if policy.embedding_size else 0
        width = policy.embedding_size or c.policy_embedding_size
        total += 2 * _dense(width, policy.d_model) + 4 * policy.d_model
    for value in c.value_heads.values():
        hidden, buckets = value.hidden_size, value.categorical_buckets
        total += _dense(e, value.channels) + _dense(64 * value.channels, hidden)
        total += _dense(hidden, 3) + (_dense(hidden, 1) if value.error_output else 0)
        total += _dense(hidden, buckets) if buckets else 0
    for left in c.movesleft_heads.values():
        total += _dense(e, left.channels) + _dense(64 * left.channels, left.hidden_size)
        total += _dense(left.hidden_size, 1)
    return total


def _parameters(config: ModelConfig) -> int:
    model = nnx.eval_shape(lambda: LczeroModel(config, rngs=nnx.Rngs(0)))
    variables = nnx.to_flat_state(nnx.state(model, nnx.Param))
    return sum(math.prod(variable.shape) for _, variable in variables)


@pytest.mark.parametrize("path", _CONFIGS, ids=lambda path: path.stem)
def test_parameters_are_as_many_as_the_formulas_say(path: Path) -> None:
    config = load_config(path).model

    assert _parameters(config) == _body(config) + _heads(config)


def _documented() -> dict[str, float]:
    """Millions of parameters by config, as the table of docs/training.md has them."""
    row = re.compile(r"^\| \[(\w+)\.yaml\]\(\S+\) \| ([\d.]+) million \|", re.MULTILINE)
    return {name: float(size) for name, size in row.findall(_DOCUMENT.read_text("utf-8"))}


def test_sizes_are_those_of_the_documents_and_the_comments() -> None:
    sizes = {path.stem: _parameters(load_config(path).model) / 1e6 for path in _CONFIGS}

    assert _documented() == pytest.approx(sizes, abs=0.05)
    for path in _CONFIGS:
        told = re.findall(r"# ([\d.]+) million parameters", path.read_text("utf-8"))
        assert [float(size) for size in told] == pytest.approx(
            [sizes[path.stem]] * len(told), abs=0.05
        )
