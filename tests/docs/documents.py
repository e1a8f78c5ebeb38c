"""
Programs and sessions in the documents are run, and compared with what stands there.

`<!-- program: NAME -->` marks a Python block, `<!-- session: NAME -->` a console block whose first line is the
command, `<!-- config: NAME -->` a console block that is typed before it, `<!-- json: NAME -->` a file. With
REWRITE_DOCS=1 (`make docs`) the sessions are written anew instead of compared.
"""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_ROW = re.compile(r" [+~-]+ +pulumi")
_BLOCK = re.compile(r"<!-- (program|session|config|json): (.+?) -->\n```\w+\n(.*?)```", re.DOTALL)


@dataclass
class Document:
    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text()

    def program(self, name: str) -> str:
        return self._block("program", name)

    def session(self, name: str) -> str:
        return self._block("session", name)

    def config(self, name: str) -> str:
        return self._block("config", name)

    def json(self, name: str) -> str:
        return self._block("json", name)

    def command(self, name: str) -> list[str]:
        """Return the words after `$ pulumi`."""
        first = self.session(name).splitlines()[0]
        assert first.startswith("$ pulumi "), first
        return first.removeprefix("$ pulumi ").split()

    def _block(self, kind: str, name: str) -> str:
        for found in _BLOCK.finditer(self.text):
            if found.group(1, 2) == (kind, name):
                return found[3]
        raise AssertionError(f"{self.path.name} has no {kind} {name!r}")

    def shows(self, name: str, output: str) -> None:
        """Make sure that the session shows this output, or write it there."""
        command = self.session(name).splitlines()[0]
        fresh = f"{command}\n{tidy(output)}\n"
        if os.environ.get("REWRITE_DOCS"):
            self.path.write_text(self.text.replace(self.session(name), fresh))
        assert regular(self.session(name)) == regular(fresh), fresh


def tidy(output: str) -> str:
    """Leave out what is of the moment: the steps in between, waiting dots, blank lines."""
    lines = []
    for line in output.replace("\r", "").splitlines():
        in_between = re.search(
            r"(creating|updating|deleting|replacing|replacement) \(|^@|^Duration|^ {4}\S+ \S+ +warning:", line
        )
        if line.strip() and not in_between and line.rstrip() not in lines[-1:]:
            lines.append(line.rstrip())
    return "\n".join(lines)


def regular(text: str) -> str:
    """
    Make what differs from run to run alike: times, SIDs, the order of rows of one operation, of which some run
    side by side, and the passing status at the end of a row.

    On a busy machine the engine shows the last status but one there.
    """
    # The stack's own row without an operation comes before or after the others.
    text = re.sub(r"^ +pulumi:pulumi:Stack \S+ *\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\(\d+(\.\d+)?s\)|\b\d+ s\b", "(0s)", text)
    text = re.sub(r"((?:created|updated|deleted) \(0s\)).*", r"\1", text)
    text = re.sub(r"\b([A-Z]{2})[0-9a-f]{32}\b", r"\1...", text)
    rows = itertools.groupby(text.splitlines(), key=lambda line: _ROW.match(line) and line.split()[:1])
    return "\n".join(line for kind, lines in rows for line in (sorted(lines) if kind else lines))
