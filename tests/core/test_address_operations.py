"""Creating, renaming and deleting an address: what counts as ours, and what is said of what was done."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from pulumi_twilio_emergency.core.account.account import Account
from pulumi_twilio_emergency.core.model.problem import (
    EmergencyError,
    InterruptedBeforeChange,
    Refused,
    Unconfirmed,
)
from pulumi_twilio_emergency.core.operations import address as operations
from pulumi_twilio_emergency.core.operations import address_texts as texts
from pulumi_twilio_emergency.core.operations.address import DesiredAddress, Swept
from pulumi_twilio_emergency.core.ports import GatewayError, NotSent
from support.fake_twilio import HARRISON, IN_TIME, Crowd, FakeTwilio, Fault, number, reached, record, sid

NAME = "office"
ADDRESS = sid("AD", 1)
DESK = sid("PN", 1)
SUGGESTION = (
    "Failed to validate address. Check the suggested address. | FriendlyName: office, CustomerName: Twilio, "
    "Street: {street}, Locality: SAN FRANCISCO, Region: CA, PostalCode: 94105, IsoCountry: US"
)
TYPED = replace(HARRISON, street="645 Harrison Street")


class Office:
    """One declared address, and a Twilio that may know others."""

    def __init__(self, *records, numbers=(), **desired):
        self.twilio = FakeTwilio(*numbers).with_addresses(*records)
        self.clock = self.twilio.clock
        self.account = Account(self.twilio, self.clock)
        self.desired = DesiredAddress(**{"address": HARRISON, "friendly_name": NAME, **desired})
        self.held = set()

    def create(self, *, seconds=1800.0):
        return operations.create(
            self.account,
            self.desired,
            self.account.deadline(seconds),
            is_held=self.held.__contains__,
        )

    def delete(self, address_sid=ADDRESS, seconds=1800.0):
        operations.delete(self.account, address_sid, self.account.deadline(seconds))

    @property
    def creates(self):
        return sum(write[0] == "create" for write in self.twilio.writes)

    @property
    def sids(self):
        return set(self.twilio.addresses)


def used_by_desk(address_sid=ADDRESS, status="registered"):
    return number(1, address_sid, status)


def parts_of(error):
    parts = [error.problem.what, error.problem.meaning, error.problem.remedy]
    assert all(part and (part.endswith(".") or "\n" in part) for part in parts), parts
    return parts


# Creating


def test_create_costs_one_list_and_one_post():
    office = Office()

    created = office.create()

    assert [each.what for each in office.twilio.log] == ["addresses", "create address"]
    assert created.record.address == HARRISON
    assert (created.found, created.adopted_used, created.corrected, created.swept) == (
        False,
        False,
        (),
        Swept(),
    )


def test_every_request_of_a_create_knows_the_deadline():
    office = Office()

    office.create(seconds=50)

    assert {each.scope.deadline for each in office.twilio.log} == {1_050.0}


@pytest.mark.parametrize(
    ("existing", "numbers", "tagged", "adopt_used", "outcome"),
    [
        pytest.param(record(1), [], False, False, "found", id="unused, own name"),
        pytest.param(record(1), [], True, False, "replaced", id="unused, tagged"),
        pytest.param(record(1), [used_by_desk()], False, False, "beside", id="used, own name"),
        pytest.param(record(1), [used_by_desk()], True, False, "beside", id="used, tagged"),
        pytest.param(record(1), [used_by_desk()], True, True, "used", id="used, may be adopted"),
        pytest.param(record(1), [], True, True, "replaced", id="unused, tagged, used may be adopted"),
        pytest.param(record(1, street="1 MAIN ST"), [], False, False, "beside", id="another place"),
        pytest.param(record(1, street="1 MAIN ST"), [], True, False, "beside", id="another place, tagged"),
        pytest.param(
            record(1, emergency_enabled=False), [], False, False, "beside", id="not for emergencies"
        ),
        pytest.param(
            replace(record(1), friendly_name="office 2"), [], False, False, "beside", id="another name"
        ),
        pytest.param(record(1, street="645 harrison st"), [], False, False, "found", id="another case"),
    ],
)
def test_existing_address_is_taken_only_with_proof(existing, numbers, tagged, adopt_used, outcome):
    office = Office(existing, numbers=numbers, tagged=tagged, may_adopt_used=adopt_used)

    created = office.create()

    assert (created.found, created.adopted_used) == (outcome in {"found", "used"}, outcome == "used")
    assert (created.record.sid == ADDRESS) == created.found
    assert office.creates == (not created.found)
    assert created.swept.deleted == ((ADDRESS,) if outcome == "replaced" else ())
    assert office.sids == {created.record.sid} | (set() if outcome == "replaced" else {ADDRESS})


def test_number_that_only_a_late_list_shows_is_no_user():
    office = Office(record(1), numbers=[number(1)])
    office.twilio.listed[DESK] = used_by_desk()

    assert office.create().found


@pytest.mark.parametrize("tagged", [True, False])
def test_address_of_a_live_resource_is_never_taken(tagged):
    office = Office(record(1), tagged=tagged)
    office.held.add(ADDRESS)

    assert office.create().record.sid != ADDRESS
    assert ADDRESS in office.sids


def test_equal_addresses_of_one_program_are_as_many_objects():
    """Even before their handlers have said whose they are."""
    office = Office()
    crowd = Crowd()
    for _ in range(20):
        crowd.send(office.create)

    assert len({created.record.sid for created in crowd.outcomes()}) == 20 == office.creates


def test_create_waiting_for_its_turn_hears_an_interruption():
    office = Office()
    go_on = threading.Event()
    office.twilio.before = lambda what: what == "create address" and go_on.wait(IN_TIME)
    first, second = Crowd(), Crowd()
    first.send(office.create)
    reached(lambda: office.twilio.asked["create address"] == 1)
    second.send(office.create)
    office.clock.interrupted = True

    [outcome] = second.outcomes()
    go_on.set()
    first.outcomes()

    assert isinstance(outcome, InterruptedBeforeChange)


# Leftovers


@pytest.mark.parametrize(
    ("code", "swept"), [(21625, Swept(in_use=(ADDRESS,))), (20403, Swept(kept=(ADDRESS,)))]
)
def test_leftover_that_is_not_deleted_is_reported_with_the_reason(code, swept):
    office = Office(record(1), tagged=True)

    def refuse(what):
        if what == "delete address":
            raise GatewayError("no", status=400, code=code)

    office.twilio.before = refuse
    assert office.create().swept == swept


@pytest.mark.parametrize("place", [3, 4])
@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.INTERRUPTED, Fault.UNAUTHORIZED])
def test_trouble_with_leftovers_does_not_fail_the_create(fault, place):
    office = Office(record(1), tagged=True)
    office.twilio.faults[place] = fault

    created = office.create()

    assert created.record.sid != ADDRESS
    assert created.swept.deleted == (() if ADDRESS in office.sids else (ADDRESS,))


# A lost answer


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.LOST_BEFORE, Fault.UNAVAILABLE])
@pytest.mark.parametrize("shown_after", [0.0, 1.5, 6.0, 14.0])
def test_create_whose_answer_is_lost_is_looked_for(fault, shown_after):
    office = Office(record(1, street="1 MAIN ST"))
    office.twilio.faults[2] = fault
    office.twilio.hidden = {sid("AD", 0xC1)}

    def show():
        if office.clock.now >= 1_000 + shown_after:
            office.twilio.hidden.clear()

    office.clock.at_sleep = show
    show()
    created = office.create()

    assert office.creates == 1
    assert created.found is False
    assert office.sids == {ADDRESS, created.record.sid}


def test_record_that_was_there_before_is_not_the_lost_one():
    office = Office(record(1), tagged=True)
    office.twilio.faults[2] = Fault.LOST_BEFORE

    created = office.create()

    assert created.record.sid != ADDRESS
    assert office.sids == {created.record.sid}


def test_record_that_was_stored_in_another_spelling_is_found():
    office = Office(address=TYPED)
    office.twilio.places = lambda _address: HARRISON
    office.twilio.faults[2] = Fault.LOST_AFTER

    assert office.create().record.address == HARRISON
    assert office.creates == 1


def test_create_that_is_lost_three_times_is_given_up():
    office = Office()
    real = office.twilio.create_address

    def lose(address, friendly_name):
        office.twilio.faults[len(office.twilio.log) + 1] = Fault.LOST_BEFORE
        return real(address, friendly_name)

    office.twilio.create_address = lose
    with pytest.raises(Unconfirmed) as lost:
        office.create()

    parts_of(lost.value)
    assert office.twilio.asked["create address"] == 3


@pytest.mark.parametrize(
    ("tagged", "promise"),
    [
        (True, "Run `pulumi up` again: it creates the address, and then deletes that one if it is there."),
        (False, "Run `pulumi up` again: it looks for that address before it creates another one."),
    ],
)
def test_next_up_keeps_what_is_promised_of_an_address_whose_answer_was_lost(tagged, promise):
    """There is one address after it: another one under a tagged name, the lost one under the operator's own."""
    office = Office(tagged=tagged)
    office.twilio.lasting_fault = (3, Fault.UNAVAILABLE)
    office.twilio.faults[2] = Fault.LOST_AFTER
    with pytest.raises(Unconfirmed) as stop:
        office.create()
    [lost] = office.sids

    office.twilio.lasting_fault = None
    again = Account(office.twilio, office.clock)
    created = operations.create(again, office.desired, again.deadline(100), is_held=lambda _sid: False)

    assert parts_of(stop.value)[2] == promise
    assert office.sids == {created.record.sid}
    assert (created.record.sid != lost, created.swept.deleted) == (tagged, (lost,) if tagged else ())


