"""protoc from grpcio-tools, with protobuf's own .proto files on its path."""

from __future__ import annotations

import sys
from pathlib import Path

import grpc_tools  # type: ignore[import-untyped] # It has no stubs.
from grpc_tools import protoc


def main() -> int:
    """Runs protoc with this program's arguments; returns its exit code."""
    builtin = Path(grpc_tools.__file__).parent / "_proto"
    return int(protoc.main([*sys.argv, f"-I{builtin}"]))


if __name__ == "__main__":
    sys.exit(main())
