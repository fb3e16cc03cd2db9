"""Words for exceptions that end a session: what happened and what to do."""

import errno

# By name, because their modules load JAX.
_SAY_WHAT_TO_DO = (
    "CheckpointError",
    "CheckpointMismatchError",
    "CheckpointWriteError",
    "DeviceLayoutError",
    "InputFormatChangedError",
    "ProcessesError",
    "TrainingDivergedError",
    "UnevenBatchError",
    "WrongInputFormatError",
)


def describe_failure(error: Exception) -> str:
    """One line: the exception's kind and message, and a remedy."""
    text = " ".join(str(error).split()) or "no message"
    kind = type(error).__name__
    if kind in _SAY_WHAT_TO_DO:
        return f"{kind}: {text}"
    return f"{kind}: {text.removesuffix('.')}. {_remedy(error)}"


def _remedy(error: Exception) -> str:
    again = "then send start_training again; training goes on from the last checkpoint."
    match error:
        case OSError(errno=errno.ENOSPC):
            return f"Free some disk space, {again}"
        case OSError():
            return f"Check the path and its permissions, {again}"
    # By name, because the loader's exceptions come with the extension.
    match type(error).__name__:
        case "AlreadyRunning" | "SpoolInUse":
            return "Then send start_training again."
        case "BadConfig" | "ConfigError":
            return f"Correct the config, {again}"
        case "EndOfData" | "CorruptData":
            return f"Check the training data, {again}"
    return f"The log has the traceback; correct the cause, {again}"
