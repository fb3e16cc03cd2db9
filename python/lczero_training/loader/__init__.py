"""The data loader: configs in, batches of numpy arrays out.

Everything else in this package is private; pybind11 stays behind it.
"""

from lczero_training.loader._loader import BadConfig, CorruptData, EndOfData, LoaderStopped
from lczero_training.loader.facade import (
    VALUE_COLUMNS,
    VALUE_ROWS,
    Batch,
    DataLoader,
    PackedBatch,
    check_config,
)
from lczero_training.loader.resume import ResumableLoader, resume_loader

__all__ = [
    "VALUE_COLUMNS",
    "VALUE_ROWS",
    "BadConfig",
    "Batch",
    "CorruptData",
    "DataLoader",
    "EndOfData",
    "LoaderStopped",
    "PackedBatch",
    "ResumableLoader",
    "check_config",
    "resume_loader",
]
