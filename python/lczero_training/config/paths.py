"""Marks the fields that hold paths."""

# Metadata of a field with a path, or a tuple of them, relative to the config file.
PATH = {"path": True}