@pytest.mark.parametrize("then", [Fault.UNAUTHORIZED, Fault.TOO_MANY, Fault.REFUSED])
def test_refusal_of_a_second_create_does_not_hide_the_first_whose_answer_was_lost(then):
    office = Office()
    office.twilio.hidden = {sid("AD", 0xC0)}  # the list lags for longer than it is looked at
    office.twilio.faults |= {2: Fault.LOST_AFTER, 7: then}

    with pytest.raises(Unconfirmed) as lost:
        office.create()

    assert office.sids == {sid("AD", 0xC0)}
    what, meaning, remedy = parts_of(lost.value)
    assert (
        f"no look could tell whether it was created: {Fault.LOST_AFTER.error().text}. Asked again: " in what
    )
    assert then.error().text in what or "(401)" in what
    assert meaning == "Nothing is registered with it; numbers that wait for it stay as they are."
    assert remedy.startswith("Correct the credentials") is (then is Fault.UNAUTHORIZED)
    assert remedy.endswith("it looks for that address before it creates another one.")


@pytest.mark.parametrize("code", [21628, 21629])
def test_place_that_is_refused_after_a_lost_answer_was_refused_before(code):
    office = Office()
    refusal = GatewayError("Failed to validate address.", status=400, code=code)
    answers = iter([Fault.LOST_BEFORE.error(), refusal])

    def refuse(what):
        if what == "create address":
            raise next(answers)

    office.twilio.before = refuse
    with pytest.raises(Refused, match=f"({code})"):
        office.create()


