"""The upload password, kept out of everything that people and machines read."""

import html
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

from lczero_training.config.daemon import UploadConfig

HIDDEN = "***"


class PasswordError(Exception):
    """The environment holds no usable password."""


class Password:
    """A password that does not show itself: repr() and str() hide it.

    Threads: immutable.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The password itself; only for the request's body."""
        return self._value

    def __repr__(self) -> str:
        return f"Password({HIDDEN})"

    def __reduce__(self) -> str:
        raise TypeError("a Password is not to be stored")


class Scrubber:
    """Takes secrets out of text that came from outside, e.g. a server's answer.

    Finds a secret as it is and in the encodings in which a server may echo it: URL, JSON,
    HTML, a Python literal, and another character set's bytes.
    """

    def __init__(self, *secrets: str) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        # The longest first: a form may begin with another.
        ordered = sorted(forms, key=len, reverse=True)
        self._longest = len(ordered[0]) if ordered else 0
        pattern = "|".join(re.escape(form) for form in ordered)
        # Hexadecimal digits of encodings come in both cases.
        self._pattern = re.compile(pattern, re.IGNORECASE) if ordered else None

    def clean(self, text: str, *, cut: bool = False) -> str:
        """`text` without secrets. `cut`: it is a beginning, which may end within a secret."""
        if self._pattern is None:
            return text
        cleaned = self._pattern.sub(HIDDEN, text)
        return cleaned[: max(0, len(cleaned) - self._longest)] if cut else cleaned


def read_password(config: UploadConfig, environ: Mapping[str, str]) -> Password:
    """The password from the environment. Raises PasswordError, which names the variable."""
    name = config.password_variable
    value = environ.get(name, "")
    if not value:
        state = "empty" if name in environ else "not set"
        raise PasswordError(
            f"export.upload: the environment variable {name} is {state}; it must hold the training "
            "server's password. Set it, name another in export.upload.password_variable, or "
            "remove export.upload"
        )
    if not value.isprintable():
        raise PasswordError(
            f"export.upload: the environment variable {name} holds a control character or bytes "
            "that are no UTF-8, perhaps a newline at its end; set it to the password alone"
        )
    return Password(value)


def _forms(secret: str) -> set[str]:
    as_json = [json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        *as_json,
        *(form.replace("/", r"\/") for form in as_json),
        html.escape(secret),
        html.escape(secret, quote=False),
        html.escape(secret).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        repr(secret)[1:-1],
        repr(secret.encode())[2:-1],
        ascii(secret)[1:-1],
        secret.encode("latin-1", "ignore").decode("utf-8", "replace"),
        secret.encode("utf-8").decode("latin-1"),
    } - {""}
