"""JSON text to Python values, strictly."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from lczero_training.schema.problem import SchemaError, shown


def load_text(data: str | bytes) -> Any:
    """Value of a JSON text; bytes must be UTF-8.

    Stricter than json.loads: a key may stand only once in an object, and the literals NaN and
    Infinity, which are not JSON, are refused.

    Raises:
        SchemaError: it is not such a text; `field` names the key that stands twice.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except SchemaError:
        raise
    except UnicodeDecodeError as error:
        raise SchemaError("", f"not UTF-8: byte {error.start} is {data[error.start]!r}") from error
    except RecursionError:
        raise SchemaError("", "not readable: nested too deeply") from None
    except ValueError as error:
        raise SchemaError("", f"not JSON: {error}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise SchemaError(key, "this key is given twice")
        found[key] = value
    return found


def _refuse(literal: str) -> NoReturn:
    raise SchemaError("", f"not JSON: the literal {shown(literal)}; write it as a string")
