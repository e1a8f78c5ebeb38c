"""What a URN tells of a resource."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.urn import is_of_sites_file

SITES, BINDING = (
    "twilio-emergency:index:EmergencySites",
    "pulumi-python:dynamic/twilio:NumberEmergencyBinding",
)


@pytest.mark.parametrize(
    ("types", "is_of_one"),
    [
        (BINDING, False),
        (f"{SITES}${BINDING}", True),
        (f"acme:index:Voice${SITES}${BINDING}", True),
        (f"{SITES}$acme:index:Voice${BINDING}", False),
        (f"acme:index:Voice${BINDING}", False),
        (SITES, False),
    ],
)
def test_resource_of_a_sites_file_is_known_by_its_parent(types, is_of_one):
    assert is_of_sites_file(f"urn:pulumi:dev::voice::{types}::EmergencySites$::x") is is_of_one


def test_host_that_shows_no_urn_shows_no_sites_file():
    assert not is_of_sites_file("")
