"""How much each command asks of Twilio, and what a preview may do."""

from __future__ import annotations

import collections

import pytest

from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.handlers.results import UNKNOWN
from support.handler_commands import CheckFailed, binding, emergency_address, sip_domain
from support.places import ACROSS, HARRISON

MANY = 30


@pytest.fixture
def home(twilio):
    return twilio.world.add_address(**HARRISON)


@pytest.fixture
def desks(twilio, home):
    """Bindings that are not created yet, with their programs."""
    numbers = [twilio.world.add_number(f"+1415555{index:04}") for index in range(MANY)]
    return [(binding(f"desk-{number}"), {"number_sid": number, "address_sid": home}) for number in numbers]


@pytest.fixture
def bound(twilio, desks):
    command = twilio.command()
    for desk, program in desks:
        command.up(desk, **program)
    twilio.world.requests.clear()
    return desks


def asked(twilio):
    """Return how often each kind of request was made."""
    kinds = collections.Counter()
    for each in twilio.world.requests:
        path = each.path.split("/", 3)[3]
        kinds[
            f"{each.method} {'one of ' if path[-32:].isalnum() and '/' in path else ''}{path.split('/')[0]}"
        ] += 1
    return kinds


class TestCounts:
    def test_preview_of_new_bindings_at_one_address_asks_twice(self, twilio, desks):
        command = twilio.command()
        for desk, program in desks:
            assert command.preview(desk, **program) == "create"

        assert asked(twilio) == {"GET IncomingPhoneNumbers": 1, "GET one of Addresses": 1}

    def test_create_asks_at_most_three_times_a_number(self, twilio, desks):
        command = twilio.command()
        checked = [(desk, command.check(desk, **program)) for desk, program in desks]
        for desk, inputs in checked:
            command.create(desk, inputs)

        # Besides, a list or two before the first write, and the address itself.
        assert len(twilio.world.requests) <= 3 * MANY + 4, asked(twilio)
        assert asked(twilio)["POST one of IncomingPhoneNumbers"] == MANY

    def test_preview_of_unchanged_bindings_is_one_list(self, twilio, bound):
        command = twilio.command()
        for desk, program in bound:
            assert command.preview(desk, **program) == "same"

        assert asked(twilio) == {"GET IncomingPhoneNumbers": 1}

    def test_refresh_of_unchanged_bindings_is_one_list(self, twilio, bound):
        command = twilio.command()
        for desk, _ in bound:
            assert command.refresh(desk)

        assert asked(twilio) == {"GET IncomingPhoneNumbers": 1}

    def test_refresh_and_up_of_unchanged_bindings_share_their_list(self, twilio, bound):
        command = twilio.command()
        for desk, _ in bound:
            command.refresh(desk)
        for desk, program in bound:
            assert command.up(desk, **program) == "same"

        assert asked(twilio) == {"GET IncomingPhoneNumbers": 1}

    def test_delete_asks_at_most_three_times_a_number(self, twilio, bound):
        command = twilio.command()
        for desk, _ in bound:
            command.delete(desk)

        # Besides, a list of domains for every five seconds.
        assert len(twilio.world.requests) <= 3 * MANY + MANY // 5, asked(twilio)
        assert asked(twilio)["POST one of IncomingPhoneNumbers"] == MANY

    def test_preview_of_a_move_of_many_bindings_is_a_list_of_numbers_and_one_of_domains(self, twilio, bound):
        command = twilio.command()
        for desk, program in bound:
            assert command.preview(desk, **{**program, "address_sid": UNKNOWN}) == "update"

        assert asked(twilio) == {"GET IncomingPhoneNumbers": 1, "GET SIP": 1}


class TestPreview:
    @pytest.mark.parametrize(
        "change",
        [
            lambda base: (base.office, ACROSS),
            lambda base: (base.office, {**HARRISON, "friendly_name": "head office"}),
            lambda base: (base.desk, {"number_sid": base.number, "address_sid": UNKNOWN}),
            lambda base: (base.desk, {"phone_number": "+14155550100", "address_sid": base.office.id}),
            lambda base: (base.phones, {"domain_sid": base.domain, "enabled": False}),
            lambda base: (base.phones, {"domain_sid": base.domain}),
            lambda _: (emergency_address("new"), HARRISON),
            lambda _: (binding("new"), {"phone_number": "+14155550199", "address_sid": UNKNOWN}),
            lambda _: (sip_domain("new"), {"domain_name": "new.sip.twilio.com"}),
        ],
    )
    def test_preview_writes_nothing(self, base, change):
        resource, program = change(base)
        base.twilio.command().preview(resource, **program)

        assert base.twilio.writes == []

    def test_account_that_cannot_be_reached_blinds_only_itself(self, twilio, home):
        """B11: the others are still looked at, and the unreachable one is named once."""
        stranger = twilio.world.add_account().sid
        taken = twilio.world.add_number(
            "+14155550100",
            emergency_address_sid=twilio.world.add_address(**ACROSS),
            emergency_address_status="registered",
        )
        command = twilio.command()
        for index in range(2):
            program = {"phone_number": f"+1415555019{index}", "address_sid": UNKNOWN, "account_sid": stranger}
            assert command.preview(binding(f"far-{index}"), **program) == "create"

        with pytest.raises(CheckFailed, match="is bound to another address"):
            command.check(binding(), number_sid=taken, address_sid=home)

        [warning] = command.warnings()
        assert warning.startswith(f"This resource could not be checked against Twilio account {stranger}, ")

    def test_caller_that_is_not_registered_is_a_warning_in_preview(self, twilio):
        """Its binding may be in this very program."""
        caller = twilio.world.add_number("+14155550100")
        domain = twilio.world.add_domain("example.sip.twilio.com")
        command, phones = twilio.command(), sip_domain()

        assert command.preview(phones, domain_sid=domain, emergency_caller_sid=caller) == "create"

        [warning] = command.warnings(phones)
        assert "cannot be the emergency caller" in warning

    def test_caller_that_nobody_has_is_a_warning_in_preview_and_refused_by_up(self, twilio):
        """It may be bought until then."""
        caller = "PN" + "9" * 32
        domain = twilio.world.add_domain("example.sip.twilio.com")
        command, phones = twilio.command(), sip_domain()

        assert command.preview(phones, domain_sid=domain, emergency_caller_sid=caller) == "create"

        [warning] = command.warnings(phones)
        said = f"{caller} cannot be the emergency caller: it is not a number of the domain's account."
        assert warning.startswith(said)
        with pytest.raises(Refused) as refused:
            twilio.command().up(phones, domain_sid=domain, emergency_caller_sid=caller)
        assert refused.value.problem.what == said
        assert twilio.writes == []
