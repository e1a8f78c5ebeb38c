"""Every position of every switch is seen to do what it says."""

from __future__ import annotations

import dataclasses

import pytest
from twilio.base.exceptions import TwilioRestException

from emulator.clients import ACROSS, HARRISON
from twilio_emulator import Pace, Switches

CASES = {}


def case(**expected):
    """Declare how a switch is observed, and what is seen in each of its positions."""

    def declare(observe):
        CASES[observe.__name__] = (
            observe,
            {name.replace("_", "-").strip("-"): seen for name, seen in expected.items()},
        )
        return observe

    return declare


def outcome(call, *args, **kwargs):
    """Return the answer, or the code of the refusal."""
    try:
        return call(*args, **kwargs)
    except TwilioRestException as error:
        return error.code


def status(call, *args, **kwargs):
    answer = outcome(call, *args, **kwargs)
    return getattr(answer, "emergency_address_status", answer)


def raw(emulator, number):
    return emulator.ask("GET", f"/IncomingPhoneNumbers/{number}.json").json()


def failed(emulator):
    number = emulator.number()
    emulator.world.rebind(number, emulator.address(), "registration-failure")
    return number


@case(refused=21631, accepted="pending-registration")
def direct_swap(emulator):
    number = emulator.bound()
    emulator.world.pace(registration=Pace.never())
    return status(emulator.bind, number, emulator.address(ACROSS))


@case(place_refused=(21631, "a new name"), refused=(21631, 21631), accepted=("650 HARRISON ST", "a new name"))
def update_of_bound_address(emulator):
    address = emulator.client.addresses(emulator.address())
    emulator.bound(address.fetch().sid)
    place = outcome(address.update, street="650 HARRISON ST")
    name = outcome(address.update, friendly_name="a new name")
    return getattr(place, "street", place), getattr(name, "friendly_name", name)


@case(refused=20422, registration_failure="registration-failure", accepted="registered")
def unfit_address(emulator):
    return status(emulator.bind, emulator.number(), emulator.address(emergency_enabled=False))


@case(refused=21231, accepted="a caller")
def unregistered_caller(emulator):
    domain = emulator.client.sip.domains(emulator.world.add_domain("scranton.sip.twilio.com"))
    answer = outcome(domain.update, emergency_caller_sid=emulator.number())
    return answer if isinstance(answer, int) else answer.emergency_caller_sid and "a caller"


@case(refused=21231, accepted=True)
def enabling_with_unregistered_caller(emulator):
    number = emulator.bound()
    domain = emulator.client.sip.domains(emulator.world.add_domain("scranton.sip.twilio.com"))
    domain.update(emergency_caller_sid=number)
    emulator.unbind(number)
    answer = outcome(domain.update, emergency_calling_enabled=True)
    return getattr(answer, "emergency_calling_enabled", answer)


@case(holds=(21631, 21625, 21631), free=("registered", True, True))
def unregistration_failure(emulator):
    address = emulator.address()
    first, second = emulator.bound(address), emulator.bound(address, "+14155550101")
    for number in (first, second):
        emulator.world.rebind(number, address)
        emulator.world.pace(unregistration=Pace.failing())
        emulator.unbind(number)
    emulator.world.pace(unregistration=Pace.at_once())
    return (
        status(emulator.bind, first, emulator.address(ACROSS)),
        outcome(emulator.client.addresses(address).delete),
        outcome(emulator.client.incoming_phone_numbers(second).delete),
    )


@case(_20007=20007, capped=1000)
def large_page(emulator):
    answer = emulator.ask("GET", "/IncomingPhoneNumbers.json?PageSize=1001").json()
    return answer.get("code") or answer["page_size"]


@case(_21625=21625, _20409=20409, deleted=True)
def delete_of_used_address(emulator):
    address = emulator.address()
    emulator.bound(address)
    return outcome(emulator.client.addresses(address).delete)


@case(near=21629, exact="645 HARRISON ST")
def case_only_difference(emulator):
    answer = outcome(emulator.client.addresses.create, **HARRISON, auto_correct_address=False)
    return getattr(answer, "street", answer)


@case(empty="", null=None)
def cleared_sid(emulator):
    number = emulator.bound()
    emulator.unbind(number)
    return raw(emulator, number)["emergency_address_sid"]


