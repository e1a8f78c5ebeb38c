"""
YAML as text with positions: `02134`, `NO` and `+14155550100` stay what was typed.

Built from the parser's events, so that nothing is resolved, constructed or expanded: an alias is refused
where it stands, and a file made to grow cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.sites.nodes import START, FileProblem, Mapping, Node, Position, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

# libyaml's parser is ten times as fast; wheels for some platforms come without it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

DEEPEST = 16
"""Levels of nesting that are read; a sites file has five."""


class _TooDeep(Exception):
    def __init__(self, at: Position) -> None:
        super().__init__()
        self.at = at


def read_yaml(text: str, problems: list[FileProblem]) -> Node | None:
    """
    Return the one document of a YAML text, or None where it cannot be read.

    Args:
        text: The file.
        problems: Where everything that is wrong is added.

    """
    try:
        return _Builder(yaml.parse(text, Loader=_LOADER), text.split("\n"), problems).document()
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax_problem(error, text))
    except yaml.reader.ReaderError as error:
        problems.append(_character_problem(error, text))
    except _TooDeep as error:
        what = f"nested more than {DEEPEST} levels deep."
        problems.append(FileProblem(error.at, "", Problem(what, remedy="A sites file has five levels.")))
    return None


class _Builder:
    """Makes nodes of events, and notes what this file format does not have."""

    def __init__(self, events: Iterator[yaml.Event], lines: list[str], problems: list[FileProblem]) -> None:
        self._events = events
        self._lines = lines
        self._problems = problems

    def document(self) -> Node | None:
        """Return the root of the first document; more than one is a problem."""
        root = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                self._note(event, "", "a second YAML document begins here.", "Keep one file to a document.")
                return root
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, "", 1)
        return root

    def _node(self, event: yaml.Event, path: str, depth: int) -> Node:
        at = _position(event)
        if depth > DEEPEST:
            raise _TooDeep(at)
        self._refuse_indirection(event, path)
        if isinstance(event, yaml.MappingStartEvent):
            return Mapping(tuple(self._entries(path, depth)), at)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(tuple(self._items(path, depth)), at)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, at, quoted=bool(event.style), comment=self._comment_behind(event))
        return Scalar("", at)

    def _comment_behind(self, event: yaml.ScalarEvent) -> str:
        end = event.end_mark
        if event.style or end is None or end.line >= len(self._lines):
            return ""
        rest = self._lines[end.line][end.column :]
        comment = rest.strip()
        return comment if comment.startswith("#") and rest[0].isspace() else ""

    def _items(self, path: str, depth: int) -> Iterator[Node]:
        for index, event in enumerate(self._until(yaml.SequenceEndEvent)):
            yield self._node(event, f"{path}[{index}]", depth + 1)

    def _entries(self, path: str, depth: int) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, Position] = {}
        for event in self._until(yaml.MappingEndEvent):
            key = self._node(event, path, depth + 1)
            name = key.text if isinstance(key, Scalar) else ""
            inner = f"{path}.{name}" if path else name
            value = self._node(next(self._events), inner, depth + 1)
            if not isinstance(key, Scalar):
                self._note(event, path, "a key must be a single text.", "Write `key: value`.")
            elif name == "<<" and not key.quoted:
                self._note(event, path, "merge keys (<<) are not read.", "Write the values out.")
            elif name in seen:
                first = f"line {seen[name].line}"
                self._note(event, inner, f"{quoted(name)} is there already, in {first}.", "Keep one of them.")
            else:
                seen[name] = key.at
                yield key, value

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _refuse_indirection(self, event: yaml.Event, path: str) -> None:
        tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            self._note(event, path, f"the alias *{anchor} is not read.", "Write the value out.")
        elif anchor:
            what = f"the anchor &{anchor} is not read."
            self._note(event, path, what, "Remove it; two sites may have the same address.")
        if tag is not None:
            tag = tag.replace("tag:yaml.org,2002:", "!!")
            self._note(event, path, f"the tag {quoted(tag)} is not read.", "Remove it; all values are text.")

    def _note(self, event: yaml.Event, path: str, what: str, remedy: str) -> None:
        self._problems.append(FileProblem(_position(event), path, Problem(what, remedy=remedy)))


def _position(event: yaml.Event) -> Position:
    mark = event.start_mark
    return START if mark is None else Position(mark.line + 1, mark.column + 1)


def _syntax_problem(error: yaml.MarkedYAMLError, text: str) -> FileProblem:
    mark = error.problem_mark or error.context_mark
    at = Position(mark.line + 1, mark.column + 1) if mark else START
    lines = text.split("\n")
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    if "\t" in line[: at.column]:
        problem = Problem("a tab is used for indentation.", remedy="Replace tabs by spaces.")
    else:
        said = ", ".join(part for part in (error.context, error.problem) if part)
        problem = Problem(f"not YAML: {said}.", remedy="Correct it; nothing after it was read.")
    return FileProblem(at, "", problem)


def _character_problem(error: yaml.reader.ReaderError, text: str) -> FileProblem:
    # The C parser counts bytes and the Python one characters, so the place is looked up here.
    found = error.character if isinstance(error.character, str) else chr(error.character or 0)
    before = text[: max(text.find(found), 0)]
    at = Position(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    what = f"the character U+{ord(found):04X} cannot stand in a YAML file."
    return FileProblem(at, "", Problem(what, remedy="Retype the line by hand."))
