"""How long registrations take, by the clock and by reads."""

from __future__ import annotations

import pytest

from emulator.clients import ACROSS
from twilio_emulator import ManualClock, Pace, RealClock

PENDING, DONE, FAILED = "pending-registration", "registered", "registration-failure"


def statuses(emulator, number, reads):
    return [emulator.status(number) for _ in range(reads)]


@pytest.mark.parametrize(
    ("pace", "answer", "reads"),
    [
        ("at once", DONE, [DONE]),
        ("after 3s", PENDING, [PENDING, PENDING]),
        ("after 1 read", PENDING, [DONE, DONE]),
        ("after 3 reads", PENDING, [PENDING, PENDING, DONE, DONE]),
        ("never", PENDING, [PENDING, PENDING, PENDING]),
        ("failing", FAILED, [FAILED]),
        ("failing after 3s", PENDING, [PENDING, PENDING]),
        ("after 3 reads or 1s", PENDING, [PENDING, PENDING, DONE, DONE]),
        ("flapping", DONE, [PENDING, PENDING, DONE, DONE]),
    ],
)
def test_pace_shows_in_the_answer_and_in_every_read(emulator, pace, answer, reads):
    emulator.world.pace(registration=Pace.parse(pace))
    number = emulator.number()

    assert emulator.bind(number, emulator.address()).emergency_address_status == answer
    assert statuses(emulator, number, len(reads)) == reads


@pytest.mark.parametrize(
    ("pace", "end"),
    [
        ("after 3s", [DONE, DONE]),
        ("failing after 3s", [FAILED, FAILED]),
        ("flapping after 3s", [DONE, PENDING, PENDING, DONE, DONE]),
        ("never", [PENDING, PENDING]),
        ("after 2 reads", [PENDING, DONE]),
        ("after 3 reads or 1s", [DONE, DONE]),
        ("after 3 reads or 4s", [PENDING, PENDING, DONE]),
    ],
)
def test_time_moves_what_waits_for_time(emulator, pace, end):
    emulator.world.pace(registration=Pace.parse(pace))
    number = emulator.number()
    emulator.bind(number, emulator.address())

    emulator.clock.advance(3)

    assert statuses(emulator, number, len(end)) == end


def test_transition_is_dated_by_its_end_and_not_by_the_first_look(emulator):
    emulator.world.pace(registration=Pace.after(3))
    number = emulator.number()
    emulator.bind(number, emulator.address())
    began = emulator.clock.now()

    emulator.clock.advance(60)

    assert emulator.client.incoming_phone_numbers(number).fetch().date_updated.timestamp() == began + 3
    assert (emulator.world.history[-1].kind, emulator.world.history[-1].at) == ("status", began + 3)


def test_date_of_a_number_does_not_go_back_to_an_earlier_transition(emulator):
    emulator.world.pace(registration=Pace.after(3))
    number = emulator.number()
    emulator.bind(number, emulator.address())
    emulator.clock.advance(60)
    emulator.world.set_number(number, friendly_name="Front desk")

    read = emulator.client.incoming_phone_numbers(number).fetch()

    assert read.emergency_address_status == "registered"
    assert read.date_updated.timestamp() == emulator.clock.now()


def test_list_is_a_read_of_every_row_and_world_row_is_none(emulator):
    emulator.world.pace(registration=Pace.after_reads(2))
    number = emulator.number()
    emulator.bind(number, emulator.address())

    seen = []
    for _ in range(3):
        emulator.world.number(number)
        seen += [each.emergency_address_status for each in emulator.client.incoming_phone_numbers.list()]

    assert seen == [PENDING, DONE, DONE]


@pytest.mark.parametrize("whose", ["the number's", "the address's"])
def test_one_number_or_address_has_a_pace_of_its_own(emulator, whose):
    emulator.world.pace(registration=Pace.never(), unregistration=Pace.never())
    special, usual = emulator.number("+14155550100"), emulator.number("+14155550101")
    address, other = emulator.address(), emulator.address(ACROSS)
    emulator.world.pace_for(
        special if whose == "the number's" else address,
        registration=Pace.failing(),
        unregistration=Pace.at_once(),
    )

    assert emulator.bind(usual, other).emergency_address_status == PENDING
    assert emulator.bind(special, address).emergency_address_status == FAILED
    assert emulator.unbind(usual).emergency_address_status == "pending-unregistration"
    assert emulator.unbind(special).emergency_address_status == "unregistered"


def test_numbers_own_pace_goes_before_the_addresss(emulator):
    number, address = emulator.number(), emulator.address()
    emulator.world.pace_for(address, registration=Pace.never())
    emulator.world.pace_for(number, registration=Pace.failing())

    assert emulator.bind(number, address).emergency_address_status == FAILED


def test_transition_under_way_keeps_the_pace_of_its_start(emulator):
    emulator.world.pace(registration=Pace.after(3))
    number = emulator.number()
    emulator.bind(number, emulator.address())

    emulator.world.pace(registration=Pace.never())
    emulator.clock.advance(3)

    assert emulator.status(number) == DONE


@pytest.mark.parametrize("status", [FAILED, "a-status-nobody-knows"])
def test_forced_status_stays(emulator, status):
    emulator.world.pace(registration=Pace.after(3))
    number = emulator.number()
    emulator.bind(number, emulator.address())

    emulator.world.force_status(number, status, unknown=status != FAILED)
    emulator.clock.advance(3)

    assert emulator.status(number) == status


def test_failed_unregistration_can_be_tried_again(emulator):
    number = emulator.bound()
    emulator.world.pace(unregistration=Pace.failing())
    assert emulator.unbind(number).emergency_address_status == "unregistration-failure"
    emulator.world.pace(unregistration=Pace.at_once())

    assert emulator.unbind(number).emergency_address_status == "unregistered"


def test_number_released_while_it_registers_is_gone_for_good(emulator):
    emulator.world.pace(registration=Pace.after(3))
    number = emulator.number()
    emulator.bind(number, emulator.address())
    emulator.world.remove(number)
    emulator.clock.advance(60)
    emulator.faults.add("lag seconds=1")

    assert emulator.client.incoming_phone_numbers.list() == []
    assert emulator.world.numbers() == []


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ("at once", Pace.at_once()),
        ("after 3s", Pace.after(3)),
        ("after 0.5 s", Pace.after(0.5)),
        ("after 1 read", Pace.after_reads(1)),
        ("after 2 reads", Pace.after_reads(2)),
        ("never", Pace.never()),
        ("failing", Pace.failing()),
        ("failing after 3s", Pace.failing(3)),
        ("flapping", Pace.flapping()),
        (" flapping   after 3s ", Pace.flapping(3)),
    ],
)
def test_pace_is_written_in_words(text, pace):
    assert Pace.parse(text) == pace


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "after",
        "after 3",
        "after 3 reads or",
        "after 3s or 1 read",
        "after -1s",
        "after s",
        "never after 3s",
        "At once",
    ],
)
def test_other_words_are_refused_with_those_there_are(text):
    with pytest.raises(
        ValueError, match=r"is not a pace; write one of: at once, after 3s, .* flapping after 3s$"
    ):
        Pace.parse(text)


def test_manual_clock_moves_only_when_told_to():
    clock = ManualClock(100)

    clock.advance(2)
    clock.sleep(0.5)

    assert (clock.now(), clock.time(), clock.monotonic()) == (102.5, 102.5, 102.5)


def test_real_clock_is_the_machines():
    clock = RealClock()
    before = clock.now()

    clock.sleep(0.01)

    assert 0.01 <= clock.now() - before < 5
