"""EmergencyAddress through the plugin process: what is checked, asked, written and reported."""

from __future__ import annotations

import pytest
from pulumi.runtime import rpc

from support.places import ACROSS, CITY_HALL, HARRISON
from support.plugin_process import UNKNOWN, Failed
from support.twilio import CheckFailed, visible
from twilio_emulator import Fault
from twilio_emulator.address_book import Place

TYPED = {**HARRISON, "street": "645 Harrison St.", "city": "San Francisco"}
TYPO = {**HARRISON, "street": "645 HARISON ST"}
FORM = (
    ("CustomerName", "Twilio"),
    ("Street", "645 HARRISON ST"),
    ("City", "SAN FRANCISCO"),
    ("Region", "CA"),
    ("PostalCode", "94105"),
    ("IsoCountry", "US"),
    ("FriendlyName", "head office"),
    ("EmergencyEnabled", "true"),
    ("AutoCorrectAddress", "false"),
)


@pytest.fixture
def office(harness):
    return harness.emergency_address()


class TestCheck:
    def test_valid_address_passes_unchanged_without_a_request(self, harness, office):
        inputs, failures = office.check(**TYPED, street_secondary="Suite 5", on_correction="accept")

        assert failures == {}
        name = inputs.pop("friendly_name")
        assert name.startswith("office ")
        assert inputs == {**TYPED, "street_secondary": "Suite 5", "on_correction": "accept"}
        assert harness.requests == []

    def test_absent_property_is_no_problem_in_check(self, office):
        """It may be the output of a resource that failed, which is then absent here (`--continue-on-error`)."""
        assert office.check()[1] == {}

    def test_empty_required_property_is_named(self, office):
        _, failures = office.check(**dict.fromkeys(HARRISON, ""))

        assert failures["city"] == ["city is empty.\nTwilio needs it to validate the address."]
        assert failures.keys() == HARRISON.keys()

    def test_all_refusals_stand_under_their_own_property_at_once(self, office):
        _, failures = office.check(
            customer_name="A" * 33,
            street=645.0,
            street_secondary="Floor\x075",
            city=" ",
            region="California",
            postal_code="94105",
            iso_country="US",
            friendly_name="n" * 33,
            on_correction="maybe",
            account_sid="PN" + "0" * 32,
        )

        assert {name: reason.split("\n")[0] for name, [reason] in failures.items()} == {
            "customer_name": "customer_name has 33 characters; emergency addresses take at most 32.",
            "street": "street must be a string in quotes, not a number.",
            "street_secondary": "street_secondary contains control characters.",
            "city": "city is empty.",
            "region": "region must be the two-letter code of a state in capitals, not 'California'.",
            "friendly_name": "friendly_name has 33 characters; emergency addresses take at most 32.",
            "on_correction": "on_correction must be one of 'cosmetic', 'accept', 'reject', not 'maybe'.",
            "account_sid": "account_sid must be the SID of an account, AC and 32 hexadecimal digits; "
            f"{'PN' + '0' * 32!r} is the SID of a phone number.",
        }

    @pytest.mark.parametrize(
        ("changes", "advice"),
        [
            (
                {"street": "645 Harrison St Suite 5"},
                "street ends in a unit, 'Suite 5'.\nTwilio advises against it",
            ),
            ({"customer_name": "Twilio & Sons"}, "customer_name contains &.\nTwilio advises against it"),
            (
                {"city": " San Francisco"},
                "city has leading, trailing or double spaces.\nTwilio advises against it",
            ),
            ({"postal_code": "9410"}, "postal_code should look like 94105 or 94105-1804, not '9410'."),
            ({"region": "ZZ"}, "region should be the two-letter code of a state in capitals, not 'ZZ'."),
            ({"iso_country": "PR"}, "iso_country 'PR' may not take registered addresses."),
        ],
    )
    def test_advice_of_twilio_is_a_warning(self, harness, office, changes, advice):
        _, failures = office.check(**{**HARRISON, **changes})

        assert failures == {}
        [warning] = harness.warnings(office.urn)
        assert warning.startswith(advice)

    @pytest.mark.parametrize("street", ["12809 RM 620", "514 PEACE AVE N", "COUNTY ROAD 5"])
    def test_road_whose_name_looks_like_a_unit_has_no_warning(self, harness, office, street):
        assert office.check(**{**HARRISON, "street": street})[1] == {}
        assert harness.warnings() == []

    def test_one_property_may_have_several_problems(self, office):
        _, failures = office.check(**{**HARRISON, "customer_name": "A" * 33 + "\x07"})

        assert list(failures) == ["customer_name"]
        assert len(failures["customer_name"]) == 2

    @pytest.mark.parametrize("value", [94105.0, 94105, True, ["94105"], {"zip": "94105"}])
    def test_postal_code_that_is_no_string_is_named(self, office, value):
        """It has lost its leading zeros."""
        _, failures = office.check(**{**HARRISON, "postal_code": value})

        assert list(failures) == ["postal_code"]
        assert failures["postal_code"][0].startswith("postal_code must be a string in quotes, not ")

    @pytest.mark.parametrize("value", [[""], {}, [], {"a": "b"}, 5.0, True])
    def test_friendly_name_that_is_no_string_is_named(self, office, value):
        assert office.check(**HARRISON, friendly_name=value)[1].keys() == {"friendly_name"}

    @pytest.mark.parametrize("country", ["FR", "us", "USA", "", "U\x00"])
    def test_country_without_registration_is_refused(self, office, country):
        _, failures = office.check(**{**HARRISON, "iso_country": country})

        assert list(failures) == ["iso_country"]

    @pytest.mark.parametrize(
        ("country", "region", "postal_code"),
        [
            ("US", "PR", "00901-1234"),
            ("CA", "ON", "m5v3l9"),
            ("GB", "Kent", "W1A 1AA"),
            ("GB", "", "W1A 1AA"),
        ],
    )
    def test_region_and_postal_code_of_the_country_have_no_warning(
        self, harness, office, country, region, postal_code
    ):
        place = {**HARRISON, "iso_country": country, "region": region, "postal_code": postal_code}

        assert office.check(**place)[1] == {}
        assert [each for each in harness.warnings() if region] == []

    def test_unknown_inputs_pass_check_without_a_request(self, harness, office):
        names = [*HARRISON, "street_secondary", "friendly_name", "on_correction", "account_sid"]

        inputs, failures = office.check(**dict.fromkeys(names, UNKNOWN))

        assert failures == {}
        assert inputs.keys() == set(names)
        assert harness.requests == []

    def test_known_inputs_are_checked_beside_unknown_ones(self, office):
        _, failures = office.check(**dict.fromkeys(HARRISON, UNKNOWN) | {"region": "CA", "city": 5})

        assert list(failures) == ["city"]

    def test_none_counts_as_absent(self, office):
        inputs, failures = office.check(
            **HARRISON, street_secondary=None, on_correction=None, account_sid=None
        )

        assert failures == {}
        assert inputs.keys() == {*HARRISON, "friendly_name"}

    def test_wrapped_secret_is_refused_without_its_value(self, office):
        wrapped = {
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            "value": "hidden city",
        }

        _, failures = office.check(**{**HARRISON, "city": wrapped})

        assert list(failures) == ["city"]
        assert "hidden city" not in failures["city"][0]

    @pytest.mark.parametrize(
        "name", ["office", "n" * 200, "A & B @ #1", "Büro für Ümläute", " odd  blanks ", "日本", "-"]
    )
    def test_default_friendly_name_is_valid_for_any_resource_name(self, harness, name):
        first, other = harness.emergency_address(name), harness.emergency_address(name + "2")

        chosen = first.check(**HARRISON)[0]["friendly_name"]

        assert 11 <= len(chosen) <= 32
        assert first.check(**HARRISON, friendly_name=chosen)[1] == {}
        assert first.check(**HARRISON)[0]["friendly_name"] == chosen
        assert other.check(**HARRISON)[0]["friendly_name"] != chosen

    def test_empty_friendly_name_is_the_default_one(self, office):
        assert office.check(**HARRISON, friendly_name="")[0] == office.check(**HARRISON)[0]

    def test_empty_friendly_name_is_unchanged_in_the_next_run(self, office):
        office.up(**HARRISON, friendly_name="")

        assert office.preview(**HARRISON, friendly_name="") == "same"

    def test_default_name_is_kept_when_the_resource_is_renamed(self, harness, office):
        office.up(**HARRISON)
        office.name = "headquarters"
        harness.new_run()

        assert office.preview(**HARRISON) == "same"

    def test_preview_without_credentials_works(self, harness, office):
        harness.new_run({})

        assert office.preview(**HARRISON) == "create"
        assert harness.warnings() == []


