"""Values that the program marks as secret stay secret under every name, and out of every text."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.address import LOCATION
from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.handlers.results import NotReady, Secret
from support.handler_commands import CheckFailed, binding, emergency_address, sip_domain
from support.places import ACROSS, HARRISON
from twilio_emulator import Pace


def secret_outputs(resource):
    return {name for name, value in resource.answered.items() if isinstance(value, Secret)}


class TestAddress:
    @pytest.mark.parametrize("name", LOCATION)
    def test_address_on_file_is_secret_when_any_part_of_the_place_is(self, twilio, name):
        office = emergency_address(secret=frozenset({name}))
        twilio.command().up(office, **HARRISON, street_secondary="SUITE 5")
        assert "address_on_file" in secret_outputs(office)

        twilio.command().refresh(office)
        assert "address_on_file" in secret_outputs(office)

        twilio.command().up(office, **HARRISON, street_secondary="SUITE 5", friendly_name="head office")
        assert "address_on_file" in secret_outputs(office)

    @pytest.mark.parametrize("secret", [frozenset(), frozenset({"friendly_name"})])
    def test_address_on_file_is_plain_when_no_part_of_the_place_is_secret(self, twilio, secret):
        office = emergency_address(secret=secret)
        twilio.command().up(office, **HARRISON)

        assert "address_on_file" not in secret_outputs(office)

    def test_comparison_of_a_suggestion_names_what_differs_and_shows_no_value(self, twilio):
        office = emergency_address(secret=frozenset({"street"}))

        with pytest.raises(Refused) as refusal:
            twilio.command().up(office, **{**HARRISON, "street": "645 HARISON ST"})

        assert "another street" in str(refusal.value)
        for value in ("HARISON", "HARRISON", "SAN FRANCISCO", "94105"):
            assert value not in str(refusal.value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("region", "Californication"), ("street", ["Hidden Alley"]), ("iso_country", "Hiddenland")],
    )
    def test_problem_with_a_secret_input_does_not_quote_it(self, twilio, name, value):
        office = emergency_address(secret=frozenset({name}))

        with pytest.raises(CheckFailed) as failure:
            twilio.command().check(office, **{**HARRISON, name: value})

        assert "idden" not in str(failure.value)
        assert "fornication" not in str(failure.value)
        assert list(failure.value.problems) == [name]

    @pytest.mark.parametrize(
        ("name", "value"),
        [("street", "1 Hidden Alley Suite 77"), ("postal_code", "hidden"), ("city", " Hidden  City")],
    )
    def test_advice_on_a_secret_input_does_not_quote_it(self, twilio, name, value):
        command, office = twilio.command(), emergency_address(secret=frozenset({name}))
        command.check(office, **{**HARRISON, name: value})

        [warning] = command.warnings(office)
        assert warning.startswith(name)
        for word in ("idden", "77"):
            assert word not in warning


class TestBinding:
    def test_texts_that_go_into_state_name_a_secret_number_by_its_property(self, twilio):
        """D7: the engine writes the reasons of an unfinished resource into state unencrypted."""
        twilio.world.pace(registration=Pace.failing())
        twilio.world.add_number("+14155550100")
        home = twilio.world.add_address(**HARRISON)
        desk = binding(secret=frozenset({"phone_number"}))

        with pytest.raises(NotReady) as stop:
            twilio.command().up(desk, phone_number="+14155550100", address_sid=home)

        assert "4155550100" not in str(stop.value)
        assert str(stop.value).startswith("the number (phone_number is secret) could not be registered")

    def test_text_of_a_number_that_is_not_secret_names_it(self, twilio):
        twilio.world.pace(registration=Pace.failing())
        twilio.world.add_number("+14155550100")
        home = twilio.world.add_address(**HARRISON)

        with pytest.raises(NotReady, match=r"^\+14155550100 could not be registered"):
            twilio.command().up(binding(), phone_number="+14155550100", address_sid=home)

    @pytest.mark.parametrize("name", ["number_sid", "address_sid"])
    def test_text_that_goes_into_state_shows_no_secret_sid(self, twilio, name):
        twilio.world.pace(registration=Pace.failing())
        program = {
            "number_sid": twilio.world.add_number("+14155550100"),
            "address_sid": twilio.world.add_address(**HARRISON),
        }
        desk = binding(secret=frozenset({name}))

        with pytest.raises(NotReady) as stop:
            twilio.command().up(desk, **program)

        assert program[name] not in str(stop.value)

    def test_outputs_that_derive_from_a_secret_address_are_secret(self, base):
        base.desk.secret = frozenset({"address_sid"})
        across = base.twilio.world.add_address(**ACROSS)
        base.twilio.world.pace(registration=Pace.failing())

        with pytest.raises(NotReady):
            base.twilio.command().up(base.desk, number_sid=base.number, address_sid=across)

        assert {"submitted_address_sid", "previous_address_sid"} <= secret_outputs(base.desk)

    def test_problem_with_a_secret_number_does_not_quote_it(self, twilio):
        desk = binding(secret=frozenset({"phone_number"}))

        with pytest.raises(CheckFailed) as failure:
            twilio.command().check(desk, phone_number="415 555 0100", address_sid="AD" + "0" * 32)

        assert "415 555" not in str(failure.value)

    def test_unknown_secret_sid_is_not_quoted(self, twilio):
        desk = binding(secret=frozenset({"number_sid"}))

        with pytest.raises(CheckFailed) as failure:
            twilio.command().check(desk, number_sid="AD" + "7" * 32, address_sid="AD" + "0" * 32)

        assert "777" not in str(failure.value)


class TestSipDomain:
    def test_problem_with_a_secret_name_does_not_quote_it(self, twilio):
        phones = sip_domain(secret=frozenset({"domain_name"}))

        with pytest.raises(CheckFailed) as failure:
            twilio.command().check(phones, domain_name="hidden.example.com")

        assert "hidden" not in str(failure.value)


class TestNoneOutputs:
    def test_outputs_that_are_none_are_named(self, base):
        """State holds no null: without their names, previews would show them as unknown."""
        assert base.office.outputs["__none_outputs"] == ["on_correction", "street_secondary"]
        assert base.phones.outputs["__none_outputs"] == ["enabled"]

    def test_names_of_none_outputs_follow_an_update(self, base):
        base.twilio.command().up(base.office, **HARRISON, on_correction="accept")

        assert base.office.outputs["__none_outputs"] == ["street_secondary"]
