"""What a wheel's METADATA says of its licence and of where it comes from."""

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

# Free text and classifiers of Python packages -> SPDX.
_SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "GPL-3.0+": "GPL-3.0-or-later",
    "OSI Approved :: Apache Software License": "Apache-2.0",
    "OSI Approved :: MIT License": "MIT",
    "OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_KNOWN = {"AFL-2.1", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "MPL-2.0"}
_PAGES = ("source", "source code", "repository", "github", "homepage", "home")


@dataclass(frozen=True)
class Origin:
    """Licence as an SPDX expression, and the project's page."""

    licence: str
    upstream: str


def canonical(name: str) -> str:
    """A package's name as locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(metadata: Message) -> str | None:
    """SPDX expression, or None where the metadata do not give one.

    License-Expression is SPDX by definition. License is free text, which counts if it is known
    or made of known SPDX names; a classifier counts if there is only one.
    """
    expression = metadata.get("License-Expression")
    if expression:
        return expression
    text = metadata.get("License") or ""
    if text in _SPDX:
        return _SPDX[text]
    if set(re.split(" (?:AND|OR) ", text)) <= _KNOWN:
        return text
    classifiers = [
        value.removeprefix("License :: ")
        for value in metadata.get_all("Classifier", [])
        if value.startswith("License :: ")
    ]
    return _SPDX.get(classifiers[0]) if len(classifiers) == 1 else None


def upstream_of(metadata: Message) -> str | None:
    """The page of the sources, else the home page; None where the metadata have neither."""
    urls = {}
    for value in metadata.get_all("Project-URL", []):
        label, _, url = value.partition(",")
        urls[label.strip().lower()] = url.strip()
    pages = [urls[label] for label in _PAGES if label in urls]
    return pages[0] if pages else metadata.get("Home-page")


def parse(text: str) -> Message:
    """The headers of a METADATA file."""
    return HeaderParser().parsestr(text)
