import subprocess

from clang_format import get_executable

from tools.lint.source_files import source_files


def test_cpp_sources() -> None:
    done = subprocess.run(
        [get_executable("clang-format"), "--dry-run", "--Werror", *source_files(".cc", ".h")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
