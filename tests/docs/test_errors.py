"""docs/errors.md has every message, every status and the exception tree, and nothing that is not in the code."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pulumi_twilio_emergency
from docs.documents import ROOT
from docs.messages import VALUE, messages, plain
from pulumi_twilio_emergency.core.model.status import STATUSES

TEXT = (ROOT / "docs" / "errors.md").read_text()


def entries():
    """Return the messages of the page: the first column of its tables, where that is code."""
    found = [plain(entry) for entry in re.findall(r"^\| `([^`]+)` \|", TEXT, re.MULTILINE)]
    return [
        entry
        for entry in found
        if entry not in STATUSES and "KeyError" not in entry and entry.replace(VALUE, "").strip(" :")
    ]


def says(entry, text):
    """Whether a message has the words of an entry, with any values between them."""
    return re.search(".*".join(map(re.escape, entry.split(VALUE))), text) is not None


def test_every_message_has_an_entry():
    known = entries()
    missing = {each for each in messages() if not any(says(entry, each.text) for entry in known)}
    assert not missing, "\n".join(sorted(f"{each.where}: {each.text}" for each in missing))


def test_every_entry_is_a_message():
    said = [each.text for each in messages()]
    assert len(said) > 90, "the collector works"
    stale = [entry for entry in entries() if not any(says(entry, text) for text in said)]
    assert not stale, "\n".join(stale)


def test_statuses_are_those_of_the_code():
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (.+) \| (.+) \|$", TEXT.partition("## Registration")[0], re.MULTILINE
    )
    assert rows == [(each.name, each.meaning, each.remedy) for each in STATUSES.values()]


def test_exception_tree_is_that_of_the_code():
    shown = {}
    path = []
    for line in TEXT.partition("```text\n")[2].partition("```")[0].splitlines():
        indent, name = re.match(r"([^A-Za-z]*)(\w+)", line).groups()
        path[len(indent) // 4 :] = [name]
        if len(path) > 1:
            shown[name] = path[-2]
    classes = {
        name: thing
        for module in pkgutil.walk_packages(pulumi_twilio_emergency.__path__, "pulumi_twilio_emergency.")
        for name, thing in vars(importlib.import_module(module.name)).items()
        if isinstance(thing, type) and issubclass(thing, Exception)
    }
    for name, parent in shown.items():
        assert classes[name].__bases__[0].__name__ == parent
    carried = {
        name
        for name, thing in classes.items()
        if thing.__module__.startswith("pulumi_twilio_emergency.core.model")
    }
    assert carried <= shown.keys()
