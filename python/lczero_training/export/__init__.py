"""Weights files: what the engine loads.

    net = load_net("x.pb.gz")
    config, model = net_to_model(net)
    save_net(model_to_net(model, training_steps=1000), "y.pb.gz")

Names are imported on first use: reading and describing a file must not wait for JAX.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lczero_training.export.errors import BadNetFileError, NetError, UnsupportedNetError
from lczero_training.export.net_file import (
    SavedFile,
    encode_net,
    load_net,
    save_net,
    write_net_file,
)

if TYPE_CHECKING:
    from lczero_training.export.convert import model_to_net, net_to_model

__all__ = [
    "BadNetFileError",
    "NetError",
    "SavedFile",
    "UnsupportedNetError",
    "encode_net",
    "load_net",
    "model_to_net",
    "net_to_model",
    "save_net",
    "write_net_file",
]


def __getattr__(name: str) -> Any:
    if name in ("model_to_net", "net_to_model"):
        return getattr(import_module("lczero_training.export.convert"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
