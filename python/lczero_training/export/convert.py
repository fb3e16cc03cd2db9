"""Between the model and the weights file's message."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.export.encodings import LINEAR16, Encoding, decode, encode, encoding_of
from lczero_training.export.errors import UnsupportedNetError
from lczero_training.export.infer import infer_config
from lczero_training.export.layout import tensor_shapes
from lczero_training.export.messages import layer_at
from lczero_training.export.net_file import MAGIC
from lczero_training.export.net_format import format_of, min_version
from lczero_training.export.older_files import modernised
from lczero_training.export.parameters import named_parameters
from lczero_training.model import LczeroModel
from lczero_training.schema.net_pb2 import Net, TrainingParams


def model_to_net(
    model: LczeroModel,
    *,
    training_steps: int,
    learning_rate: float = 0.0,
    encoding: Encoding = LINEAR16,
) -> Net:
    """The weights file of a model; waits for the model's arrays to be computed.

    Raises UnsupportedNetError for a parameter or a value that it cannot hold.
    """
    net = Net(
        magic=MAGIC,
        min_version=min_version(encoding),
        format=format_of(model.config),
        training_params=TrainingParams(training_steps=training_steps, learning_rate=learning_rate),
    )
    net.weights.headcount = model.config.heads
    parameters = named_parameters(model)
    _refuse_unnamed(model, len(parameters))
    for name, shape in tensor_shapes(model.config).items():
        variable, transform = parameters[name]
        tensor = transform.to_file(np.asarray(variable[...], np.float32))
        assert tensor.shape == shape, (name, tensor.shape, shape)
        encode(layer_at(net.weights, name), tensor, encoding, name)
    return net


def net_to_model(net: Net, *, compute_dtype: str = "float32") -> tuple[ModelConfig, LczeroModel]:
    """The model that a weights file holds, and its config.

    Raises UnsupportedNetError, naming the field or tensor, for what the model cannot represent,
    and BadNetFileError for damaged tensors.
    """
    net, _ = modernised(net)
    config = replace(infer_config(net), compute_dtype=compute_dtype)
    # Shapes only: initial values would be computed to be thrown away.
    model = nnx.eval_shape(lambda: LczeroModel(config, rngs=nnx.Rngs(0)))
    parameters = named_parameters(model)
    for name, shape in tensor_shapes(config).items():
        variable, transform = parameters[name]
        layer = layer_at(net.weights, name)
        encoding = encoding_of(layer, net.format.weights_encoding, name)
        tensor = decode(layer, encoding, name).reshape(shape)
        variable.set_value(jnp.asarray(transform.from_file(tensor)))
    return config, model


def _refuse_unnamed(model: LczeroModel, named: int) -> None:
    """A parameter that the table of tensors does not know would be dropped."""
    total = len(nnx.to_flat_state(nnx.state(model, nnx.Param)))
    if total != named:
        raise UnsupportedNetError(
            f"the model has {total} parameters, the weights file has a place for {named}"
        )
