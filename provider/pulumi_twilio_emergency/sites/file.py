"""A sites file on disk: its bytes, its form, and its problems in file order."""

from __future__ import annotations

import codecs
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.sites.csv_reader import read_csv
from pulumi_twilio_emergency.sites.nodes import START, FileProblem, Position, is_empty
from pulumi_twilio_emergency.sites.reading import read_sites
from pulumi_twilio_emergency.sites.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.sites.model import Sites
    from pulumi_twilio_emergency.sites.nodes import Node

LARGEST = 64 * 1024 * 1024
"""Bytes that are read; 50,000 numbers take 8 MB as CSV."""
_PIECE = 1024 * 1024

# JSON is YAML, so a generated file may have either name.
_READERS: dict[str, Callable[[str, list[FileProblem]], Node | None]] = {
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".json": read_yaml,
    ".csv": read_csv,
}
# UTF-32's mark begins with UTF-16's, so it comes first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """
    A file that was read.

    Attributes:
        name: As it was named by whoever asked.
        sites: What it declares; None where it has problems, so that nothing is ever half read.
        problems: Everything that is wrong, in file order.
        advice: What Twilio advises against, in file order; the file is used all the same.

    """

    name: str
    sites: Sites | None
    problems: tuple[FileProblem, ...]
    advice: tuple[FileProblem, ...] = ()

    @property
    def found(self) -> list[FileProblem]:
        """Problems and advice, in file order."""
        return sorted((*self.problems, *self.advice), key=lambda each: each.at)

    @property
    def lines(self) -> list[str]:
        """What was found, as compilers write it: `sites.yaml:41:7: sites.boston.address: what; remedy`."""
        return [
            _printable(
                ": ".join(
                    part
                    for part in (
                        f"{self.name}:{each.at.line}:{each.at.column}",
                        "warning" if each.is_advice else "",
                        each.path,
                        each.sentence,
                    )
                    if part
                )
            )
            for each in self.found
        ]


def _printable(text: str) -> str:
    """Keep a key's control characters from the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


class SitesFileError(Exception):
    """A sites file with problems; the text has a line for each."""

    def __init__(self, checked: Checked) -> None:
        count = len(checked.problems)
        counted = "1 problem" if count == 1 else f"{count} problems"
        super().__init__(
            "\n".join([f"{checked.name} has {counted}; nothing was read from it.", *checked.lines])
        )
        self.checked = checked


def load(path: str | Path) -> Sites:
    """
    Return the sites that a file declares.

    Args:
        path: A YAML (.yaml, .yml, .json) or CSV (.csv) file.

    Raises:
        SitesFileError: The file cannot be read, or something in it is wrong.

    """
    checked = check(path)
    if checked.sites is None:
        raise SitesFileError(checked)
    return checked.sites


def check(path: str | Path) -> Checked:
    """
    Read a file and return its sites and everything that is wrong with it. Never raises for what is in a file.

    Args:
        path: A YAML (.yaml, .yml, .json) or CSV (.csv) file.

    """
    found: list[FileProblem] = []
    sites = None
    try:
        sites = _sites(Path(path), found)
    except _Unreadable as error:
        found.append(error.problem)
    found.sort(key=lambda each: each.at)
    problems = tuple(each for each in found if not each.is_advice)
    advice = tuple(each for each in found if each.is_advice)
    return Checked(str(path), None if problems else sites, problems, advice)


class _Unreadable(Exception):
    def __init__(self, what: str, remedy: str, at: Position = START) -> None:
        super().__init__()
        self.problem = FileProblem(at, "", Problem(what, remedy=remedy))


def _sites(path: Path, problems: list[FileProblem]) -> Sites | None:
    read = _READERS.get(path.suffix.lower())
    if read is None:
        what = (
            f"{path.suffix} is not the suffix of a sites file." if path.suffix else "the name has no suffix."
        )
        raise _Unreadable(what, f"Name it with one of {', '.join(_READERS)}, by what is in it.")
    root = read(_text(_bytes(path)), problems)
    if root is not None and not is_empty(root):
        return read_sites(root, problems)
    if not problems:
        raise _Unreadable("the file is empty.", "Add a site; `twilio-emergency check --help` shows one.")
    return None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # In pieces, since one large read takes its memory before it knows how small the file is.
            pieces = itertools.islice(iter(lambda: file.read(_PIECE), b""), LARGEST // _PIECE + 1)
            content = b"".join(pieces)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _Unreadable(f"cannot be opened: {reason}.", "Check name and permissions.") from None
    if len(content) > LARGEST:
        raise _Unreadable(f"larger than {LARGEST // 1024 // 1024} MB.", "Split it into several files.")
    return content


def _text(content: bytes) -> str:
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", "utf-8"))
    content = content[len(mark) :]
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        at = _end_of(content[: error.start].decode(encoding, errors="replace"))
        raise _Unreadable(f"not {encoding.upper()} text.", "Save the file as UTF-8.", at) from None
    if "\0" in text:
        # UTF-16 without a mark, an archive, a spreadsheet.
        at = _end_of(text[: text.index("\0")])
        raise _Unreadable("not a text file.", "Save it as YAML or CSV in UTF-8.", at)
    return text


def _end_of(text: str) -> Position:
    return Position(text.count("\n") + 1, len(text) - text.rfind("\n"))
