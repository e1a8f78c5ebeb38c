"""docs/reference.md is what the docstrings and annotations say."""

from __future__ import annotations

import importlib.util
import os

import pytest

from docs.documents import ROOT
from pulumi_twilio_emergency import EmergencyAddress, NumberEmergencyBinding, SipDomainEmergency


@pytest.fixture
def reference():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "script" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reference_is_generated_from_the_docstrings(reference):
    """`make docs` writes it anew."""
    if os.environ.get("REWRITE_DOCS"):
        reference.main()
    assert reference.PAGE.read_text() == reference.page()


@pytest.mark.parametrize("resource", [EmergencyAddress, NumberEmergencyBinding, SipDomainEmergency])
def test_reference_has_every_input_and_output(reference, resource):
    name = resource.__name__
    page = reference.page()
    inputs = page.partition(f"### Inputs of {name}\n")[2].partition("\n### ")[0]
    outputs = page.partition(f"### Outputs of {name}\n")[2].partition("\n## ")[0]
    assert {each for each in resource._inputs if f"| `{each}` |" not in inputs} == set()
    assert {each for each in resource._outputs if f"| `{each}` |" not in outputs} == set()
