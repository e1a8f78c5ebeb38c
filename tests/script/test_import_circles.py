"""
No module of the packages imports itself in a roundabout way.

Imports under TYPE_CHECKING count like any other. Imports inside a function do not: they run when the function
is called, after both modules are complete, and are how `__init__` loads on first use.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVIDER = Path(__file__).resolve().parent.parent.parent / "provider"


def modules_of(folder: Path) -> dict[str, Path]:
    found = {}
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def module_level(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that belong to the module itself or to its classes, and not those inside functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield child
            yield from module_level(child)


def imported_names(path: Path, package: str) -> Iterator[str]:
    """Yield the full name of everything that the file imports, a module or a name in one."""
    for node in module_level(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def imports_of(folder: Path) -> dict[str, set[str]]:
    """Return, for each module under a folder, the modules under it that it imports."""
    modules = modules_of(folder)
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        package = name if path.stem == "__init__" else name.rpartition(".")[0]
        imported = graph.setdefault(name, set())
        for full in imported_names(path, package):
            found = full if full in modules else full.rpartition(".")[0]
            if found in modules and found != name:
                imported.add(found)
    return graph


def circle_in(folder: Path) -> list[str]:
    """Return the modules of a circle of imports, or nothing."""
    try:
        TopologicalSorter(imports_of(folder)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_provider_has_no_circle_of_imports():
    assert len(imports_of(PROVIDER)) > 100
    assert circle_in(PROVIDER) == []


CIRCLES = {
    "plain": ("import made_up.second\n", "import made_up.first\n"),
    "for type checkers only": (
        "from made_up.second import B\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from made_up.first import A\n",
    ),
    "from the package": ("from made_up import second\n", "from made_up import first\n"),
    "relative": ("from . import second\n", "from .first import A\n"),
    "in a try": ("try:\n    import made_up.second\nexcept ImportError: pass\n", "import made_up.first\n"),
}


@pytest.mark.parametrize(("first", "second"), CIRCLES.values(), ids=CIRCLES)
def test_made_up_circle_is_found(tmp_path, first, second):
    assert set(circle_in(made_up(tmp_path, first, second))) == {"made_up.first", "made_up.second"}


def test_imports_inside_a_function_are_no_circle(tmp_path):
    late = "def late():\n    import made_up.first\n"

    assert circle_in(made_up(tmp_path, "import made_up.second\n", late)) == []


def made_up(folder: Path, first: str, second: str) -> Path:
    package = folder / "made_up"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "first.py").write_text(first)
    (package / "second.py").write_text(second)
    return folder
