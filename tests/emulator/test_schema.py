"""The check itself: it passes what Twilio's file describes and finds whatever is missing, surplus or of a wrong kind."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from emulator.clients import HARRISON
from emulator.schema import FACTS, Watch, check_answer, operation_for
from twilio_emulator.messages import Answer, Request

KINDS = ["Addresses", "IncomingPhoneNumbers", "SIP/Domains"]


@pytest.fixture
def bodies(emulator):
    """Return a good body of each kind, by the path of its fetch."""
    address = emulator.client.addresses.create(**HARRISON).sid
    emulator.client.incoming_phone_numbers.create(phone_number="+14155550100", address_sid=address)
    emulator.client.sip.domains.create(domain_name="scranton.sip.twilio.com")
    base = f"/2010-04-01/Accounts/{emulator.account.sid}"
    paths = [f"{base}.json", f"{base}/Addresses/{address}/DependentPhoneNumbers.json"]
    paths += [f"{base}/{kind}.json" for kind in KINDS]
    found = {"/2010-04-01/Accounts.json": emulator.ask_for_accounts().json()}
    for path in paths:
        found[path] = emulator.ask("GET", path.removeprefix(base)).json()
    for kind in KINDS:
        (rows,) = (value for value in found[f"{base}/{kind}.json"].values() if isinstance(value, list))
        found[f"{base}/{kind}/{rows[0]['sid']}.json"] = rows[0]
    return found


def places(body):
    """Yield every mapping in a body whose keys Twilio's file fixes, with a way to change a copy of it."""
    yield []
    for name, value in body.items():
        if isinstance(value, list):
            yield [name, 0]


def changed(body, place, change):
    copy = json.loads(json.dumps(body))
    target = copy
    for step in place:
        target = target[step]
    change(target)
    return json.dumps(copy)


def test_good_body_passes(bodies):
    for path, body in bodies.items():
        check_answer("GET", path, 200, json.dumps(body))


def test_missing_property_is_found(bodies):
    tried = 0
    for path, body in bodies.items():
        for place in places(body):
            target = body[place[0]][0] if place else body
            for name in target:
                with pytest.raises((AssertionError, KeyError)):
                    check_answer("GET", path, 200, changed(body, place, lambda row, name=name: row.pop(name)))
                tried += 1
    assert tried > 150


def test_surplus_property_is_found(bodies):
    for path, body in bodies.items():
        for place in places(body):
            with pytest.raises(AssertionError, match="which Twilio's file does not know"):
                check_answer("GET", path, 200, changed(body, place, lambda row: row.update(surplus=1)))


def test_value_of_a_wrong_kind_is_found(bodies):
    for path, body in bodies.items():
        for place in places(body):
            target = body[place[0]][0] if place else body
            # Of the capabilities of a dependent number the file says nothing.
            for name in target.keys() - ({"capabilities"} if "DependentPhoneNumbers" in path else set()):
                with pytest.raises((AssertionError, TypeError, AttributeError)):
                    check_answer(
                        "GET",
                        path,
                        200,
                        changed(body, place, lambda row, name=name: row.update({name: ["x"]})),
                    )


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/Accounts/AC1/Calls", 200, "{}"),
        ("POST", "/Accounts/AC1/Addresses", 200, "{}"),
        ("DELETE", "/Accounts/AC1/Addresses/AD1", 204, "{}"),
        ("GET", "/Accounts/AC1/Addresses/AD1", 404, '{"code": 20404}'),
        (
            "GET",
            "/Accounts/AC1/Addresses/AD1",
            404,
            '{"code": 1, "message": "x", "more_info": "x", "status": 404}',
        ),
        (
            "GET",
            "/Accounts/AC1/Addresses/AD1",
            404,
            '{"code": 1, "message": "x", "more_info": "https://www.twilio.com/docs/errors/1", "status": 400}',
        ),
    ],
)
def test_wrong_status_operation_or_error_is_found(method, path, status, body):
    with pytest.raises(AssertionError):
        check_answer(method, path, status, body)


def test_schema_watch_observes_every_answer_of_an_app(emulator, schema_watch):
    assert schema_watch.observe in emulator.app.observers


def test_schema_watch_after_a_wrong_answer_names_the_request_once():
    watch = Watch()

    watch.observe(Request("GET", f"/2010-04-01/Accounts/AC{'0' * 32}.json"), Answer(200, b"{}"))

    (wrong,) = watch.take()
    assert wrong.startswith(f"GET /2010-04-01/Accounts/AC{'0' * 32}.json: account lacks ")
    assert watch.take() == []


WRONG_ANSWER = """
from twilio_emulator import World, create_app
from twilio_emulator.messages import Answer, Request

for observe in create_app(World()).observers:
    observe(Request("GET", "/2010-04-01/Accounts/AC1.json"), Answer(200, b"{}"))
"""


def test_schema_watch_is_told_of_a_wrong_answer_of_another_process(schema_watch):
    subprocess.run([sys.executable, "-c", WRONG_ANSWER], check=True)

    (wrong,) = schema_watch.take()
    assert wrong.startswith("GET /2010-04-01/Accounts/AC1.json: account lacks ")
    assert schema_watch.take() == []


def test_facts_are_whole():
    assert len(FACTS["operations"]) == 19
    assert {name: len(body) for name, body in FACTS["bodies"].items()} == {
        "account": 10,
        "address": 16,
        "dependent_phone_number": 26,
        "incoming_phone_number": 35,
        "sip_domain": 21,
    }
    assert operation_for("GET", "/2010-04-01/Accounts/AC1/SIP/Domains.json?PageSize=1")["status"] == 200
