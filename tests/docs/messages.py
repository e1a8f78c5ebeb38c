"""
Every message that the provider can show, collected from its source.

A value that is put into a message is written `<>`. What a message is made of elsewhere (`what = ...`) is followed
within its function.
"""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs.documents import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = ROOT / "provider" / "pulumi_twilio_emergency"
VALUE = "<>"
_SHOWN_BY = {
    "Problem", "problem", "warn", "note", "error", "TypeError", "ValueError", "GatewayError", "NotSent", "FinalError", "CallFailed",
}  # fmt: skip
_RETURNED_BY = {"registration_failed", "rollback_failed", "_unexpected"}
_OF_OTHER_PAGES = {
    "sites",
    "audit",
    "adopt",
    "cli",
    "findings.py",
    "account_findings.py",
    "domain_findings.py",
    "removal_brake.py",
    "site_inputs.py",
}
"""What reports on a sites file or an account, rather than on a Pulumi command."""
_WHOLE_FILES = {"errors.py"}
"""Of the gateway: what is said of a request that brought no answer."""
_COMMANDS = (
    re.compile(r"`(pulumi [a-z-]+(?: [a-z-]+)*(?: --[a-z-]+)*)"),
    re.compile(r"\b([A-Z][A-Z_]{5,}=1)\b"),
    re.compile(r"\b([a-z_]+=(?:True|False|'\w+'))"),
    re.compile(r"\b(account_sid)=\""),
    re.compile(r"(?<![\w.])(custom_timeouts|aliases|delete_before_replace|--run-program|--secret)\b(?!\.)"),
)


def _files() -> list[Path]:
    return [
        path
        for path in sorted(SOURCE.rglob("*.py"))
        if _OF_OTHER_PAGES.isdisjoint(path.relative_to(SOURCE).parts)
    ]


@dataclass(frozen=True)
class Message:
    """The first sentence of a message, and where it is written."""

    text: str
    where: str


def messages() -> list[Message]:
    """Return all messages, in the order of the source."""
    return [
        Message(text, f"{path.relative_to(SOURCE)}:{line}")
        for path in _files()
        for text, line in _messages_of(ast.parse(path.read_text()), path.name)
        if re.search(r"[A-Za-z]{4,}", text)
    ]


def commands() -> dict[str, str]:
    """Return every command, option and argument that a message recommends, and where."""
    return {
        found: str(path.relative_to(SOURCE))
        for path in _files()
        for text in _strings(ast.parse(path.read_text()))
        for pattern in _COMMANDS
        for found in pattern.findall(text)
    }


def documented_commands() -> dict[str, str]:
    """Return every command of Pulumi that the documents recommend, and where."""
    return {
        found.replace(" --yes", ""): path.name
        for path in (ROOT / "docs" / "errors.md", ROOT / "docs" / "operations.md")
        for found in _COMMANDS[0].findall(path.read_text())
    }


def plain(text: str) -> str:
    """Return a message without line breaks and the stop at its end, its values as `<>`."""
    text = re.sub(r"<[^<>]*>|\{[^{}]*\}", VALUE, text)
    return re.sub(r"\s+", " ", text).strip().rstrip(".:;")


def _messages_of(tree: ast.Module, file: str) -> Iterator[tuple[str, int]]:
    for function, node in _with_function(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in _SHOWN_BY and node.args:
                prefix = f"{VALUE} " if name == "problem" else ""
                for text in _texts(node.args[0], function):
                    yield prefix + plain(text.partition("\n")[0]), node.lineno
        elif isinstance(node, ast.Return) and function is not None and function.name in _RETURNED_BY:
            for text in _texts(node.value, function):
                yield plain(text.strip().partition("\n")[0]), node.lineno
    if file in _WHOLE_FILES:
        for text in _strings(tree):
            if text.count(" ") > 2:
                yield plain(text), 1


def _with_function(tree: ast.AST, function: ast.FunctionDef | None = None) -> Iterator[tuple]:
    for node in ast.iter_child_nodes(tree):
        yield function, node
        yield from _with_function(node, node if isinstance(node, ast.FunctionDef) else function)


def _texts(node: ast.AST | None, function: ast.FunctionDef | None) -> list[str]:
    """Return what an expression may say: names that the function gives a value are followed once."""
    found = _spelled(node, function)
    return [text for text in dict.fromkeys(found) if text.replace(VALUE, "").strip()]


def _spelled(node: ast.AST | None, function: ast.FunctionDef | None) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_spelled(node.body, function), *_spelled(node.orelse, function)]
    if isinstance(node, ast.JoinedStr):
        parts = [_spelled(each, function) for each in node.values]
        return ["".join(combination) for combination in itertools.product(*parts)]
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name):
        if ast.unparse(node.value) in CONSTANTS:
            return [_text(node)]
        return _spelled(node.value, function)
    if isinstance(node, ast.Name) and function is not None:
        return [
            text
            for each in ast.walk(function)
            if isinstance(each, ast.Assign) and node.id in {ast.unparse(target) for target in each.targets}
            for text in _spelled(each.value, None)
        ] or [VALUE]
    return [_text(node)]


def _constants() -> dict[str, str]:
    """Return the texts that have a name in some module."""
    return {
        ast.unparse(node.targets[0]): node.value.value
        for path in SOURCE.rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


CONSTANTS = _constants()


def _text(node: ast.AST | None) -> str:
    if isinstance(node, ast.FormattedValue):
        return CONSTANTS.get(ast.unparse(node.value), VALUE)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(each) for each in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    return VALUE


def _strings(tree: ast.Module) -> Iterator[str]:
    """Yield the string literals that are no docstrings, with their values as `<>`."""
    silent = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            silent |= {id(each) for each in ast.walk(node)} - {id(node)}
            yield _text(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value
