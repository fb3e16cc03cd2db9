import io
import random
import tarfile

import pytest

from tools.chunkdump.tar_members import BLOCK, TarListing, is_tar, list_members

LONG = "a" * 90 + "/" + "b" * 70 + "/" + "c" * 120 + ".gz"


def listing(data: bytes) -> TarListing:
    return list_members(lambda offset, size: data[offset : offset + size], len(data))


def archive(names: list[str], form: int = tarfile.USTAR_FORMAT) -> bytes:
    """An archive whose members hold their own names."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            tar.addfile(member, io.BytesIO(name.encode()))
    return buffer.getvalue()


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_dialects_are_read(form: int) -> None:
    names = ["x.gz", "d/" * 60 + "y.gz"] + ([LONG] if form != tarfile.USTAR_FORMAT else [])
    data = archive(names, form)
    found = listing(data)
    assert [member.name for member in found.members] == names
    assert [data[m.offset : m.offset + m.size].decode() for m in found.members] == names
    assert found.problems == []
    assert is_tar(data[:BLOCK])


def test_what_is_no_game_has_no_number() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, kind in (("d", tarfile.DIRTYPE), ("l", tarfile.SYMTYPE), ("d/LICENSE", b"0")):
            member = tarfile.TarInfo(name)
            member.type = kind
            # Some writers give a link the size of its target; no bytes follow all the same.
            member.size = 5000 if name == "l" else 0
            tar.addfile(member)
        tar.addfile(tarfile.TarInfo("game.gz"))
    assert [member.name for member in listing(buffer.getvalue()).members] == ["game.gz"]


def test_sizes_may_be_in_base_256_or_in_a_pax_header() -> None:
    member = tarfile.TarInfo("x.gz")
    member.size = 3
    header = bytearray(member.tobuf(tarfile.USTAR_FORMAT))
    header[124:136] = b"\x80" + (3).to_bytes(11, "big")
    data = sealed(header) + b"abc".ljust(BLOCK, b"\0")
    assert [found.size for found in listing(data).members] == [3]
    record = b"10 size=3\n"
    pax = tarfile.TarInfo("pax")
    pax.type, pax.size = tarfile.XHDTYPE, len(record)
    data = pax.tobuf(tarfile.USTAR_FORMAT) + record.ljust(BLOCK, b"\0")
    data += tarfile.TarInfo("x.gz").tobuf(tarfile.USTAR_FORMAT) + b"abc".ljust(BLOCK, b"\0")
    assert [found.size for found in listing(data).members] == [3]


def sealed(header: bytearray) -> bytes:
    """With a right checksum."""
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def test_a_broken_header_is_told_and_the_games_behind_it_are_found() -> None:
    data = bytearray(archive(["0.gz", "1.gz", "2.gz"]))
    data[2 * BLOCK + 5] ^= 1
    found = listing(bytes(data))
    assert [member.name for member in found.members] == ["0.gz", "2.gz"]
    assert found.problems == [
        f"at byte 1,024 of {len(data):,}: no header is there, or its checksum is wrong"
    ]


def test_a_size_beyond_the_end_is_told() -> None:
    member = tarfile.TarInfo("x.gz")
    member.size = 1000
    data = member.tobuf(tarfile.USTAR_FORMAT) + bytes(BLOCK)
    assert listing(data).problems == [
        "at byte 0 of 1,024: of x.gz only 512 of 1,000 bytes are there"
    ]
    member.size = 1 << 40
    data = member.tobuf(tarfile.GNU_FORMAT) + archive(["y.gz"])
    found = listing(data)
    assert "a header claims 1,099,511,627,776 bytes" in found.problems[0]
    assert [member.name for member in found.members] == ["y.gz"]


def test_names_are_printable() -> None:
    member = tarfile.TarInfo("x")
    header = bytearray(member.tobuf(tarfile.USTAR_FORMAT))
    header[:6] = b"\x1b[2J\xff\n"
    (found,) = listing(sealed(header)).members
    assert found.name == "\\x1b[2J\\xff\\x0a"


def test_no_bytes_are_too_strange() -> None:
    draw = random.Random(2)
    whole = archive(["0.gz", LONG, "d/x.gz", "1.gz"], tarfile.PAX_FORMAT)
    for _ in range(500):
        data = bytearray(whole[: draw.randrange(len(whole) + 1)])
        for _ in range(draw.randrange(4) if data else 0):
            data[draw.randrange(len(data))] = draw.randrange(256)
        if draw.randrange(2) and len(data) >= BLOCK:
            place = draw.randrange(len(data) // BLOCK) * BLOCK
            data[place : place + BLOCK] = sealed(data[place : place + BLOCK])
        for member in listing(bytes(data)).members:
            assert member.offset + member.size <= len(data)
