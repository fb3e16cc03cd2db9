"""Downloads the Bazel release that bazelisk would take, and checks its sha256.

usage: download.py VERSION OUTPUT

Exits with 1 and one line on stderr when the release server cannot be reached, so that
the caller can try another way.
"""

import hashlib
import http.client
import os
import sys
import tempfile
import urllib.request
from pathlib import Path

URL = "https://github.com/bazelbuild/bazel/releases/download/{0}/bazel-{0}-linux-x86_64"
SHA256 = {"7.7.1": "115a1b62be95f29e5821d4dddffba1b058905a48019b499919c285e7f708d5e2"}
CONNECT_TIMEOUT_SECONDS = 10


def fetch(url: str) -> bytes:
    """Returns the body of url; raises OSError when it cannot be had."""
    with urllib.request.urlopen(url, timeout=CONNECT_TIMEOUT_SECONDS) as response:
        body: bytes = response.read()
        return body


def main() -> int:
    """Downloads what the arguments name; returns the exit code."""
    version, output = sys.argv[1], Path(sys.argv[2])
    if version not in SHA256:
        print(f"bazelw: {__file__} has no sha256 for Bazel {version}; add it", file=sys.stderr)
        return 1
    url, expected = URL.format(version), SHA256[version]
    print(f"bazelw: downloading {url}", file=sys.stderr)
    try:
        binary = fetch(url)
    except (OSError, http.client.HTTPException) as error:
        print(f"bazelw: the release server does not answer ({error})", file=sys.stderr)
        return 1
    found = hashlib.sha256(binary).hexdigest()
    if found != expected:
        print(f"bazelw: {url} has sha256 {found}, expected {expected}", file=sys.stderr)
        return 1
    descriptor, temporary = tempfile.mkstemp(dir=output.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(binary)
    os.chmod(temporary, 0o755)
    os.replace(temporary, output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