class TestCreate:
    def test_create_submits_an_emergency_address_without_auto_correction(self, harness, office):
        assert office.up(**HARRISON, friendly_name="head office") == "create"

        assert harness.writes == [("POST", "Addresses", FORM)]
        [stored] = harness.world.addresses()
        assert office.id == stored["sid"]
        assert office.shown == {
            **HARRISON,
            "sid": office.id,
            "account_sid": harness.account_sid,
            "friendly_name": "head office",
            "address_on_file": {**HARRISON, "street_secondary": ""},
        }

    def test_unit_is_sent_as_street_secondary_and_kept_through_a_correction(self, harness, office):
        office.up(**TYPED, street_secondary="Suite 5")

        assert [dict(sent)["StreetSecondary"] for _, _, sent in harness.writes] == ["Suite 5", "Suite 5"]
        assert office.outputs["address_on_file"]["street_secondary"] == "Suite 5"
        assert office.outputs["street_secondary"] == "Suite 5"

    def test_suggestion_that_differs_in_spelling_is_accepted_and_inputs_stay_as_typed(self, harness, office):
        office.up(**TYPED)

        streets = [dict(sent)["Street"] for _, _, sent in harness.writes]
        assert streets == ["645 Harrison St.", "645 HARRISON ST"]
        assert {dict(sent)["AutoCorrectAddress"] for _, _, sent in harness.writes} == {"false"}
        assert office.outputs["street"] == "645 Harrison St."
        assert office.outputs["address_on_file"]["street"] == "645 HARRISON ST"
        assert harness.warnings() == []
        assert office.preview(**TYPED) == "same"

    def test_suggestion_of_another_place_is_refused_with_a_comparison(self, harness, office):
        with pytest.raises(Failed) as failure:
            office.up(**TYPO)

        assert failure.value.init_failed is None
        assert "Twilio does not know the address as written (21629)" in failure.value.message
        assert "  street='645 HARRISON ST',  # you wrote '645 HARISON ST'" in failure.value.message
        assert "  postal_code='94105',\n" in failure.value.message
        assert "help must not be sent to a place that you did not enter" in failure.value.message
        assert "on_correction='accept'" in failure.value.message
        assert harness.world.addresses() == []

    def test_suggestion_of_another_place_is_accepted_with_a_warning_that_shows_no_address(
        self, harness, office
    ):
        office.up(**TYPO, on_correction="accept")

        assert office.outputs["address_on_file"]["street"] == "645 HARRISON ST"
        [warning] = harness.warnings(office.urn)
        assert "street on file may be another place than the program's" in warning
        assert "HARRISON" not in warning
        assert office.preview(**TYPO, on_correction="accept") == "same"

    def test_another_spelling_is_refused_with_reject(self, harness, office):
        with pytest.raises(Failed, match=r"# you wrote '645 Harrison St\.'"):
            office.up(**TYPED, on_correction="reject")

        assert harness.world.addresses() == []
        assert len(harness.writes) == 1

    def test_exact_address_is_created_with_reject(self, harness, office):
        office.up(**HARRISON, on_correction="reject")

        assert len(harness.world.addresses()) == 1

    def test_two_suggestions_are_refused_even_with_accept(self, harness, office):
        def place(street):
            return Place(street, "SAN FRANCISCO", "CA", "94105", "US")

        harness.world.addresses_known.suggest(
            place("645 H ST"), place("645 HARRISON ST"), place("645 HOWARD ST")
        )

        with pytest.raises(Failed, match=r"645 HARRISON ST(.|\n)*\n  or\n(.|\n)*645 HOWARD ST"):
            office.up(**{**HARRISON, "street": "645 H ST"}, on_correction="accept")

        assert harness.world.addresses() == []

    def test_address_unknown_to_twilio_is_refused_with_hints(self, harness, office):
        with pytest.raises(Failed) as failure:
            office.up(**{**HARRISON, "street": "1 Nowhere Street"})

        assert str(failure.value).startswith("Twilio cannot validate the address (21628)")
        assert "No address was created" in str(failure.value)
        assert "Abbreviate the street type" in str(failure.value)
        assert harness.world.addresses() == []

    def test_leftover_that_cannot_be_deleted_is_reported(self, harness, office):
        leftover = office.up(**TYPED) and office.id
        again = harness.emergency_address()
        harness.new_run()
        harness.twilio.faults.add(Fault("401", at=1, method="DELETE"))

        again.up(**TYPED)

        (warning,) = harness.warnings(again.urn)
        assert warning.splitlines() == [
            f"Address {leftover} was not deleted yet: it carries this resource's name, as leftovers of interrupted runs do, and Twilio has not confirmed its deletion.",
            "No number points at it, so nobody's coverage is affected.",
            "The next delete of an address of this resource, perhaps in this same command, tries again. If it stays, look for its uses in the Twilio Console.",
        ]

    def test_create_under_a_tagged_name_replaces_the_unused_address_of_an_interrupted_run(
        self, harness, office
    ):
        leftover = office.up(**TYPED) and office.id
        again = harness.emergency_address()
        harness.new_run()

        again.up(**TYPED)

        assert again.id != leftover
        assert [address["sid"] for address in harness.world.addresses()] == [again.id]
        assert harness.warnings(again.urn) == [
            f"Deleted {leftover} as well: it carries this resource's name, as leftovers of interrupted runs do, and nothing used it."
        ]

    def test_create_under_a_tagged_name_leaves_a_used_address_alone(self, harness, office):
        office.up(**TYPED)
        harness.bound(office.id)
        again = harness.emergency_address()
        harness.new_run()

        again.up(**TYPED)

        assert {address["sid"] for address in harness.world.addresses()} == {office.id, again.id}

    def test_create_adopts_a_used_address_where_state_may_have_been_lost(self, harness, office):
        """With PULUMI_SKIP_CHECKPOINTS a killed run leaves no trace in state of what it has created and bound."""
        office.up(**TYPED)
        harness.bound(office.id)
        again = harness.emergency_address()
        harness.new_run(env={"PULUMI_SKIP_CHECKPOINTS": "true"})

        again.up(**TYPED)

        assert again.id == office.id
        assert harness.warnings(again.urn)[0].startswith(
            f"Took over {office.id}, which has this resource's friendly name"
        )

    def test_create_under_an_explicit_name_adopts_an_unused_address_and_says_so(self, harness, office):
        program = {**TYPED, "friendly_name": "head office"}
        office.up(**program)
        again = harness.emergency_address()
        harness.new_run()
        harness.forget()

        again.up(**program)

        assert again.id == office.id
        assert again.shown == office.shown
        assert harness.writes == []
        [note] = harness.notes()
        assert note.startswith(f"Took over {office.id} instead of creating a second one: ")

    def test_create_under_an_explicit_name_never_adopts_an_address_in_use(self, harness, office):
        theirs = harness.address(friendly_name="head office")
        harness.bound(theirs)

        office.up(**HARRISON, friendly_name="head office")

        assert office.id != theirs

    def test_create_whose_answer_was_lost_makes_no_second_address(self, harness, office):
        harness.twilio.faults.add("cut after=1 method=POST")

        office.up(**HARRISON)

        assert [address["sid"] for address in harness.world.addresses()] == [office.id]
        assert len(harness.writes) == 1

    def test_two_resources_for_one_place_get_two_addresses(self, harness, office):
        other = harness.emergency_address("reception")

        office.up(**HARRISON, friendly_name="same name")
        other.up(**HARRISON, friendly_name="same name")

        assert office.id != other.id
        assert len(harness.world.addresses()) == 2

    def test_address_of_others_at_the_same_place_is_not_adopted(self, harness, office):
        theirs = harness.address(friendly_name="theirs")

        office.up(**HARRISON)

        assert office.id != theirs

    def test_address_not_enabled_for_emergencies_is_not_adopted(self, harness, office):
        plain = harness.world.add_address(**HARRISON, friendly_name="head office")
        harness.world.set_address(plain, emergency_enabled=False)

        office.up(**HARRISON, friendly_name="head office")

        assert office.id != plain

    def test_address_is_created_in_a_subaccount(self, harness, office):
        branch = harness.world.add_account(parent=harness.account_sid)

        office.up(**HARRISON, account_sid=branch.sid)

        assert [address["account_sid"] for address in harness.world.addresses()] == [branch.sid]
        assert office.outputs["account_sid"] == branch.sid
        assert {each.path.split("/")[2] for each in harness.world.requests} == {branch.sid}

    def test_address_on_file_of_a_secret_street_is_secret_on_the_wire(self, harness, office):
        program = {**TYPED, "__secretInputs": ["street"]}

        _, plain_outputs = harness.plugin.create(office.urn, office.provider, office.check(**TYPED)[0])
        _, secret_outputs = harness.plugin.create(
            harness.emergency_address("other").urn, office.provider, {**program, "friendly_name": "other"}
        )

        assert not rpc.is_rpc_secret(plain_outputs["address_on_file"])
        assert rpc.is_rpc_secret(secret_outputs["address_on_file"])

    def test_create_after_a_server_error_with_unknown_outcome_is_not_sent_twice(self, harness, office):
        harness.twilio.faults.add(Fault("500", at=1, method="POST", processed=True))

        office.up(**HARRISON)

        assert [address["sid"] for address in harness.world.addresses()] == [office.id]
        assert len(harness.writes) == 1


