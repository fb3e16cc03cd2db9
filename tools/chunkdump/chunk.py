"""A chunk's bytes as frames, and all that the loader would find wrong with it.

The same rules as cc/records/parse.cc and validate.cc, written for reading: the loader stops at the
first broken rule, this goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lczero_training.records.frame import FRAME_TYPES, Frames, InputFormat
from lczero_training.records.policy_map import MOVES
from tools.chunkdump import problem
from tools.chunkdump.problem import Problem

_FORMATS = tuple(form.value for form in InputFormat)
# How far the legal probabilities' sum may be from 1.
_SUM_TOLERANCE = 1e-2
_KING_BITBOARDS = {"our": 5, "their": 11}
# Field by field in the loader's order.
_FINITE = (
    *("root_q", "best_q", "root_d", "best_d", "root_m", "best_m", "plies_left", "result_q"),
    *("result_d", "played_q", "played_d", "played_m", "policy_kld", "q_st", "d_st"),
)
_Q = ("root_q", "best_q", "result_q", "played_q", "orig_q", "q_st")
_D = ("root_d", "best_d", "result_d", "played_d", "orig_d", "d_st")
_MOVE_FIELDS = ("played_idx", "best_idx")


@dataclass(frozen=True)
class Chunk:
    """One game, as far as its bytes go."""

    # As the first frame has it; nothing if there are not even four bytes.
    version: int | None
    # Whole frames, possibly none.
    frames: Frames
    # In the order in which the loader looks: it would count the first one.
    problems: tuple[Problem, ...]

    def problems_of(self, frame: int) -> list[Problem]:
        """Those of one frame."""
        return [found for found in self.problems if found.frame == frame]


def read_chunk(data: bytes) -> Chunk:
    """Reads inflated bytes; what has an unknown version is read as V6, or V7 if only that fits."""
    version = int.from_bytes(data[:4], "little") if len(data) >= 4 else None
    layout = _layout(version, len(data))
    frames = np.frombuffer(data, layout, len(data) // layout.itemsize)
    problems = [*_shape_problems(data, frames, version), *_frame_problems(frames)]
    return Chunk(version, frames, tuple(problems))


def _layout(version: int | None, size: int) -> np.dtype[np.void]:
    if version in FRAME_TYPES:
        return FRAME_TYPES[version]
    fits = [layout for layout in FRAME_TYPES.values() if size % layout.itemsize == 0]
    return fits[0] if fits else FRAME_TYPES[6]


def _shape_problems(data: bytes, frames: Frames, version: int | None) -> Iterator[Problem]:
    if not data:
        yield Problem(problem.EMPTY, "it holds no frame")
        return
    if version is not None and version not in FRAME_TYPES:
        yield Problem(problem.VERSION, f"version is {version}, neither 6 nor 7", 0)
    over = len(data) % frames.itemsize
    if over:
        yield Problem(
            problem.SIZE,
            f"size {len(data):,} bytes is not a multiple of the frame ({frames.itemsize:,}); "
            f"the last {over:,} are part of frame {len(frames)}",
        )
    for number, frame in enumerate(frames):
        if frame["version"] != version:
            text = f"version is {frame['version']}, frame 0 has {version}"
            yield Problem(problem.MIXED_VERSIONS, text, number)


def _frame_problems(frames: Frames) -> Iterator[Problem]:
    for number, frame in enumerate(frames):
        for reason, text in _broken_rules(frame, int(frames[0]["input_format"])):
            yield Problem(reason, text, number)


def _broken_rules(frame: Any, input_format: int) -> Iterator[tuple[str, str]]:
    """Reasons and texts of one frame, in the loader's order."""
    if frame["input_format"] not in _FORMATS:
        known = ", ".join(map(str, _FORMATS))
        text = f"input_format is {frame['input_format']}, none of {known}"
        yield problem.UNKNOWN_INPUT_FORMAT, text
    if frame["input_format"] != input_format:
        text = f"input_format is {frame['input_format']}, frame 0 has {input_format}"
        yield problem.INPUT_FORMAT, text
    yield from _broken_floats(frame)
    yield from _broken_policy(frame["probabilities"])
    yield from _out_of_range(frame)
    if frame["plies_left"] < 0:
        yield problem.PLIES_LEFT, f"plies_left is {frame['plies_left']}, negative"
    for name in _MOVE_FIELDS:
        if frame[name] >= MOVES:
            yield problem.MOVE_INDEX, f"{name} is {frame[name]}, not below {MOVES}"
    for side, plane in _KING_BITBOARDS.items():
        kings = int(frame["planes"][plane]).bit_count()
        if kings != 1:
            yield problem.KINGS, f"{side} side has {kings} kings, not 1"


def _broken_floats(frame: Any) -> Iterator[tuple[str, str]]:
    for name in _FINITE:
        # V6 has no d_st.
        if name in frame.dtype.names and not np.isfinite(frame[name]):
            yield problem.NOT_FINITE, f"{name} is {frame[name]}, not finite"


def _broken_policy(probabilities: Any) -> Iterator[tuple[str, str]]:
    not_finite = np.flatnonzero(~np.isfinite(probabilities))
    if not_finite.size:
        first = not_finite[0]
        text = f"{not_finite.size} probabilities are not finite; that of index {first} is "
        yield problem.NOT_FINITE, text + str(probabilities[first])
        return
    legal = probabilities[probabilities >= 0]
    total = float(legal.sum(dtype=np.float64))
    if not legal.size:
        yield problem.NO_LEGAL_MOVE, "no move has a probability"
    elif abs(total - 1) > _SUM_TOLERANCE:
        text = f"legal probabilities sum to {total:.6g}, not to 1 within {_SUM_TOLERANCE}"
        yield problem.POLICY_SUM, text


def _out_of_range(frame: Any) -> Iterator[tuple[str, str]]:
    """Each q and d that is finite; the short-term value is one since V7."""
    for reason, names, low in ((problem.Q, _Q, -1), (problem.D, _D, 0)):
        for name in names:
            if name.endswith("_st") and frame["version"] == 6:
                continue
            value = frame[name] if name in frame.dtype.names else 0.0
            if np.isfinite(value) and not low <= value <= 1:
                yield reason, f"{name} is {value}, not within [{low}, 1]"
