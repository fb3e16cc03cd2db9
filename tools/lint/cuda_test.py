"""--config=cuda, as far as it can be known without its gigabytes: who gets what from where."""

import ast
import re
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement

from tools.lint.build_files import rules, strings

LOCK = "requirements_cuda_lock.txt"
# What computes with JAX: three programs, and the benchmarks of training and of the model.
COMPUTING = {
    "python/BUILD.bazel": {"daemon", "trainer", "exporter"},
    "python/lczero_training/train/bench/BUILD.bazel": {"bench"},
    "python/lczero_training/model/bench/BUILD.bazel": {"bench"},
}


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def targets(file: str) -> dict[str, ast.Call]:
    """The targets of a BUILD file whose names are written out."""
    named = ((keywords(call)["name"], call) for call in rules(Path(file)))
    return {
        name.value: call
        for name, call in named
        if isinstance(name, ast.Constant) and isinstance(name.value, str)
    }


def test_the_option_sets_the_flag_that_chooses_the_lock_s_packages() -> None:
    assert "build:cuda --//tools/python:cuda=true\n" in Path(".bazelrc").read_text()
    found = targets("tools/python/BUILD.bazel")
    assert ast.unparse(keywords(found["cuda"])["build_setting_default"]) == "False"
    assert ast.unparse(keywords(found["with_cuda"])["flag_values"]) == "{':cuda': 'true'}"
    assert ast.unparse(keywords(found["accelerator"])["deps"]) == (
        "select({':with_cuda': all_requirements, '//conditions:default': []})"
    )
    text = Path("tools/python/BUILD.bazel").read_text()
    assert 'load("@pip_cuda//:requirements.bzl", "all_requirements")' in text


def test_these_packages_come_from_the_lock_of_the_option() -> None:
    calls = ast.walk(ast.parse(Path("MODULE.bazel").read_text()))
    parse = [
        keywords(call)
        for call in calls
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pip.parse"
    ]
    assert [strings(each["name"]) for each in parse] == [["pip_cuda"]]
    assert strings(parse[0]["requirements_lock"]) == [f"//tools/python:{LOCK}"]
    assert "--no-deps" in strings(parse[0]["extra_pip_args"]), "nothing but what is locked"


def test_what_computes_has_the_plugin_and_nothing_else() -> None:
    for file, names in COMPUTING.items():
        users = {
            name
            for name, call in targets(file).items()
            if "//tools/python:accelerator" in strings(call)
        }
        assert users == names, file


def test_jax_s_own_requirements_for_cuda_12_are_met_by_the_two_locks() -> None:
    versions = dict(
        pin
        for lock in (LOCK, "requirements_lock.txt")
        for pin in re.findall(r"(?m)^([a-z0-9.-]+)==(\S+)", Path("tools/python", lock).read_text())
    )
    wanted = [Requirement(each) for each in requires("jax") or ()]
    of_cuda = [each for each in wanted if each.marker and each.marker.evaluate({"extra": "cuda12"})]
    assert {"jax-cuda12-plugin", "jaxlib"} <= {each.name for each in of_cuda}
    for each in of_cuda:
        assert each.specifier.contains(versions[each.name]), each
