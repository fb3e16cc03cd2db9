"""The whole config file as one frozen dataclass."""

from dataclasses import dataclass, field

from lczero_training.config import checks
from lczero_training.config.daemon import DaemonConfig, ExportConfig, MetricsConfig
from lczero_training.config.losses import check_heads
from lczero_training.config.model import ModelConfig
from lczero_training.config.training import TrainingConfig
from lczero_training.schema.loader_config import DataLoaderConfig


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
        check_heads(self.training.losses, self.model)
        self._check_opponent_moves()
        self._check_exported_weights()
        self._check_held_out()

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

    def _check_held_out(self) -> None:
        """Raises FieldError if games to evaluate on would be those that are trained on, or none."""
        wanted = self.metrics.evaluation.outputs if self.metrics.evaluation else ()
        there = [name for name in self.data_loader.outputs if name != "train"]
        for name in wanted:
            if name not in there:
                raise checks.FieldError(
                    "metrics.evaluation.outputs",
                    f"outputs of data_loader besides train ({', '.join(there) or 'there is none'})",
                    name,
                )