class TestRead:
    @pytest.fixture
    def there(self, harness, office):
        office.up(**TYPED)
        harness.new_run()
        harness.forget()
        return office

    def test_refresh_of_an_unchanged_resource_changes_nothing(self, harness, there):
        before = dict(there.outputs), dict(there.inputs)

        assert there.refresh()

        assert (there.outputs, there.inputs) == before
        assert harness.requests == [("GET", f"Addresses/{there.id}", ())]
        assert there.preview(**TYPED) == "same"

    def test_deleted_address_is_gone(self, harness, there):
        harness.world.remove(there.id)

        assert not there.refresh()

    def test_address_that_is_gone_is_created_again(self, harness, there):
        harness.world.remove(there.id)
        there.refresh()

        assert there.up(**TYPED) == "create"
        assert len(harness.world.addresses()) == 1

    def test_another_place_on_file_is_drift_and_replaces(self, harness, there):
        harness.world.set_address(there.id, street="650 HARRISON ST")

        there.refresh()

        assert there.outputs["street"] == there.inputs["street"] == "650 HARRISON ST"
        assert there.outputs["address_on_file"]["street"] == "650 HARRISON ST"
        assert there.outputs["city"] == "San Francisco"
        assert there.preview(**TYPED) == ["street"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"street": "645 Harrison St."},
            {"street": "645 harrison st", "city": "San Francisco"},
            {"postal_code": " 94105"},
        ],
    )
    def test_another_spelling_of_the_same_place_on_file_is_no_drift(self, harness, there, changes):
        harness.world.set_address(there.id, **changes)

        there.refresh()

        assert visible(there.inputs) == {**TYPED, "friendly_name": there.outputs["friendly_name"]}
        assert there.preview(**TYPED) == "same"

    @pytest.mark.parametrize(
        ("changes", "name"),
        [
            ({"street": "645 HARRISON STREET"}, "street"),
            ({"street": "645 W HARRISON ST"}, "street"),
            ({"city": "SOUTH SAN FRANCISCO"}, "city"),
            ({"postal_code": "94105-1804"}, "postal_code"),
        ],
    )
    def test_uncertain_place_on_file_is_drift(self, harness, there, changes, name):
        harness.world.set_address(there.id, **changes)

        there.refresh()

        assert there.preview(**TYPED) == [name]

    def test_refresh_is_no_evidence_that_an_address_is_held(self, harness, there):
        there.refresh()
        there.delete()

        assert harness.world.addresses() == []
        assert harness.warnings() == []

    def test_another_friendly_name_on_file_is_put_back_by_an_update(self, harness, there):
        declared = there.outputs["friendly_name"]
        harness.world.set_address(there.id, friendly_name="changed by others")

        there.refresh()

        assert there.outputs["friendly_name"] == "changed by others"
        assert there.up(**TYPED, friendly_name=declared) == "update"
        assert harness.writes == [("POST", f"Addresses/{there.id}", (("FriendlyName", declared),))]


