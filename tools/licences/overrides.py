"""What wheels' metadata leave open, each with the reason for what stands here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Override:
    """Takes the place of what the metadata say; None keeps that."""

    reason: str
    licence: str | None = None
    upstream: str | None = None


_GOOGLE = "the metadata name no page"
PYTHON = {
    "jinja2": Override(
        "the classifier does not say which BSD licence; LICENSE.txt in the wheel is the one of "
        "three clauses",
        licence="BSD-3-Clause",
    ),
    "opt-einsum": Override(_GOOGLE, upstream="https://github.com/dgasmith/opt_einsum"),
    "scipy": Override(
        "the field holds the licence's text; libraries in the wheel have licences of their own, "
        "which LICENSE.txt in it lists",
        licence="BSD-3-Clause",
    ),
    "uvloop": Override(
        "two classifiers, and LICENSE-MIT beside LICENSE-APACHE in the wheel",
        licence="MIT OR Apache-2.0",
    ),
}

_NVIDIA = Override(
    "", licence="LicenseRef-NVIDIA-Proprietary", upstream="https://developer.nvidia.com/cuda-zone"
)
_JAX = Override("", licence="Apache-2.0", upstream="https://github.com/jax-ml/jax")
# These wheels are gigabytes that only --config=cuda fetches, so what their metadata say stands
# here by the beginning of their names.
CUDA = {"jax-cuda12-": _JAX, "nvidia-": _NVIDIA}
