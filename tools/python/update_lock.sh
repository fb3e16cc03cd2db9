#!/bin/sh
# Regenerates requirements_lock.txt from requirements.in, and then requirements_cuda_lock.txt from
# requirements_cuda.in, with the former's versions. Needs uv.
set -eu
cd "$(dirname "$0")"
new=$(mktemp)
trap 'rm -f "$new"' EXIT

# lock LOCK REQUIREMENTS CONTENT [option of uv ...]
lock() {
  lock=$1 requirements=$2 content=$3
  shift 3
  # The versions that stand in the lock stay, unless --upgrade is given.
  cp "$lock" "$new"
  uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
    --python-version 3.11 --python-platform x86_64-manylinux_2_28 "$@" "$requirements" -o "$new"
  {
    echo "# $content, pinned by sha256. Made from $requirements:"
    echo "#   tools/python/update_lock.sh            (newest versions: --upgrade)"
    echo "# $requirements: sha256:$(sha256sum "$requirements" | cut -d' ' -f1)"
    cat "$new"
  } > "$lock"
}

lock requirements_lock.txt requirements.in "Every Python package of the build" "$@"
# The plugin's version must be jax's.
jax=$(sed -n 's/^jax==\([^ ]*\).*/\1/p' requirements_lock.txt)
echo "jax-cuda12-plugin==$jax" > "$new.constraint"
touch requirements_cuda_lock.txt
lock requirements_cuda_lock.txt requirements_cuda.in "Every package that --config=cuda adds" \
  --constraint "$new.constraint" "$@"
rm -f "$new.constraint"
