"""What the trainer program's commands say when they cannot do their work."""

EXIT_OK, EXIT_FAILURE, EXIT_USAGE = 0, 1, 2


class CommandError(Exception):
    """A command that could not do its work."""


class ConfigRefusedError(Exception):
    """A config that is well formed but cannot be used here."""
