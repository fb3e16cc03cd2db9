"""What the weights file can hold, but not every engine computes, or not by default."""

from collections.abc import Iterator

from lczero_training.config.model import ModelConfig

_ONNX_VALUE_HIDDEN_SIZE = 128
# Heads that the engine's options call otherwise than the file.
_ENGINE_NAMES = {"optimistic_st": "optimistic"}


def engine_remarks(config: ModelConfig) -> Iterator[str]:
    """A line for each: the setting's key, why, and what to do."""
    for name, head in config.value_heads.items():
        if head.hidden_size != _ONNX_VALUE_HIDDEN_SIZE:
            yield (
                f"model.value_heads.{name}.hidden_size is {head.hidden_size}: the engine's "
                f"conversion to ONNX takes {_ONNX_VALUE_HIDDEN_SIZE} only"
            )
    for kind, heads, default in (
        ("policy", config.policy_heads, "vanilla"),
        ("value", config.value_heads, "winner"),
    ):
        if default not in heads:
            first = next(iter(heads))
            yield (
                f"model.{kind}_heads has no {default}: give the engine's backend the option "
                f"{kind}_head={_ENGINE_NAMES.get(first, first)}"
            )