class TestDiff:
    @pytest.fixture
    def there(self, office):
        office.up(**TYPED)
        return office

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("customer_name", "Somebody Else"),
            ("street", "646 Harrison St"),
            ("street_secondary", "Suite 6"),
            ("city", "Oakland"),
            ("region", "NV"),
            ("postal_code", "94107"),
        ],
    )
    def test_another_place_is_another_address(self, there, name, value):
        assert there.preview(**{**TYPED, name: value}) == [name]

    def test_another_country_is_another_address(self, there):
        place = {**TYPED, "iso_country": "CA", "region": "ON", "postal_code": "M5V 3L9"}

        assert set(there.preview(**place)) == {"iso_country", "region", "postal_code"}

    @pytest.mark.parametrize("name", [*HARRISON, "street_secondary"])
    def test_unknown_part_of_an_address_replaces(self, there, name):
        assert there.preview(**{**TYPED, name: UNKNOWN}) == [name]

    def test_another_account_is_another_address(self, there):
        assert there.preview(**TYPED, account_sid="AC" + "0" * 32) == ["account_sid"]

    def test_another_spelling_is_an_update_without_a_write(self, harness, there):
        harness.forget()

        assert there.up(**{**TYPED, "street": "645 HARRISON ST"}) == "update"

        assert there.outputs["street"] == "645 HARRISON ST"
        assert harness.writes == []
        assert there.preview(**{**TYPED, "street": "645 HARRISON ST"}) == "same"

    @pytest.mark.parametrize("street", ["645 HARRISON STREET", "645 W Harrison St", "645 1/2 Harrison St"])
    def test_uncertain_street_replaces(self, there, street):
        assert there.preview(**{**TYPED, "street": street}) == ["street"]

    @pytest.mark.parametrize("postal_code", ["94105-1804", "94107"])
    def test_another_zip_or_one_with_four_digits_more_replaces(self, there, postal_code):
        assert there.preview(**{**TYPED, "postal_code": postal_code}) == ["postal_code"]

    def test_another_on_correction_is_an_update_without_a_write(self, harness, there):
        harness.forget()

        assert there.up(**TYPED, on_correction="accept") == "update"

        assert harness.writes == []
        assert there.preview(**TYPED, on_correction="accept") == "same"

    def test_another_friendly_name_is_sent_alone(self, harness, there):
        harness.forget()

        assert there.up(**TYPED, friendly_name="head office") == "update"

        assert harness.writes == [("POST", f"Addresses/{there.id}", (("FriendlyName", "head office"),))]
        assert there.outputs["friendly_name"] == "head office"
        assert there.preview(**TYPED, friendly_name="head office") == "same"

    def test_cleared_friendly_name_goes_back_to_the_default(self, harness, there):
        default = there.outputs["friendly_name"]
        there.up(**TYPED, friendly_name="head office")
        harness.new_run()

        assert there.up(**TYPED) == "update"

        assert there.outputs["friendly_name"] == default
        assert there.preview(**TYPED) == "same"

    def test_rename_of_a_missing_address_fails_in_three_parts(self, harness, there):
        harness.world.remove(there.id)

        with pytest.raises(Failed, match="Twilio has no such object in this account"):
            there.up(**TYPED, friendly_name="head office")


