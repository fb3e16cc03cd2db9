"""What a source file asks for by name: Python's imports, includes of C++."""

import ast
import re
from pathlib import Path


def imports(file: Path) -> set[str]:
    """Modules (`lczero_training.train.step`) or headers (`cc/base/error.h`, `vector`) of a file."""
    text = file.read_text()
    if file.suffix in (".cc", ".h"):
        return set(re.findall(r'(?m)^\s*#\s*include\s+[<"]([^>"]+)[>"]', text))
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def folder(name: str) -> str | None:
    """The folder of ours that an imported name lies in, as in the map; None for third parties'.

    What lies in python/lczero_training itself is of no layer: it is there for all of them.
    """
    parts = name.split("/") if name.endswith(".h") else name.split(".")
    match parts:
        case ["cc" | "python", _, *_]:
            return "/".join(parts[: 2 if parts[0] == "cc" else 3])
        case ["lczero_training", package, *_] if Path("python/lczero_training", package).is_dir():
            return f"python/lczero_training/{package}"
        case ["tools", package, *_]:
            return f"tools/{package}"
    return None