def test_interruption_after_a_lost_answer_looks_once():
    office = Office()
    office.twilio.faults |= {2: Fault.LOST_AFTER}
    office.twilio.events[3] = lambda: setattr(office.clock, "interrupted", True)

    assert office.create().record.sid in office.sids


@pytest.mark.parametrize("reappears", [False, True])
def test_interruption_after_a_lost_answer_creates_nothing_again(reappears):
    office = Office()
    office.twilio.faults[2] = Fault.LOST_BEFORE
    if reappears:
        office.clock.at_sleep = lambda: setattr(office.clock, "interrupted", len(office.clock.slept) == 3)
    else:
        office.twilio.faults[3] = Fault.INTERRUPTED

    with pytest.raises(Unconfirmed) as lost:
        office.create()

    assert "looks for that address before it creates another one" in parts_of(lost.value)[2]
    assert office.twilio.asked["create address"] == 1


def test_lost_answer_that_cannot_be_looked_for_is_unconfirmed():
    office = Office()
    office.twilio.lasting_fault = (2, Fault.UNAVAILABLE)

    with pytest.raises(Unconfirmed):
        office.create()

    assert office.twilio.asked["create address"] == 1


def test_looking_ends_at_the_deadline():
    office = Office()
    office.twilio.lasting_fault = (2, Fault.UNAVAILABLE)

    with pytest.raises(Unconfirmed):
        office.create(seconds=3)

    assert office.clock.now <= 1_003


def test_create_that_was_sent_and_interrupted_is_looked_for():
    office = Office()
    office.twilio.faults[2] = Fault.SENT_AND_INTERRUPTED

    assert office.create().record.sid in office.sids


