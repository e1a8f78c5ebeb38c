"""Required inputs: absent in check is not missing; create and update demand them."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.address import REQUIRED
from pulumi_twilio_emergency.core.model.problem import Refused
from support.handler_commands import binding, emergency_address, sip_domain
from support.places import HARRISON


@pytest.mark.parametrize("make", [emergency_address, binding, sip_domain])
def test_absent_inputs_pass_check(twilio, make):
    """With `--continue-on-error` the output of a resource that failed is absent in those that depend on it."""
    command = twilio.command()
    resource = make()
    inputs = command.check(resource)

    assert inputs.keys() <= {"friendly_name", "__default_name"}
    assert command.warnings() == []


@pytest.mark.parametrize("name", REQUIRED)
def test_absent_part_of_an_address_is_demanded_by_create(twilio, name):
    program = {each: value for each, value in HARRISON.items() if each != name}

    with pytest.raises(Refused) as refusal:
        twilio.command().up(emergency_address(), **program)

    assert refusal.value.problem.where == name
    assert refusal.value.problem.what == f"{name} has no value."
    assert "see that one's error first" in refusal.value.problem.remedy
    assert twilio.writes == []


def test_absent_address_of_a_failed_resource_leaves_other_bindings_alone(twilio):
    """C3: the good address is registered although another one is bad."""
    good, bad = binding("good"), binding("bad")
    numbers = [twilio.world.add_number(f"+1415555010{digit}") for digit in range(2)]
    home = twilio.world.add_address(**HARRISON)
    command = twilio.command()

    with pytest.raises(Refused, match="address_sid has no value"):
        command.up(bad, number_sid=numbers[0])
    command.up(good, number_sid=numbers[1], address_sid=home)

    assert twilio.coverage(numbers[0]) == (None, "unregistered")
    assert twilio.coverage(numbers[1]) == (home, "registered")


@pytest.mark.parametrize(
    ("make", "said"), [(binding, "number_sid or phone_number"), (sip_domain, "domain_sid or domain_name")]
)
def test_absent_alternatives_are_both_named(twilio, make, said):
    with pytest.raises(Refused, match=f"^{said} has no value"):
        twilio.command().up(make(), **({"address_sid": "AD" + "0" * 32} if make is binding else {}))


def test_absent_address_in_an_update_leaves_the_number_bound(base):
    with pytest.raises(Refused, match="address_sid has no value"):
        base.twilio.command().up(base.desk, number_sid=base.number)

    assert base.is_in_force()
    assert base.twilio.writes == []
