"""The network: a transformer over 64 squares, in Flax NNX."""

from lczero_training.model.model import LczeroModel
from lczero_training.model.outputs import ModelOutput, ValueOutput

__all__ = ["LczeroModel", "ModelOutput", "ValueOutput"]