@pytest.mark.parametrize("seconds", [1, 1800])
def test_create_that_was_sent_and_interrupted_and_cannot_be_found_is_unconfirmed(seconds):
    office = Office()
    office.twilio.faults[2] = Fault.SENT_AND_INTERRUPTED
    office.twilio.hidden = {sid("AD", 0xC0)}

    with pytest.raises(Unconfirmed):
        office.create(seconds=seconds)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda office: office.delete(), id="delete"),
        pytest.param(
            lambda office: operations.rename(office.account, ADDRESS, "shop", office.account.deadline(60)),
            id="rename",
        ),
    ],
)
def test_other_writes_that_were_sent_and_interrupted_are_unconfirmed(call):
    office = Office(record(1))
    office.twilio.faults[2] = Fault.SENT_AND_INTERRUPTED

    with pytest.raises(Unconfirmed, match="; the answer was lost") as unconfirmed:
        call(office)

    parts_of(unconfirmed.value)


# Suggestions


def knowing(*streets):
    """Return an emergency database that takes these streets only, and suggests the first for any other."""

    def place(address):
        if address.street in streets:
            return address
        raise GatewayError(SUGGESTION.format(street=streets[0]), status=400, code=21629)

    return place


@pytest.mark.parametrize(
    ("on_correction", "suggested", "taken", "corrected"),
    [
        ("cosmetic", "645 HARRISON ST", True, ("street",)),
        ("cosmetic", "645 HARRISON AVE", False, None),
        ("accept", "645 HARRISON AVE", True, ("street",)),
        ("reject", "645 HARRISON ST", False, None),
    ],
)
def test_suggestion_is_taken_as_declared(on_correction, suggested, taken, corrected):
    office = Office(address=TYPED, on_correction=on_correction)
    office.twilio.places = knowing(suggested)

    if taken:
        created = office.create()
        assert created.record.address.street == suggested
        assert created.corrected == corrected
    else:
        with pytest.raises(Refused) as refused:
            office.create()
        assert suggested in parts_of(refused.value)[0]
        assert refused.value.problem.where == "street"
        assert office.sids == set()


def test_address_at_the_suggested_place_of_an_interrupted_run_is_found():
    office = Office(record(1), address=TYPED)
    office.twilio.places = knowing("645 HARRISON ST")

    created = office.create()

    assert (created.found, created.record.sid, office.creates) == (True, ADDRESS, 0)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (SUGGESTION.format(street="9 OTHER ST"), 21629, "9 OTHER ST"),
        ("cannot be validated", 21628, "cannot validate"),
    ],
)
def test_suggestion_that_is_refused_itself_is_said(text, code, said):
    office = Office(address=TYPED)

    def place(address):
        suggestion = SUGGESTION.format(street="645 HARRISON ST")
        raise GatewayError(
            *[suggestion, text][address != TYPED :][:1], status=400, code=[21629, code][address != TYPED]
        )

    office.twilio.places = place
    with pytest.raises(Refused) as refused:
        office.create()

    assert said in str(refused.value)


def test_unreadable_suggestion_is_said():
    office = Office()
    office.twilio.places = lambda _address: (_ for _ in ()).throw(
        GatewayError("Failed to validate address.", status=400, code=21629)
    )

    with pytest.raises(Refused, match="its suggestion could not be read") as refused:
        office.create()

    parts_of(refused.value)


@pytest.mark.parametrize(
    ("address", "hints"),
    [
        (TYPED, ["house number", "Abbreviate the street type", "MSAG"]),
        (replace(HARRISON, iso_country="GB"), ["house number"]),
    ],
)
def test_place_that_twilio_does_not_know_is_refused_with_hints(address, hints):
    office = Office(address=address)
    office.twilio.places = lambda _address: (_ for _ in ()).throw(
        GatewayError("cannot be validated", status=400, code=21628)
    )

    with pytest.raises(Refused) as refused:
        office.create()

    assert all(hint in parts_of(refused.value)[2] for hint in hints)
    assert ("MSAG" in str(refused.value)) is ("MSAG" in hints)


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ((), "does not know '645 HARRISON ST, SAN FRANCISCO, CA, 94105, US'."),
        (("postal_code",), "does not know it."),
    ],
)
def test_place_that_twilio_does_not_know_is_shown_unless_a_part_is_secret(secret, said):
    office = Office(address=HARRISON, secret=secret)
    office.twilio.places = lambda _address: (_ for _ in ()).throw(
        GatewayError("cannot be validated", status=400, code=21628)
    )

    with pytest.raises(Refused) as refused:
        office.create()

    assert parts_of(refused.value)[0].endswith(said)


