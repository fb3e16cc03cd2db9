"""`_loader.pyi` and the extension say the same: names, parameters, defaults, simple types."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

from lczero_training.loader import _loader

STUB = Path(__file__).with_name("_loader.pyi")
TREE = ast.parse(STUB.read_text())
CLASSES = {node.name: node for node in TREE.body if isinstance(node, ast.ClassDef)}
CONSTANTS = {
    node.target.id: ast.unparse(node.annotation)
    for node in TREE.body
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
}

# How the extension's docstrings write a type, and how the stub may.
SAME_TYPE = {
    "typing.SupportsInt | typing.SupportsIndex": "int",
    "typing.SupportsFloat | typing.SupportsIndex": "float",
    "tuple[NDArray[np.float32], ...]": "tuple",
    "tuple[tuple[NDArray[Any], ...], int]": "tuple",
}


def functions_of(node: ast.ClassDef | ast.Module) -> dict[str, ast.FunctionDef]:
    return {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}


def parameters(function: ast.FunctionDef) -> list[tuple[str, str]]:
    """Names and types without self."""
    return [
        (argument.arg, simple_type(argument.annotation))
        for argument in function.args.args
        if argument.arg != "self"
    ]


def simple_type(annotation: ast.expr | None) -> str:
    assert annotation is not None, "the stub leaves no type out"
    text = ast.unparse(annotation)
    return SAME_TYPE.get(text, text)


def signature_of(method: object) -> ast.FunctionDef:
    """Parse the signature that pybind11 writes as the first line of the docstring."""
    line = (inspect.getdoc(method) or "").splitlines()[0]
    function = ast.parse(f"def {line}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    return function


def public_names(thing: object) -> set[str]:
    return {name for name in vars(thing) if not name.startswith("_")}


def test_the_module_has_the_names_of_the_stub() -> None:
    assert public_names(_loader) == set(CLASSES) | set(CONSTANTS) | set(functions_of(TREE))


def test_constants_have_the_types_of_the_stub() -> None:
    assert CONSTANTS["VALUE_ROWS"] == CONSTANTS["VALUE_COLUMNS"] == "tuple[str, ...]"
    for names in (_loader.VALUE_ROWS, _loader.VALUE_COLUMNS):
        assert isinstance(names, tuple)
        assert all(isinstance(name, str) for name in names)
    for constant in ("BATCH_LAYOUT", "PACKED_BATCH_LAYOUT"):
        assert CONSTANTS[constant] == "tuple[tuple[str, str, tuple[int, ...]], ...]"
        for name, dtype, shape in getattr(_loader, constant):
            assert isinstance(name, str)
            assert np.dtype(dtype).name == dtype
            assert all(isinstance(size, int) for size in shape)


@pytest.mark.parametrize("name", [name for name in CLASSES if name != "Loader"])
def test_exceptions_have_the_bases_of_the_stub(name: str) -> None:
    exception = getattr(_loader, name)
    bases = [ast.unparse(base) for base in CLASSES[name].bases]
    assert [base.__name__ for base in exception.__bases__] == bases
    assert exception.__doc__


def test_the_class_has_the_methods_of_the_stub() -> None:
    assert public_names(_loader.Loader) == set(functions_of(CLASSES["Loader"])) - {"__init__"}


@pytest.mark.parametrize("name", list(functions_of(CLASSES["Loader"])))
def test_methods_have_the_signatures_of_the_stub(name: str) -> None:
    check_signature(getattr(_loader.Loader, name), functions_of(CLASSES["Loader"])[name])


@pytest.mark.parametrize("name", list(functions_of(TREE)))
def test_functions_have_the_signatures_of_the_stub(name: str) -> None:
    check_signature(getattr(_loader, name), functions_of(TREE)[name])


def check_signature(function: object, declared: ast.FunctionDef) -> None:
    actual = signature_of(function)
    assert parameters(actual) == parameters(declared)
    assert [ast.unparse(default) for default in actual.args.defaults] == [
        ast.unparse(default) for default in declared.args.defaults
    ]
    assert simple_type(actual.returns) == simple_type(declared.returns)
