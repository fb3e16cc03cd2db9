"""The whole config file as one frozen dataclass."""

from dataclasses import dataclass, field

from lczero_training.config import checks
from lczero_training.config.daemon import DaemonConfig, ExportConfig, MetricsConfig
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
        self._check_losses()
        self._check_exported_weights()

    def _check_losses(self) -> None:
        heads = self.model
        losses = self.training.losses
        for kind, configured, known in (
            ("policy", losses.policy, heads.policy_heads),
            ("value", losses.value, heads.value_heads),
            ("movesleft", losses.movesleft, heads.movesleft_heads),
        ):
            for loss in configured:
                if loss.head not in known:
                    raise checks.FieldError(
                        f"training.losses.{kind}",
                        f"a head of model.{kind}_heads ({', '.join(known)})",
                        loss.head,
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
