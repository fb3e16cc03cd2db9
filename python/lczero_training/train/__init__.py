"""Training: state, step, schedule, checkpoints, and the Trainer that joins them.

`Trainer` and `RunState` are loaded when they are first used: the command line answers
--help without waiting for JAX.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lczero_training.train.run_state import RunState
    from lczero_training.train.trainer import Trainer

__all__ = ["RunState", "Trainer"]


def __getattr__(name: str) -> Any:
    if name == "Trainer":
        from lczero_training.train.trainer import Trainer

        return Trainer
    if name == "RunState":
        from lczero_training.train.run_state import RunState

        return RunState
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
