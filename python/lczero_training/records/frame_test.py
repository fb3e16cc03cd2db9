import re
from pathlib import Path

import numpy as np
import pytest

from lczero_training.records.frame import FRAME_V6, FRAME_V7, InputFormat

# The loader's own list of fields, each offset asserted by its compiler.
HEADER = Path("cc/records/frame.h").read_text()
# What the two call differently.
RENAMED = {
    "castling_us_ooo": "castling",
    "side_to_move_or_enpassant": "side_or_enpassant",
    "rule50_count": "rule50",
    "invariance_info": "invariance",
}


def test_offsets_are_those_of_the_loader() -> None:
    found = re.findall(r"offsetof\(FrameV7, (\w+)\) == (\d+)", HEADER)
    offsets = {RENAMED.get(name, name): int(offset) for name, offset in found}
    for byte in ("castling_us_oo", "castling_them_ooo", "castling_them_oo"):
        del offsets[byte]
    assert FRAME_V7.fields is not None
    assert {name: field[1] for name, field in FRAME_V7.fields.items()} == offsets


@pytest.mark.parametrize(("frame", "version"), [(FRAME_V6, 6), (FRAME_V7, 7)])
def test_sizes_are_those_of_the_loader(frame: np.dtype[np.void], version: int) -> None:
    assert f"kFrameV{version}Bytes = {frame.itemsize};" in HEADER


def test_input_formats_are_those_of_the_loader() -> None:
    header = Path("cc/records/input_format.h").read_text()
    numbers = [int(number) for number in re.findall(r"^  k\w+ = (\d+),$", header, re.M)]
    assert numbers == [form.value for form in InputFormat]
