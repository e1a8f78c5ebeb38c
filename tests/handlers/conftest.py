"""A Twilio in this process, and the README's first program on it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from support.handler_commands import Command, Resource, Twilio, binding, emergency_address, sip_domain
from support.places import HARRISON

NAME = "example.sip.twilio.com"


@pytest.fixture
def twilio():
    return Twilio()


@dataclass
class Base:
    """Address `office`, binding `desk`, domain `phones`, as the first `up` has left them."""

    twilio: Twilio
    office: Resource
    desk: Resource
    phones: Resource
    number: str
    domain: str

    @property
    def resources(self) -> list[Resource]:
        """The resources in the order in which they are deleted."""
        return [self.phones, self.desk, self.office]

    def program(self, resource: Resource) -> dict:
        """Return the unchanged program of a resource."""
        return {
            "office": HARRISON,
            "desk": {"number_sid": self.number, "address_sid": self.office.id},
            "phones": {"domain_sid": self.domain, "emergency_caller_sid": self.desk.id},
        }[resource.name]

    def up(self, command: Command) -> list:
        """Apply the unchanged program, and return what each resource took."""
        return [command.up(each, **self.program(each)) for each in reversed(self.resources)]

    def is_in_force(self) -> bool:
        domain = self.twilio.world.domain(self.domain)
        covered = self.twilio.coverage(self.number) == (self.office.id, "registered")
        return (
            covered and domain["emergency_calling_enabled"] and domain["emergency_caller_sid"] == self.number
        )

    def is_taken_down(self) -> bool:
        world = self.twilio.world
        return (
            self.twilio.coverage(self.number) == (None, "unregistered")
            and not world.domain(self.domain)["emergency_calling_enabled"]
            and not world.addresses()
        )


@pytest.fixture
def base(twilio):
    number = twilio.world.add_number("+14155550100")
    domain = twilio.world.add_domain(NAME)
    base = Base(twilio, emergency_address(), binding(), sip_domain(), number, domain)
    assert base.up(twilio.command()) == ["create"] * 3
    assert base.is_in_force()
    twilio.world.requests.clear()
    return base
