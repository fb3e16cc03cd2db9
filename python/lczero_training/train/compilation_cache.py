"""Compiled programs on disk, so that a restarted process need not compile again."""

from pathlib import Path

import jax

# Smaller programs compile faster than the cache answers.
_MIN_COMPILE_SECONDS = 0.5


def use_compilation_cache(directory: Path) -> None:
    """Keeps compiled programs in this folder from now on, in the whole process.

    A folder that the user has set for JAX (JAX_COMPILATION_CACHE_DIR) stays.
    """
    if jax.config.values["jax_compilation_cache_dir"] is None:
        jax.config.update("jax_compilation_cache_dir", str(directory))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", _MIN_COMPILE_SECONDS)
