"""Write docs/reference.md from the docstrings and annotations of the resources."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESOURCES = ROOT / "provider" / "pulumi_twilio_emergency" / "resources"
PAGE = ROOT / "docs" / "reference.md"
_FILES = ("address.py", "number_binding.py", "sip_domain.py")
_HEAD = """\
# Reference

Generated from the docstrings by `make docs`. Every input takes a value or an output of another resource.
Inputs that are not marked *required* may be left out, or be `None`.

All three resources take Pulumi's resource options. `custom_timeouts` (1 second to 168 hours) bounds the
whole call of create, update or delete; the default is 30 minutes. Settings and credentials are in the
[README](../README.md#configuration).
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())


def page() -> str:
    """Return the text of the page."""
    return "\n".join((_HEAD, *(_section(RESOURCES / name) for name in _FILES)))


def _section(path: Path) -> str:
    classes = [each for each in ast.parse(path.read_text()).body if isinstance(each, ast.ClassDef)]
    inputs = next(each for each in classes if each.name.endswith("Args"))
    resource = next(each for each in classes if f"{each.name}Args" == inputs.name)
    about, _ = _parted(resource)
    rule, _ = _parted(inputs)
    return "\n".join(
        (
            f"## {resource.name}\n",
            f"{about}\n",
            f"Type token: `pulumi-python:dynamic/twilio:{resource.name}`\n",
            f"### Inputs of {resource.name}\n",
            f"{rule.partition('. ')[2]}\n",
            *_table(inputs),
            "",
            f"### Outputs of {resource.name}\n",
            *_table(resource),
            "",
        )
    )


def _parted(found: ast.ClassDef) -> tuple[str, dict[str, str]]:
    """Return the prose of a class's docstring, and what it says of each attribute."""
    prose, _, rest = (ast.get_docstring(found) or "").partition("\nAttributes:\n")
    entries = re.findall(r"^(\w+): (.*(?:\n .*)*)", textwrap.dedent(rest), re.MULTILINE)
    return prose.strip(), {name: " ".join(text.split()) for name, text in entries}


def _table(found: ast.ClassDef) -> list[str]:
    said = _parted(found)[1]
    annotated = {
        each.target.id: ast.unparse(each.annotation)
        for each in found.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and not each.target.id.startswith("_")
    }
    if annotated.keys() != said.keys():
        raise SystemExit(f"{found.name}: documented and annotated differ: {annotated.keys() ^ said.keys()}")
    rows = [f"| `{name}` | {_type(annotated[name])} | {text} |" for name, text in said.items()]
    return ["| name | type | |", "| --- | --- | --- |", *rows]


def _type(annotation: str) -> str:
    """Return an annotation as a reader wants it: `str`, or `str`, required."""
    required = "pulumi.Input[" in annotation and "NotRequired" not in annotation
    plain = (
        annotation.removeprefix("NotRequired[").removesuffix("]")
        if "NotRequired" in annotation
        else annotation
    )
    plain = plain.replace(" | None", "") if "Input" in plain else plain
    plain = re.sub(r"^pulumi\.(?:Input|Output)\[(.*)\]$", r"\1", plain)
    plain = re.sub(
        r"^Literal\[(.*)\]$", lambda found: found[1].replace(", ", " or ").replace("'", '"'), plain
    )
    return f"`{plain.replace('|', 'or')}`" + (", *required*" if required else "")


if __name__ == "__main__":
    main()
