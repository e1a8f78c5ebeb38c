"""What comes in large or often: memory is bounded, and nobody else waits."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from xml.etree import ElementTree as ET

import pytest
import yaml

from twilio_emulator import ManualClock, Pace, Seed, World
from twilio_emulator.__main__ import main
from twilio_emulator.records import MOST_VERSIONS, Event, Record, Recorded


def names_listed(emulator):
    rows = emulator.ask("GET", "/IncomingPhoneNumbers.json").json()["incoming_phone_numbers"]
    return [row["friendly_name"] for row in rows]


@pytest.mark.parametrize("changes", [3, 20, 200])
def test_lagging_list_shows_what_was_then_however_often_it_changed(emulator, changes):
    number = emulator.number(friendly_name="first")
    emulator.faults.add("lag seconds=5")
    emulator.clock.advance(3600)
    emulator.world.set_number(number, friendly_name="ten seconds ago")
    emulator.clock.advance(10)
    for change in range(changes):
        emulator.world.set_number(number, friendly_name=f"now {change}")
    emulator.clock.advance(1)

    assert names_listed(emulator) == ["ten seconds ago"]
    emulator.clock.advance(5)
    assert names_listed(emulator) == [f"now {changes - 1}"]


def test_versions_are_bounded_and_the_row_is_never_lost(monkeypatch, emulator):
    monkeypatch.setattr("twilio_emulator.records.MOST_VERSIONS", 50)
    number = emulator.number()
    emulator.faults.add("lag seconds=60")
    for change in range(200):
        emulator.world.set_number(number, friendly_name=f"now {change}")

    assert len(emulator.world._rows[number].versions) <= 50
    assert len(names_listed(emulator)) == 1
    assert MOST_VERSIONS == 10_000


def test_versions_are_few_where_nothing_lags():
    world = World(ManualClock())
    world.add_account()
    number = world.add_number("+14155550100")
    for change in range(100):
        world.set_number(number, friendly_name=f"now {change}")

    assert len(world._rows[number].versions) == 16


def requested(k, size):
    return Recorded(k, 0.0, "POST", "/x", (), (("Body", "b" * size),), 200, "answered")


@pytest.mark.parametrize(
    "entry", [requested, lambda k, size: Event(0.0, "changed", "AD", {"street": "b" * size}, "api", k)]
)
def test_record_forgets_the_oldest_where_all_are_large(entry):
    record = Record(1000, largest=10_000)
    for k in range(100):
        record.add(entry(k, 1000))

    assert sum(each.size for each in record) <= 10_000
    assert len(record) >= 8
    assert record[-1].order == 99
    record.add(entry(100, 50_000))
    assert [each.order for each in record] == [100]


def test_record_of_small_entries_keeps_them_all():
    record = Record(1000, largest=10_000)
    for k in range(900):
        record.add(requested(k, 1))

    assert len(record) == 900
    record.clear()
    record.add(requested(1, 9_000))
    assert len(record) == 1


def test_names_and_paces_of_what_was_removed_are_forgotten():
    world = World(ManualClock())
    world.add_account()
    for number in range(50):
        sid = world.add_number(f"+141555501{number:02}")
        world.pace_for(sid, registration=Pace.never())
        world.set_number(sid, phone_number=f"+141555502{number:02}")
        world.remove(sid)

    assert (world._named, world._dial.special) == ({}, {})


def test_nesting_that_is_deep_is_refused_at_once():
    started = time.monotonic()

    for text in ("[" * 20_000, "{a: " * 5_000, "- " * 5_000):
        with pytest.raises(ValueError, match="seed is not YAML"):
            Seed.parse(text, "seed")

    assert time.monotonic() - started < 2


def test_large_seed_is_read_while_others_are_served(twilio_emulator, monkeypatch):
    reading, go_on = threading.Event(), threading.Event()
    parse = Seed.parse.__func__

    def slow(cls, text, where):
        reading.set()
        assert go_on.wait(10)
        return parse(cls, text, where)

    monkeypatch.setattr(Seed, "parse", classmethod(slow))
    adding = threading.Thread(target=main, args=(["add", "--url", twilio_emulator.url, "region: ie1"],))
    adding.start()
    try:
        assert reading.wait(10)
        assert main(["reset", "--url", twilio_emulator.url]) == 0
    finally:
        go_on.set()
        adding.join()
    assert twilio_emulator.world.region == "ie1"


def test_seed_of_ten_thousand_numbers_is_added(twilio_emulator, capsys):
    rows = [{"phone_number": f"+1415{number:07}"} for number in range(10_000)]
    document = yaml.dump({"numbers": rows}, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))

    answer = subprocess.run(
        [sys.executable, "-m", "twilio_emulator", "add", "--url", twilio_emulator.url, "-"],
        input=document, text=True, capture_output=True, check=False, timeout=60,
    )  # fmt: skip

    assert answer.returncode == 0, answer.stderr
    assert len(json.loads(answer.stdout)["numbers"]) == 10_000
    assert len(twilio_emulator.world.numbers()) == 10_000


def test_emulator_that_is_slow_is_not_said_to_be_absent(twilio_emulator, monkeypatch, capsys):
    monkeypatch.setattr("twilio_emulator.commands.remote._TIMEOUT", 0.2)
    with twilio_emulator.world.lock:
        answer = []
        asking = threading.Thread(
            target=lambda: answer.append(main(["reset", "--url", f"{twilio_emulator.url}/"]))
        )
        asking.start()
        asking.join()

    assert answer == [1]
    assert "did not answer within 0.2 s; it may do it all the same" in capsys.readouterr().err


@pytest.mark.parametrize("control", ["\x00", "\x08", "\x1f", "\ufffe", "\uffff"])
def test_xml_is_well_formed_whatever_a_value_holds(emulator, control):

    sid = emulator.address(friendly_name=f"a{control}b", emergency_enabled=False)

    for path in (
        f"/Addresses/{sid}",
        "/Addresses",
        f"/Addresses?FriendlyName=a%00{control}",
        "/Addresses/%01%08",
    ):
        ET.fromstring(emulator.ask("GET", path).content)


@pytest.mark.parametrize(
    ("name", "status"),
    [("\U0001f3e2" * 16, 201), ("\U0001f3e2" * 17, 400), ("\u4e2d" * 21, 201), ("\u4e2d" * 22, 400)],
)
def test_customer_name_has_64_bytes(emulator, name, status):
    form = {
        "CustomerName": name,
        "Street": "1 A ST",
        "City": "B",
        "Region": "CA",
        "PostalCode": "9",
        "IsoCountry": "US",
    }

    assert emulator.ask("POST", "/Addresses.json", data=form).status_code == status


def test_lag_that_outlives_a_reset_shows_what_was_then(emulator):
    emulator.faults.add("lag seconds=5")
    emulator.world.reset()
    account = emulator.world.add_account(emulator.account.sid, emulator.account.auth_token)
    number = emulator.number(account_sid=account.sid, friendly_name="before")
    emulator.clock.advance(10)
    for change in range(20):
        emulator.world.set_number(number, friendly_name=f"now {change}")

    assert names_listed(emulator) == ["before"]


@pytest.mark.parametrize(("seconds", "shown"), [("0.5", "0.5"), ("3200000000", "3200000000")])
def test_retry_after_is_written_in_digits(emulator, seconds, shown):
    emulator.faults.add(f"429 at=1 retry-after={seconds}")

    assert emulator.ask("GET", ".json").headers["Retry-After"] == shown
