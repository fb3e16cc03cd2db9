import json
from pathlib import Path
from typing import Any

import pytest

from tools.proof.aquery import Action, read_actions
from tools.proof.hermetic import dependency_files, headers_outside, prove_actions, prove_headers
from tools.proof.report import Report
from tools.proof.rules import absolute_paths, problems_of

ZIG = "external/_main~native_dependencies~zig/bin/"
COMPILE = Action("//a:b", "CppCompile", (ZIG + "cc", "-Iexternal/x", "-c", "a/b.cc"))
LINK = Action("//a:b", "CppLink", (ZIG + "cc", "-o", "bazel-out/bin/b"))


def answer(**action: Any) -> str:
    target = {"id": 1, "label": "//a:b"}
    return json.dumps({"targets": [target], "actions": [{"targetId": 1, **action}]})


def checks(*actions: Action) -> dict[str, str | None]:
    report = Report("hermetic")
    prove_actions(actions, report)
    return report.checks


def test_an_answer_of_bazel_is_read() -> None:
    text = answer(
        mnemonic="CppLink",
        arguments=["cc", "@x.params"],
        paramFiles=[{"execPath": "x.params", "arguments": ["-o", "x"]}],
        environmentVariables=[{"key": "PATH", "value": "/bin"}, {"key": "EMPTY"}],
        executionInfo=[{"key": "requires-network", "value": ""}],
    )
    assert list(read_actions(text)) == [
        Action(
            "//a:b",
            "CppLink",
            ("cc", "@x.params", "-o", "x"),
            {"PATH": "/bin", "EMPTY": ""},
            frozenset({"requires-network"}),
        )
    ]


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(KeyError):
        list(read_actions('{"actions": [{"targetId": 1, "mnemonic": "X"}]}'))
    with pytest.raises(ValueError):
        list(read_actions("ERROR: no"))


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("/usr/bin/gcc", ["/usr/bin/gcc"]),
        ("-I/usr/include", ["/usr/include"]),
        ("-isystem/usr/include/c++/12", ["/usr/include/c++/12"]),
        ("--sysroot=/opt/x", ["/opt/x"]),
        ("-Wl,-rpath,/usr/lib", ["/usr/lib"]),
        ("/bin:/home/me/bin", ["/bin", "/home/me/bin"]),
        ("cd x; '/usr/bin/python3' -c", ["/usr/bin/python3"]),
        ("external/a/b", []),
        ("//tools:x", []),
        ("@@zig//:bin", []),
        ("https://host/x", []),
        ("-Ia/b", []),
        ("$ORIGIN/../x", []),
        ("../site-packages/x", []),
        ("a + / b", []),
    ],
)
def test_absolute_paths_are_found(text: str, paths: list[str]) -> None:
    assert absolute_paths(text) == paths


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        (Action("//a:b", "CppCompile", ("/usr/bin/gcc",)), "names /usr/bin/gcc"),
        (Action("//a:b", "CppCompile", ("external/other/cc",)), "not the pinned toolchain"),
        (Action("//a:b", "CppLink", (ZIG + "cc", "-L/usr/lib")), "names /usr/lib"),
        (Action("//a:b", "X", environment={"PATH": "/home/me/bin:/bin"}), "names /home/me/bin"),
        (Action("//a:b", "X", environment={"PYTHONPATH": "/usr/lib/python3"}), "names /usr/lib"),
        (Action("//a:b", "X", requirements=frozenset({"requires-network"})), "requires-network"),
        (Action("//a:b", "X", requirements=frozenset({"no-sandbox"})), "no-sandbox"),
    ],
)
def test_what_is_not_hermetic_is_told(action: Action, problem: str) -> None:
    found = list(problems_of(action))
    assert any(problem in line for line in found), found


def test_usual_actions_are_hermetic() -> None:
    run = Action(
        "//a:t",
        "TestRunner",
        ("external/bazel_tools/tools/test/test-setup.sh", "a/t"),
        {"PATH": "/bin:/usr/bin:/usr/local/bin"},
        frozenset({"supports-workers"}),
    )
    assert set(checks(COMPILE, LINK, run).values()) == {None}


def test_actions_that_run_nothing_are_no_checks() -> None:
    assert set(checks(COMPILE, LINK, Action("//a:b", "FileWrite"))) == {
        "1 actions CppCompile",
        "1 actions CppLink",
        "C++ is compiled and linked",
    }


def test_a_build_without_compilations_proves_nothing() -> None:
    assert checks(LINK)["C++ is compiled and linked"] == "there is no CppCompile among the actions"


def test_many_problems_of_one_kind_are_shortened() -> None:
    found = checks(*(Action(f"//a:{n}", "X", ("/usr",)) for n in range(15)))
    problem = found["15 actions X"]
    assert problem is not None
    assert "//a:9:" in problem
    assert problem.endswith("and 5 more")


def test_headers_of_the_host_are_found() -> None:
    text = "b.o: a/b.cc \\\n external/zig/x.h \\\n /usr/include/stdio.h a/../../../usr/y.h\n"
    assert headers_outside(text) == ["/usr/include/stdio.h", "a/../../../usr/y.h"]


def test_lists_of_headers_are_looked_for_beside_objects_only(tmp_path: Path) -> None:
    for name in ("bin/_objs/b.d", "bin/t.runfiles/c.d"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("b.o: /usr/include/x.h\n")
    assert list(dependency_files(tmp_path)) == [tmp_path / "bin/_objs/b.d"]
    report = Report("hermetic")
    prove_headers(tmp_path, report)
    assert "b.d: /usr/include/x.h" in (report.checks["headers that 1 compilations read"] or "")


def test_no_list_at_all_is_a_failure(tmp_path: Path) -> None:
    report = Report("hermetic")
    prove_headers(tmp_path, report)
    assert "build something first" in (report.checks["headers that 0 compilations read"] or "")
