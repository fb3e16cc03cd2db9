"""Reads BUILD files. Their language is close enough to Python for Python's own parser."""

import ast
import re
from pathlib import Path

SORTED = ("srcs", "hdrs", "deps", "data", "visibility")
NOT_DEPENDENCIES = ("visibility", "default_visibility")


def rules(file: Path) -> list[ast.Call]:
    """Calls with a name, those in list comprehensions included: the targets of a BUILD file."""
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    return [call for call in calls if any(keyword.arg == "name" for keyword in call.keywords)]


def strings(node: ast.AST) -> list[str]:
    """Every string below a node, in the order of the text; who may see a target is left out."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.keyword) and node.arg in NOT_DEPENDENCIES:
        return []
    return [text for child in ast.iter_child_nodes(node) for text in strings(child)]


def _is_true(call: ast.Call, flag: str) -> bool:
    values = [keyword.value for keyword in call.keywords if keyword.arg == flag]
    return any(isinstance(value, ast.Constant) and value.value is True for value in values)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def all_is_for_tests(file: Path) -> bool:
    """Whether only tests may depend on anything in a package."""
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    return any(_name(call) == "package" and _is_true(call, "default_testonly") for call in calls)


def sources_of_tests(file: Path) -> set[Path]:
    """Source files beside a BUILD file that stand in its targets for tests, and in no other."""
    tests: set[str] = set()
    others: set[str] = set()
    for rule in rules(file):
        is_test = _name(rule).endswith("_test") or _is_true(rule, "testonly")
        (tests if is_test or all_is_for_tests(file) else others).update(strings(rule))
    return {file.parent / name for name in tests - others if name.endswith((".py", ".cc", ".h"))}


def unused_loads(tree: ast.Module) -> list[str]:
    """Names that a BUILD file loads and does not use."""
    loads = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node) == "load"
    ]
    loaded = {name for load in loads for name in strings(load)[1:]}
    return sorted(loaded - {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})


def _order(label: str) -> tuple[int, list[str]]:
    """As buildifier has it: files, labels of this package, of this workspace, of others."""
    rank = next((i for i, start in enumerate((":", "//", "@")) if label.startswith(start)), -1)
    return rank, re.split("[:.]", label)


def unsorted(tree: ast.Module) -> list[str]:
    """Lists of labels that are out of order or name something twice."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.keyword) or not isinstance(node.value, ast.List):
            continue
        entries = node.value.elts
        labels = [
            text for entry in entries if isinstance(entry, ast.Constant) for text in strings(entry)
        ]
        calls = [ast.unparse(entry) for entry in entries if isinstance(entry, ast.Call)]
        if node.arg in SORTED and (
            labels != sorted(set(labels), key=_order) or calls != sorted(set(calls))
        ):
            found.append(f"line {node.value.lineno}: {node.arg}")
    return found