@case(cleared=False, kept=True)
def sid_while_unregistering(emulator):
    number = emulator.bound()
    emulator.world.pace(unregistration=Pace.after(5))
    emulator.unbind(number)
    shown = bool(raw(emulator, number)["emergency_address_sid"])
    emulator.clock.advance(5)
    assert not raw(emulator, number)["emergency_address_sid"]
    return shown


@case(new="pending-unregistration", old="registered")
def status_after_clear(emulator):
    number = emulator.bound()
    emulator.world.pace(unregistration=Pace.never())
    answer = emulator.unbind(number).emergency_address_status
    assert emulator.status(number) == "pending-unregistration"
    return answer


@case(as_usual="pending-unregistration", at_once="unregistered", stays="registration-failure")
def leaving_failure(emulator):
    number = failed(emulator)
    emulator.world.pace(unregistration=Pace.never())
    return emulator.unbind(number).emergency_address_status


@case(accepted="registered", refused=21631)
def rebind_after_failure(emulator):
    return status(emulator.bind, failed(emulator), emulator.address(ACROSS))


@case(refused=21631, accepted="registered")
def bind_while_unregistering(emulator):
    number = emulator.bound()
    emulator.world.pace(unregistration=Pace.never())
    emulator.unbind(number)
    return status(emulator.bind, number, emulator.address(ACROSS))


@case(accepted="registered", registration_failure="registration-failure", refused=20422)
def toll_free(emulator):
    return status(emulator.bind, emulator.number("+18885550100"), emulator.address())


@case(accepted="a new name", refused=21631)
def other_update_of_bound_number(emulator):
    answer = outcome(
        emulator.client.incoming_phone_numbers(emulator.bound()).update, friendly_name="a new name"
    )
    return getattr(answer, "friendly_name", answer)


@case(unregistered="unregistered", null=None)
def never_bound_status(emulator):
    return raw(emulator, emulator.number())["emergency_address_status"]


@case(ignored=("Active", "Active"), refused=(22222, 22222), refused_with_address=("Active", 22222))
def emergency_status_write(emulator):
    number = emulator.client.incoming_phone_numbers(emulator.number())
    alone = outcome(number.update, emergency_status="Inactive")
    both = outcome(number.update, emergency_status="Active", emergency_address_sid=emulator.address())
    return tuple(getattr(answer, "emergency_status", answer) for answer in (alone, both))


@case(_404=20404, _401=20003)
def foreign_account(emulator):
    other = emulator.world.add_account()
    return outcome(emulator.sign_in(account_sid=other.sid).api.accounts(other.sid).fetch)


def test_every_position_of_every_switch_has_a_case():
    assert {name: set(seen) for name, (_, seen) in CASES.items()} == {
        name: set(positions) for name, positions in Switches.choices().items()
    }


@pytest.mark.parametrize(
    ("name", "position"),
    [(name, position) for name, values in Switches.choices().items() for position in values],
)
def test_position_does_what_it_says(emulator, name, position):
    observe, expected = CASES[name]
    emulator.switches.set(name, position)

    assert observe(emulator) == expected[position]


@pytest.mark.parametrize("name", CASES)
def test_no_two_positions_look_the_same(name):
    seen = list(CASES[name][1].values())

    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("name", CASES)
def test_first_position_is_the_default(name):
    assert getattr(Switches(), name) == Switches.choices()[name][0]


@pytest.mark.parametrize(
    ("name", "values"), [("cleared_sid", ["", None]), ("never_bound_status", ["unregistered", None])]
)
def test_switch_that_is_turned_shows_in_what_was_read_before(emulator, name, values):
    number = emulator.number()
    if name == "cleared_sid":
        emulator.bind(number, emulator.address())
        emulator.unbind(number)
    field = {"cleared_sid": "emergency_address_sid"}.get(name, "emergency_address_status")

    seen = []
    for position in Switches.choices()[name]:
        emulator.switches.set(name, position)
        seen.append(raw(emulator, number)[field])

    assert seen == values


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("direct_flight", "accepted", "there is no switch 'direct_flight'; there are: direct_swap, "),
        ("direct_swap", "maybe", "switch direct_swap is one of refused, accepted, not 'maybe'"),
    ],
)
def test_unknown_position_of_a_switch_is_named(name, value, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        Switches().set(name, value)


def test_every_switch_is_explained():
    assert [
        each.name for each in dataclasses.fields(Switches) if f"{each.name}: " not in Switches.__doc__
    ] == []