@pytest.mark.parametrize(("on_correction", "kept"), [("cosmetic", True), ("accept", True), ("reject", False)])
def test_spelling_that_twilio_changed_on_its_own_is_kept_as_declared(on_correction, kept):
    office = Office(address=TYPED, on_correction=on_correction)
    office.twilio.places = lambda _address: HARRISON

    if kept:
        assert office.create().record.address == HARRISON
    else:
        with pytest.raises(Refused):
            office.create()
        assert office.sids == set()


def test_place_that_twilio_changed_on_its_own_is_deleted_again():
    office = Office()
    office.twilio.places = lambda address: replace(address, street="9 OTHER ST")

    with pytest.raises(Refused, match="9 OTHER ST") as refused:
        office.create()

    assert "No address was created" in parts_of(refused.value)[1]
    assert office.sids == set()


def test_place_that_could_not_be_deleted_again_is_named():
    office = Office()
    office.twilio.places = lambda address: replace(address, street="9 OTHER ST")
    office.twilio.faults[3] = Fault.UNAVAILABLE

    with pytest.raises(Refused) as refused:
        office.create()

    assert "could not be deleted again" in parts_of(refused.value)[1]
    assert next(iter(office.sids)) in refused.value.problem.meaning


def test_values_that_are_secret_are_not_shown():
    office = Office(address=TYPED, on_correction="reject", secret=frozenset({"street"}))
    office.twilio.places = knowing("645 HARRISON ST")

    with pytest.raises(Refused) as refused:
        office.create()

    assert "HARRISON" not in str(refused.value).upper()


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.UNAUTHORIZED, Fault.TOO_MANY])
def test_other_errors_of_a_create_are_raised_as_they_are(fault):
    office = Office()
    office.twilio.faults[2] = fault

    with pytest.raises(GatewayError) as error:
        office.create()

    assert error.value.status == fault.error().status
    assert office.sids == set()


# Every request in turn


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize(
    "places", [lambda address: address, knowing("645 HARRISON ST")], ids=["known", "near"]
)
def test_create_converges_whatever_happens_to_one_request(places, tagged, fault):
    """No duplicate and no unmanaged address: after a second run there is one address, whatever happened to the first."""
    for place in range(1, 8):
        create_twice(places, tagged, fault, place)


def create_twice(places, tagged, fault, place):
    office = Office(address=TYPED, tagged=tagged)
    office.twilio.places = places
    office.twilio.faults[place] = fault
    error = None
    try:
        created = office.create()
    except (EmergencyError, GatewayError) as stop:
        error = stop
    if isinstance(error, (InterruptedBeforeChange, Refused)):
        assert office.sids == set()
    if fault is Fault.INTERRUPTED:
        assert not any(each.write for each in office.twilio.log[place:])
    if error is None:
        assert office.sids == {created.record.sid}
        return

    office.clock.interrupted, office.twilio.faults = False, {}
    again = Account(office.twilio, office.clock)
    created = operations.create(again, office.desired, again.deadline(100), is_held=lambda _sid: False)

    assert office.sids == {created.record.sid}


# Renaming


@pytest.mark.parametrize(("name", "writes"), [(NAME, []), ("shop", [("rename", ADDRESS, "shop")])])
def test_rename_sends_only_what_differs(name, writes):
    office = Office(record(1))

    renamed = operations.rename(office.account, ADDRESS, name, office.account.deadline(60))

    assert renamed.friendly_name == name
    assert office.twilio.writes == writes
    assert {each.scope.deadline for each in office.twilio.log} == {1_060.0}


@pytest.mark.parametrize("place", [1, 2])
def test_rename_that_is_interrupted_changes_nothing(place):
    office = Office(record(1))
    office.twilio.faults[place] = Fault.INTERRUPTED

    with pytest.raises(InterruptedBeforeChange) as interrupted:
        operations.rename(office.account, ADDRESS, "shop", office.account.deadline(60))

    parts_of(interrupted.value)
    assert office.twilio.writes == []


# Deleting


def test_delete_of_an_unused_address_costs_one_list():
    office = Office(record(1), numbers=[number(1)])

    office.delete(seconds=60)

    assert [each.what for each in office.twilio.log] == ["list", "delete address"]
    assert {each.scope.deadline for each in office.twilio.log} == {1_060.0}


