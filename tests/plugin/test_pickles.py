"""What every resource carries in users' state for ever: small, the same for all, and pinned to the byte."""

from __future__ import annotations

import base64
import json
import subprocess
import sys

import dill
import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.hosts.dynamic.provider import HandlerProvider
from support.plugin_process import PluginProcess

# Recorded in state by released versions. They must be read for ever, and written unchanged: a changed pickle
# is a difference in every resource of every stack.
PINNED = {
    "EmergencyAddress": (
        providers.address,
        "gASVNAAAAAAAAACMIXB1bHVtaV90d2lsaW9fZW1lcmdlbmN5LnByb3ZpZGVyc5SMB2FkZHJlc3OUk5QpUpQu",
    ),
    "NumberEmergencyBinding": (
        providers.number_binding,
        "gASVOwAAAAAAAACMIXB1bHVtaV90d2lsaW9fZW1lcmdlbmN5LnByb3ZpZGVyc5SMDm51bWJlcl9iaW5kaW5nlJOUKVKULg==",
    ),
    "SipDomainEmergency": (
        providers.sip_domain,
        "gASVNwAAAAAAAACMIXB1bHVtaV90d2lsaW9fZW1lcmdlbmN5LnByb3ZpZGVyc5SMCnNpcF9kb21haW6Uk5QpUpQu",
    ),
}
each_kind = pytest.mark.parametrize("kind", PINNED)

PROGRAM = """
import json, sys
import pulumi
import pulumi_twilio_emergency as ours

registered = []

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        registered.append([args.typ, args.name, args.inputs.get("__provider")])
        return args.name, args.inputs
    def call(self, args):
        return {}

pulumi.runtime.set_mocks(Mocks())

class Branch(ours.EmergencyAddress):
    pass

place = dict(customer_name="T", street="1 A ST", city="B", region="CA", postal_code="94105", iso_country="US")
ours.EmergencyAddress("first", **place)
ours.EmergencyAddress("second", **{**place, "street": pulumi.Output.secret("2 A ST")}, on_correction="accept")
Branch("third", **place)
ours.NumberEmergencyBinding("first", number_sid="PN" + "0" * 32, address_sid="AD" + "0" * 32)
ours.NumberEmergencyBinding("second", phone_number="+14155550100", address_sid=pulumi.Output.secret("x"), take_over=True)
ours.SipDomainEmergency("first", domain_sid="SD" + "0" * 32)
ours.SipDomainEmergency("second", domain_name="example.sip.twilio.com", enabled=False)

import asyncio
from pulumi.runtime.stack import wait_for_rpcs
asyncio.get_event_loop().run_until_complete(wait_for_rpcs())
print(json.dumps(registered))
"""


@pytest.fixture(scope="module")
def registered():
    """What a program registers with the engine: type, name and provider of each resource."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@each_kind
def test_pickle_is_pinned_to_the_byte(kind):
    function, pinned = PINNED[kind]

    assert serialize_provider(function()) == pinned


@each_kind
def test_pickle_is_small(kind):
    assert len(PINNED[kind][1]) <= 100


@each_kind
def test_recorded_pickle_is_still_the_same_provider(kind):
    function, pinned = PINNED[kind]

    provider = dill.loads(base64.b64decode(pinned))

    assert type(provider) is HandlerProvider
    assert provider == function()


def test_providers_of_different_kinds_are_not_equal():
    made = [function() for function, _ in PINNED.values()]

    assert len(set(made)) == len(made)


@each_kind
def test_pickle_names_a_function_that_stays_and_no_class(kind):
    text = base64.b64decode(PINNED[kind][1])

    assert b"pulumi_twilio_emergency.providers" in text
    for moving in (b"Provider", b"Handler", b"resources", b"handlers", b"hosts"):
        assert moving not in text


@each_kind
def test_provider_is_no_secret(kind):
    """Or the engine would encrypt a constant for each resource."""
    assert PINNED[kind][0]().serialize_as_secret_always is False


@each_kind
def test_config_that_a_provider_was_given_is_not_in_its_pickle(kind):
    function, pinned = PINNED[kind]
    provider = function()
    provider._config = {"twilio:authToken": "hidden"}.get

    assert serialize_provider(provider) == pinned


@each_kind
def test_every_instance_registers_with_the_pinned_type_and_pickle(registered, kind):
    token = {
        "EmergencyAddress": "pulumi-python:dynamic/twilio:EmergencyAddress",
        "NumberEmergencyBinding": "pulumi-python:dynamic/twilio:NumberEmergencyBinding",
        "SipDomainEmergency": "pulumi-python:dynamic/twilio:SipDomainEmergency",
    }[kind]
    ours = [(name, provider) for typ, name, provider in registered if typ == token]

    names = {"first", "second", "third"} if kind == "EmergencyAddress" else {"first", "second"}
    assert {name for name, _ in ours} == names
    assert {provider for _, provider in ours} == {PINNED[kind][1]}


def test_program_registers_nothing_but_its_resources(registered):
    assert len(registered) == 7


@each_kind
def test_plugin_process_serves_a_recorded_pickle(kind):
    with PluginProcess() as plugin:
        _, failures = plugin.check(
            f"urn:pulumi:dev::shop::test::{kind}", PINNED[kind][1], {"account_sid": "x"}
        )

    assert [name for name, _ in failures] == ["account_sid"]
