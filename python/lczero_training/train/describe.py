"""A model's parameters as a table."""

import math

from lczero_training.config.model import ModelConfig
from lczero_training.train.state import named_leaves
from lczero_training.train.step import model_shapes


def describe_model(config: ModelConfig) -> str:
    """Every parameter with path, shape and size, then totals of the parts; computes nothing."""
    _, shapes = model_shapes(config)
    rows = [
        (path, " x ".join(map(str, leaf.shape)), math.prod(leaf.shape))
        for path, leaf in named_leaves(shapes).items()
    ]
    lines = [f"{size:>13,}  {path}  ({shape})" for path, shape, size in rows]
    totals: dict[str, int] = {}
    for path, _, size in rows:
        part = path.split("/")[0]
        totals[part] = totals.get(part, 0) + size
    lines += [""] + [f"{size:>13,}  {part}" for part, size in totals.items()]
    return "\n".join([*lines, f"{sum(totals.values()):>13,}  total"])
