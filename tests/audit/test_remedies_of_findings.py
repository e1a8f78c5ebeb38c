"""What an audit recommends is run on the real CLI: it repairs, and no part of it is needless."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from engine.conftest import DOMAIN, NUMBERS, PROGRAM
from support.command import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.stack import Stack
    from twilio_emulator.world import World

PLACE = {
    "customer_name": "Acme", "street": "1 MAIN ST", "city": "BOSTON", "region": "MA", "postal_code": "02134",
    "iso_country": "US", "emergency_enabled": True,
}  # fmt: skip


def clear(world: World, lobby: str, _: str) -> None:
    world.rebind(lobby, None)


def bind_elsewhere(world: World, lobby: str, _: str) -> None:
    world.set_number(lobby, emergency_address_sid=world.add_address(**PLACE))


def fail_elsewhere(world: World, lobby: str, _: str) -> None:
    world.set_number(
        lobby,
        emergency_address_sid=world.add_address(**PLACE),
        emergency_address_status="registration-failure",
    )


def delete_address(world: World, lobby: str, _: str) -> None:
    world.remove(world.number(lobby)["emergency_address_sid"])


def clear_and_delete_address(world: World, lobby: str, _: str) -> None:
    address = world.number(lobby)["emergency_address_sid"]
    for number in world.numbers():
        world.rebind(number["sid"], None)
    world.remove(address)


def disable_address(world: World, lobby: str, _: str) -> None:
    world.set_address(world.number(lobby)["emergency_address_sid"], emergency_enabled=False)


def switch_off(world: World, _: str, domain: str) -> None:
    world.set_domain(domain, emergency_calling_enabled=False)


def show_lobby(world: World, lobby: str, domain: str) -> None:
    world.set_domain(domain, emergency_caller_sid=lobby)


def show_number_of_others(world: World, _: str, domain: str) -> None:
    number = world.add_number(
        "+14155550199",
        emergency_address_sid=world.add_address(**PLACE),
        emergency_address_status="registered",
    )
    world.set_domain(domain, emergency_caller_sid=number)


def found(stack: Stack, twilio) -> dict[str, list[str]]:
    """Return the commands of the remedies of what an audit against the stack finds wrong, by code."""
    ended = run(
        "audit", "--stack", "dev", "--format", "json", env={**stack.env, **twilio.env}, cwd=stack.project
    )
    return {
        each["code"]: re.findall(r"`pulumi (\w+)`", each["remedy"])
        for each in json.loads(ended.out)["findings"]
        if each["severity"] != "notice"
    }


@pytest.mark.parametrize(
    ("code", "happens", "commands"),
    [
        ("declared-not-bound", clear, ["up"]),
        ("address-unknown", delete_address, ["refresh", "up"]),
        ("declared-not-bound", clear_and_delete_address, ["refresh", "up"]),
        ("address-not-emergency", disable_address, ["refresh", "up"]),
        ("bound-elsewhere", bind_elsewhere, ["refresh", "up"]),
        ("submitted-elsewhere", fail_elsewhere, ["refresh", "up"]),
        ("registration-failed", fail_elsewhere, ["refresh", "up"]),
        ("domain-off", switch_off, ["up"]),
        ("domain-other-caller", show_lobby, ["up"]),
        ("domain-other-caller", show_number_of_others, ["up"]),
    ],
)
def test_remedy_of_a_finding_repairs_it(
    twilio, stack, code: str, happens: Callable[[World, str, str], None], commands: list[str]
):
    lobby = [twilio.world.add_number(name) for name in NUMBERS[:2]][1]
    domain = twilio.world.add_domain(DOMAIN)
    stack.program(PROGRAM)
    stack.up()
    happens(twilio.world, lobby, domain)
    assert found(stack, twilio)[code] == commands
    if commands != ["up"]:
        stack.run("up", "--yes", "--skip-preview")
        assert code in found(stack, twilio), "`pulumi up` alone would have been enough"
    for command in commands:
        stack.run(command, "--yes", "--skip-preview", expect=0)
    assert found(stack, twilio) == {}