def test_delete_of_an_address_that_is_gone_is_done():
    office = Office()

    office.delete()


def test_delete_of_a_used_address_names_its_users():
    office = Office(record(1), numbers=[used_by_desk(), number(2, ADDRESS, "registered"), number(3)])

    with pytest.raises(Refused) as refused:
        office.delete()

    assert "+14152000001" in parts_of(refused.value)[0]
    assert "+14152000002" in refused.value.problem.what
    assert "+14152000003" not in refused.value.problem.what
    assert ADDRESS in office.sids


@pytest.mark.parametrize("kept", [True, False])
def test_delete_waits_for_numbers_on_their_way_out(kept):
    leaving = number(1, ADDRESS if kept else None, "pending-unregistration")
    office = Office(record(1), numbers=[leaving, used_by_desk(sid("AD", 2))])
    office.twilio.truth[DESK] = leaving
    office.twilio._settling[DESK] = (1_100.0, "unregistered", ADDRESS)
    office.clock.at_sleep = lambda: (
        office.twilio.set(DESK, "unregistered", emergency_address_sid=None)
        if office.clock.now > 1_100
        else None
    )

    office.delete()

    assert office.sids == set()
    assert 1_100 < office.clock.now < 1_120


@pytest.mark.parametrize("listed", [used_by_desk(), number(1, ADDRESS, "pending-unregistration")])
def test_late_list_does_not_keep_an_address(listed):
    office = Office(record(1), numbers=[number(1)])
    office.twilio.listed[DESK] = listed

    office.delete()

    assert office.sids == set()


def test_number_that_is_gone_does_not_keep_an_address():
    office = Office(record(1))
    office.twilio.numbers = lambda: [used_by_desk()]

    office.delete()

    assert office.sids == set()


def test_late_list_that_hides_a_user_is_waited_for():
    """It is not said that no number uses it while a list may just be behind."""
    office = Office(record(1), numbers=[used_by_desk()])
    office.twilio.listed[DESK] = number(1)
    office.clock.at_sleep = lambda: office.clock.now > 1_005 and office.twilio.listed.clear()

    with pytest.raises(Refused, match=r"still the emergency address of \+14152000001"):
        office.delete()


@pytest.mark.parametrize("seconds", [5, 1800])
def test_use_that_no_list_explains_is_given_up_after_a_while(seconds):
    office = Office(record(1), numbers=[used_by_desk()])
    office.twilio.listed[DESK] = number(1)

    with pytest.raises(Refused, match="though it is no number's emergency address") as refused:
        office.delete(seconds=seconds)

    what, _, remedy = parts_of(refused.value)
    assert "21625" in what
    assert "regulatory uses" in remedy
    assert office.clock.now <= 1_000 + min(seconds, 31)


def test_number_whose_unregistration_failed_is_named_where_an_address_is_counted_as_in_use():
    office = Office(record(1), numbers=[used_by_desk()])
    office.twilio.listed[DESK] = number(1, None, "unregistration-failure")

    with pytest.raises(
        Refused, match=r"It may still be held by \+14152000001 .*, whose unregistration failed"
    ) as refused:
        office.delete()

    remedy = parts_of(refused.value)[2]
    assert "contact Twilio support" in remedy
    assert "Also look for regulatory uses" in remedy


@pytest.mark.parametrize("status", ["unregistration-failure", "pending-unregistration"])
def test_number_at_another_address_is_no_reason_why_this_one_is_counted_as_in_use(status):
    office = Office(record(1), numbers=[used_by_desk(), number(2, sid("AD", 2), status)])
    office.twilio.listed[DESK] = number(1)

    with pytest.raises(Refused, match="though it is no number's emergency address") as refused:
        office.delete(seconds=1800)

    what, _, remedy = parts_of(refused.value)
    assert "+14152000002" not in what
    assert "support" not in remedy
    assert office.clock.now <= 1_031


def test_number_that_is_leaving_without_an_address_may_hold_this_one():
    office = Office(record(1), numbers=[used_by_desk()])
    office.twilio.listed[DESK] = number(1, None, "pending-unregistration")

    with pytest.raises(Refused, match="is still being unregistered, and may still hold it") as refused:
        office.delete(seconds=120)

    parts_of(refused.value)
    assert 1_060 < office.clock.now <= 1_120


