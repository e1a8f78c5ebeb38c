"""Functions and files stay short enough to be read at once, and each package says what belongs in it."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVIDER = Path(__file__).resolve().parent.parent.parent / "provider"
FILES = sorted(PROVIDER.rglob("*.py"))
PACKAGES = [path for path in FILES if path.name == "__init__.py"]
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
LONGEST_MEAN = 8

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Return the lines of a function from its `def` to its end, without its docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or 0) - docstring.lineno + 1)


def too_long(path: Path) -> dict[str, int]:
    return {each.name: length(each) for each in functions(path) if length(each) > LONGEST_FUNCTION}


def named(path: Path) -> str:
    return str(path.relative_to(PROVIDER))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_file_and_its_functions_are_short(path):
    assert len(path.read_text().splitlines()) <= LONGEST_FILE
    assert too_long(path) == {}


def test_functions_are_short_on_average():
    assert mean(length(each) for path in FILES for each in functions(path)) < LONGEST_MEAN


@pytest.mark.parametrize("path", PACKAGES, ids=named)
def test_package_says_what_belongs_in_it(path):
    """A package that has siblings points, by name, at those where other things belong."""
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert docstring

    siblings = {each.parent.name for each in path.parent.parent.glob("*/__init__.py")} - {path.parent.name}
    if path.parent.parent != PROVIDER and siblings:
        pointed_at = {part for word in docstring.split("`")[1::2] for part in word.split(".")}
        assert pointed_at & siblings


def test_map_of_packages_names_each():
    package = PROVIDER / "pulumi_twilio_emergency"
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""

    for path in package.glob("*/__init__.py"):
        assert f"`{path.parent.name}`" in docstring


def test_function_over_the_limit_is_found(tmp_path):
    path = tmp_path / "made_up.py"
    body = "    pass\n" * LONGEST_FUNCTION
    docstring = '    """\n    Say it.\n\n    At length.\n    """\n'
    path.write_text(
        f"def over():\n{body}\ndef just():\n{body.removesuffix('    pass' + chr(10))}"
        f"\nclass Documented:\n  def documented():\n{docstring}{body.removesuffix('    pass' + chr(10))}"
    )

    assert too_long(path) == {"over": LONGEST_FUNCTION + 1}