class TestDelete:
    @pytest.fixture
    def there(self, harness, office):
        office.up(**HARRISON)
        harness.new_run()
        harness.forget()
        return office

    def test_delete_sends_one_request(self, harness, there):
        there.delete()

        assert harness.world.addresses() == []
        assert harness.writes == [("DELETE", f"Addresses/{there.id}", ())]

    def test_delete_of_a_missing_address_is_done(self, harness, there):
        harness.world.remove(there.id)

        there.delete()

        assert harness.world.addresses() == []

    def test_numbers_on_their_way_out_are_waited_for(self, harness, there):
        leaving = harness.bound(there.id)
        harness.world.rebind(leaving, there.id, "pending-unregistration")
        # The number lets go while somebody looks at the list for the second time.
        harness.twilio.faults.add(
            Fault("do", at=2, path="IncomingPhoneNumbers", action=lambda: harness.world.rebind(leaving, None))
        )

        there.delete(timeout=20)

        assert harness.world.addresses() == []
        assert [request[0] for request in harness.writes] == ["DELETE"]

    def test_address_whose_number_is_not_unregistered_in_time_is_kept(self, harness, there):
        leaving = harness.bound(there.id)
        harness.world.rebind(leaving, there.id, "pending-unregistration")

        with pytest.raises(Failed, match="cannot be deleted yet") as failure:
            there.delete(timeout=1)

        assert leaving in failure.value.message
        assert "Keeping the address does not affect anyone's coverage." in failure.value.message
        assert len(harness.world.addresses()) == 1

    def test_address_that_twilio_counts_as_in_use_is_kept_with_a_reason(self, harness, there):
        harness.world.switches.sid_while_unregistering = "cleared"
        leaving = harness.bound(there.id)
        harness.world.rebind(leaving, None, "pending-unregistration")

        with pytest.raises(Failed, match="cannot be deleted yet"):
            there.delete(timeout=1)

        assert len(harness.world.addresses()) == 1


