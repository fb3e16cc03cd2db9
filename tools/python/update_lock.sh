#!/bin/sh
# Regenerates requirements_lock.txt from requirements.in. Needs uv.
set -eu
cd "$(dirname "$0")"
new=$(mktemp)
trap 'rm -f "$new"' EXIT
# The versions that stand in the lock stay, unless --upgrade is given.
cp requirements_lock.txt "$new"
uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
  --python-version 3.11 --python-platform x86_64-manylinux_2_28 "$@" requirements.in -o "$new"
{
  echo "# Every Python package of the build, pinned by sha256. Made from requirements.in:"
  echo "#   tools/python/update_lock.sh            (newest versions: --upgrade)"
  echo "# requirements.in: sha256:$(sha256sum requirements.in | cut -d' ' -f1)"
  cat "$new"
} > requirements_lock.txt
