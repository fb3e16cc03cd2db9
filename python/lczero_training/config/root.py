"""The whole config file as one frozen dataclass."""

from dataclasses import dataclass, field

from lczero_training.config import checks
from lczero_training.config.daemon import DaemonConfig, ExportConfig, MetricsConfig
from lczero_training.config.losses import check_heads
from lczero_training.config.model import ModelConfig
from lczero_training.config.training import TrainingConfig
from lczero_training.schema.loader_config import DataLoaderConfig

# Name of the loader's output whose batches are trained on.
TRAINED_OUTPUT = "train"


@dataclass(frozen=True, kw_only=True)
class RootConfig:
    """What one YAML file says."""

    # Names networks, and the run in the TUI.
    name: str
    data_loader: DataLoaderConfig
    daemon: DaemonConfig
    model: ModelConfig
    training: TrainingConfig
    metrics: MetricsConfig = field(default_factory=MetricsConfig)
    export: ExportConfig

    def __post_init__(self) -> None:
        checks.filled("name", self.name)
        if "/" in self.name:
            raise checks.FieldError("name", "a name without /", self.name)
        check_heads(self.training.losses, self.model)
        self._check_opponent_moves()
        self._check_exported_weights()
        self._check_outputs()
        self._check_held_out()
        self._check_input_format()

    def _check_opponent_moves(self) -> None:
        """Raises FieldError if a loss needs what the loader's batches do not carry."""
        losses = self.training.losses.opponent_policy
        for name, stage in self.data_loader.stages.items():
            if losses and stage.tensor_generator and not stage.tensor_generator.packed:
                raise checks.FieldError(
                    "training.losses.opponent_policy",
                    "packed batches, which alone carry the opponent's moves; set "
                    f"data_loader.stages.{name}.tensor_generator.packed: true",
                    losses[0],
                )

    def _check_exported_weights(self) -> None:
        weights = self.export.weights
        kept = ["current", *(name for name in ("swa", "ema") if getattr(self.training, name))]
        if weights not in kept:
            raise checks.FieldError(
                "export.weights",
                f"one that is kept ({', '.join(kept)}): no training.{weights}",
                weights,
            )

    def _check_outputs(self) -> None:
        outputs = self.data_loader.outputs
        if outputs and TRAINED_OUTPUT not in outputs:
            expectation = f"an output named {TRAINED_OUTPUT}, which is what is trained on"
            raise checks.FieldError("data_loader.outputs", expectation, tuple(outputs))

    def _check_held_out(self) -> None:
        """Raises FieldError if games to evaluate on would be those that are trained on, or none."""
        wanted = self.metrics.evaluation.outputs if self.metrics.evaluation else ()
        there = [name for name in self.data_loader.outputs if name != TRAINED_OUTPUT]
        for name in wanted:
            if name not in there:
                raise checks.FieldError(
                    "metrics.evaluation.outputs",
                    f"outputs of data_loader besides train ({', '.join(there) or 'there is none'})",
                    name,
                )

    def _check_input_format(self) -> None:
        """Raises FieldError if games are let in of which the exported file would tell otherwise."""
        for name, stage in self.data_loader.stages.items():
            served = stage.chunk_validator and stage.chunk_validator.input_format
            if served not in (None, self.model.input_format):
                raise checks.FieldError(
                    f"data_loader.stages.{name}.chunk_validator.input_format",
                    f"model.input_format ({self.model.input_format}) or none",
                    served,
                )
