from pathlib import Path

import pytest

from tools.cc.make_sysroot import refuse_traces, without_cache_folders

MEMBERS = b"cache/o/%s/libunwind.o/\ncache/o/%s/UnwindLevel1.o/\n"


def test_an_archive_does_not_tell_where_it_was_made() -> None:
    here = MEMBERS % (b"50e0a6faec783f93205560afdd85b6c9", b"60854b5b8835e468e32bbdacdf75fba8")
    there = MEMBERS % (b"c0bbb3ff41dd7ec9a15fb16907fc1ca8", b"0a88ee0bce99d1af23509f703ce73ed7")
    assert without_cache_folders(here) == without_cache_folders(there)
    assert len(without_cache_folders(here)) == len(here)


def test_everything_else_stays() -> None:
    code = bytes(range(256)) + b"/o/50e0a6faec783f93205560afdd85b6c9/ cache/o/50e0a6fa/"
    assert without_cache_folders(code) == code


def test_a_library_that_tells_its_folder_is_refused(tmp_path: Path) -> None:
    library = tmp_path / "libtsan.a"
    library.write_bytes(b"\0/proc/self/cwd/zig/lib/libtsan/tsan_fd.cpp\0")
    refuse_traces(tmp_path, Path("/home/ann/cache"))
    library.write_bytes(b"\0/home/ann/cache/zig/lib/libtsan/tsan_fd.cpp\0")
    with pytest.raises(SystemExit, match=r"libtsan\.a holds the path /home/ann/cache"):
        refuse_traces(tmp_path, Path("/home/ann/cache"))
