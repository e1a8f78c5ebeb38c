"""Decision records have one form, and are all listed."""

from __future__ import annotations

import re

import pytest

from docs.documents import ROOT

FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("0*.md"))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_record_has_decision_alternatives_and_revisit_when(record):
    text = record.read_text()
    number, title = re.match(r"# (\d+)\. (.+)\n", text).groups()
    assert int(number) == int(record.name[:4])
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Decision", "Alternatives", "Revisit when"]
    assert f"- [{number}. {title}]({record.name})" in (FOLDER / "README.md").read_text()


def test_numbers_are_in_order_without_a_gap():
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