class TestReplace:
    def test_replacement_creates_before_it_deletes(self, harness, office):
        office.up(**HARRISON)
        old = office.id
        harness.new_run()
        harness.forget()

        assert office.up(**ACROSS) == "replace"
        assert {address["sid"] for address in harness.world.addresses()} == {old, office.id}
        office.delete_olds()

        assert [address["sid"] for address in harness.world.addresses()] == [office.id]
        assert [request[:2] for request in harness.writes] == [
            ("POST", "Addresses"),
            ("DELETE", f"Addresses/{old}"),
        ]

    def test_forced_replacement_creates_a_new_address(self, harness, office):
        office.up(**HARRISON)
        old = office.id
        harness.new_run()

        office.replace(**HARRISON)
        office.delete_olds()

        assert office.id != old
        assert [address["sid"] for address in harness.world.addresses()] == [office.id]

    def test_forced_replacement_leaves_an_address_in_use_until_its_delete(self, harness, office):
        office.up(**HARRISON)
        old, number = office.id, harness.bound(office.id)
        harness.new_run()

        office.replace(**HARRISON)
        assert {address["sid"] for address in harness.world.addresses()} == {old, office.id}
        harness.world.rebind(number, office.id)
        office.delete_olds()

        assert [address["sid"] for address in harness.world.addresses()] == [office.id]

    def test_forced_replacement_under_an_explicit_name_creates_a_new_address_for_one_in_use(
        self, harness, office
    ):
        program = {**HARRISON, "friendly_name": "head office"}
        office.up(**program)
        old, number = office.id, harness.bound(office.id)
        harness.new_run()

        office.replace(**program)
        harness.world.rebind(number, office.id)
        office.delete_olds()

        assert office.id != old
        assert [address["sid"] for address in harness.world.addresses()] == [office.id]

    def test_forced_replacement_under_an_explicit_name_keeps_an_unused_address(self, harness, office):
        """The engine's check has no olds then, so a create cannot tell this from its own interrupted run."""
        program = {**HARRISON, "friendly_name": "head office"}
        office.up(**program)
        harness.new_run()

        office.replace(**program)
        office.delete_olds()

        assert [address["sid"] for address in harness.world.addresses()] == [office.id]
        assert harness.warnings(office.urn) == [
            f"Address {office.id} is not changed by this delete: it now belongs to office."
        ]

    def test_replacement_back_to_a_place_whose_old_address_is_still_there_leaves_one_address(
        self, harness, office
    ):
        """A replacement was interrupted before its delete: the engine has the old one's deletion pending."""
        office.up(**HARRISON)
        harness.new_run()
        office.up(**ACROSS)
        harness.new_run()

        assert office.up(**HARRISON) == "replace"
        office.delete_olds()

        assert [address["sid"] for address in harness.world.addresses()] == [office.id]

    def test_replacement_that_is_not_validated_changes_nothing(self, harness, office):
        office.up(**HARRISON)
        harness.new_run()

        with pytest.raises(Failed, match="21628"):
            office.up(**{**CITY_HALL, "street": "1 NOWHERE PL"})

        assert len(harness.world.addresses()) == 1


def test_refused_address_is_never_sent(harness, office):
    with pytest.raises(CheckFailed):
        office.up(**{**HARRISON, "city": ""})

    assert harness.requests == []