@pytest.mark.parametrize(("count", "verb"), [(1, "is"), (2, "are")])
def test_time_that_runs_out_names_who_is_still_leaving(count, verb):
    leaving = [number(each + 1, ADDRESS, "pending-unregistration") for each in range(count)]
    office = Office(record(1), numbers=leaving)

    with pytest.raises(Refused, match=f"{verb} still being unregistered") as refused:
        office.delete(seconds=30)

    parts_of(refused.value)
    assert office.clock.now <= 1_030


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.UNAUTHORIZED, Fault.UNAVAILABLE])
@pytest.mark.parametrize("place", [1, 2, 3])
def test_errors_of_a_delete_are_raised_as_they_are(fault, place):
    office = Office(record(1), numbers=[number(1)])
    office.twilio.listed[DESK] = used_by_desk()
    office.twilio.faults[place] = fault

    with pytest.raises(GatewayError) as error:
        office.delete()

    assert error.value.status == fault.error().status


@pytest.mark.parametrize("place", [1, 2])
def test_delete_that_is_interrupted_keeps_the_address(place):
    office = Office(record(1))
    office.twilio.faults[place] = Fault.INTERRUPTED

    with pytest.raises(InterruptedBeforeChange) as interrupted:
        office.delete()

    parts_of(interrupted.value)
    assert ADDRESS in office.sids


def with_a_delete_that_is_lost_and_refused():
    """Return an office whose delete is broken off, and refused when it is tried again: a count of users lags."""
    office = Office(record(1))
    office.twilio._settling["PN gone"] = (1_005.0, "unregistered", ADDRESS)
    refusal = GatewayError("is required by active numbers", status=400, code=21625, outcome_unknown=True)

    def refuse(what):
        if what == "delete address":
            office.twilio.before = lambda _what: None
            raise refusal

    office.twilio.before = refuse
    return office


def test_delete_whose_answer_was_lost_is_not_forgotten_by_the_error_that_ends_the_wait():
    office = with_a_delete_that_is_lost_and_refused()
    office.twilio.faults[3] = Fault.UNAUTHORIZED

    with pytest.raises(GatewayError) as error:
        office.delete()

    assert error.value.forbidden
    assert error.value.outcome_unknown


def test_delete_whose_answer_was_lost_is_not_forgotten_by_an_interruption():
    office = with_a_delete_that_is_lost_and_refused()
    office.twilio.faults[3] = Fault.INTERRUPTED

    with pytest.raises(Unconfirmed, match="; the answer was lost"):
        office.delete()


@pytest.mark.parametrize("looked", [True, False])
@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.SENT_AND_INTERRUPTED])
def test_leftover_whose_delete_lost_its_answer_is_looked_at(fault, looked):
    office = Office(record(1))
    office.twilio.faults = {3: fault} | ({} if looked else {4: Fault.UNAVAILABLE})

    swept = operations.sweep(office.account, [NAME], lambda _sid: False)

    assert [each.what for each in office.twilio.log][2:] == ["delete address", ADDRESS]
    assert swept == (Swept(deleted=(ADDRESS,)) if looked else Swept(kept=(ADDRESS,)))


# Sweeping


def test_sweep_deletes_what_nobody_uses_and_says_what_it_did():
    used, held, kept, other, plain, unused = (sid("AD", each) for each in range(1, 7))
    office = Office(
        record(1),
        record(2),
        record(3),
        replace(record(4), friendly_name="office 2"),
        record(5, emergency_enabled=False),
        record(6),
        numbers=[used_by_desk()],
    )
    office.twilio._settling["PN gone"] = (9e9, "unregistered", kept)

    swept = operations.sweep(office.account, [NAME, NAME], {held}.__contains__)

    assert swept == Swept(deleted=(unused,), in_use=(kept,))
    assert office.sids == {used, held, kept, other, plain}


def test_sweep_of_nothing_asks_for_no_numbers():
    office = Office()

    swept = operations.sweep(office.account, [NAME], lambda _sid: False)

    assert swept == Swept()
    assert [each.what for each in office.twilio.log] == ["addresses"]


def test_second_create_that_was_not_sent_is_not_told_as_asked():
    office = Office()
    lost, late = Fault.LOST_AFTER.error(), NotSent("The time limit passed before the request could be sent.")

    what = texts.lost_create(office.desired, lost, then=late).what

    assert "Asked again" not in what
    assert late.text not in what
