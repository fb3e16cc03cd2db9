"""Walks over everything that a config can say, for tests that something is done with it."""

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any


def settings_of(cls: type[Any], prefix: str = "") -> Iterator[str]:
    """The dotted key of each setting below a config dataclass.

    An item of a list is "[]", one of a mapping "*": "training.losses.policy[].head". What holds
    its own kind again, as a loop's pieces, is one setting.
    """
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        yield from _settings(hints[field.name], prefix + field.name, cls)


def _settings(hint: Any, key: str, holder: type[Any]) -> Iterator[str]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        (hint,) = (argument for argument in arguments if argument is not type(None))
        yield from _settings(hint, key, holder)
    elif origin is tuple:
        yield from _settings(arguments[0], f"{key}[]", holder)
    elif origin is Mapping:
        yield from _settings(arguments[1], f"{key}.*", holder)
    elif dataclasses.is_dataclass(hint) and isinstance(hint, type) and hint is not holder:
        yield from settings_of(hint, f"{key}.")
    else:
        yield key
