"""The double that core is tested on does what the emulator does, over the basic life of a number."""

from __future__ import annotations

import time
from dataclasses import asdict

import pytest
import requests

from pulumi_twilio_emergency.core.ports import GatewayError
from support.fake_twilio import HARRISON, IN_TIME, FakeTwilio, domain, number


class Double:
    """The double, as the story below tells it."""

    def __init__(self):
        self.twilio = FakeTwilio(number()).with_domains(domain(enabled=False))
        [self.number_sid], [self.domain_sid] = self.twilio.truth, self.twilio.domains_by_sid

    def create(self):
        return self.twilio.create_address(HARRISON, "office").sid

    def delete(self, address_sid):
        return self._code(lambda: self.twilio.delete_address(address_sid))

    def submit(self, address_sid):
        return self._code(lambda: self.twilio.set_emergency_address(self.number_sid, address_sid))

    def shown(self):
        seen = self.twilio.number(self.number_sid)
        return seen.emergency_address_sid, seen.emergency_address_status or "unregistered"

    def settle(self):
        self.twilio.clock.sleep(10)

    def make_caller(self):
        return self._code(lambda: self.twilio.set_domain(self.domain_sid, caller_sid=self.number_sid))

    def exists(self, address_sid):
        return self._code(lambda: self.twilio.address(address_sid)) is None

    @staticmethod
    def _code(act):
        try:
            act()
        except GatewayError as error:
            return error.code
        return None


class Emulated:
    """The emulator, spoken to in Twilio's own words."""

    def __init__(self, running):
        self._base = f"{running.url}/2010-04-01/Accounts/{running.account_sid}"
        self._auth = (running.account_sid, running.auth_token)
        self.number_sid = running.world.add_number("+14155550100")
        self.domain_sid = running.world.add_domain("site.sip.twilio.com")

    def create(self):
        fields = {name.title().replace("_", ""): value for name, value in asdict(HARRISON).items() if value}
        form = {**fields, "FriendlyName": "office", "EmergencyEnabled": "true"}
        return self._ask("POST", "Addresses", form).json()["sid"]

    def delete(self, address_sid):
        return self._code(self._ask("DELETE", f"Addresses/{address_sid}"))

    def submit(self, address_sid):
        form = {"EmergencyAddressSid": address_sid or ""}
        return self._code(self._ask("POST", f"IncomingPhoneNumbers/{self.number_sid}", form))

    def shown(self):
        seen = self._ask("GET", f"IncomingPhoneNumbers/{self.number_sid}").json()
        return seen["emergency_address_sid"] or None, seen["emergency_address_status"] or "unregistered"

    def settle(self):
        patience = time.monotonic() + IN_TIME
        while self.shown()[1].startswith("pending") and time.monotonic() < patience:
            time.sleep(0.02)

    def make_caller(self):
        form = {"EmergencyCallerSid": self.number_sid}
        return self._code(self._ask("POST", f"SIP/Domains/{self.domain_sid}", form))

    def exists(self, address_sid):
        return self._ask("GET", f"Addresses/{address_sid}").ok

    def _ask(self, method, path, form=None):
        return requests.request(
            method, f"{self._base}/{path}.json", data=form, auth=self._auth, timeout=IN_TIME
        )

    @staticmethod
    def _code(answer):
        return None if answer.ok else answer.json()["code"]


def life_of_a_number(twilio):
    """Return what is seen of each step, with the two addresses by their order."""
    first, second = twilio.create(), twilio.create()
    names = {None: None, first: "first", second: "second"}

    def shown():
        address_sid, status = twilio.shown()
        return names[address_sid], status

    seen = [("new", shown()), ("unregistered caller refused", twilio.make_caller() is not None)]
    seen.append(("submit", twilio.submit(first)))
    twilio.settle()
    seen += [("registered", shown()), ("the same again", twilio.submit(first)), ("still", shown())]
    seen += [("another over it", twilio.submit(second)), ("delete in use", twilio.delete(first))]
    seen += [
        ("registered caller", twilio.make_caller()),
        ("clear", twilio.submit(None)),
        ("gone", shown()[0]),
    ]
    twilio.settle()
    seen += [("unregistered", shown()), ("clear again", twilio.submit(None)), ("none", shown())]
    seen += [
        ("delete", twilio.delete(first)),
        ("exists", twilio.exists(first)),
        ("other", twilio.exists(second)),
    ]
    seen.append(("delete again", twilio.delete(first)))
    return seen


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_double_and_emulator_show_the_same_life(twilio_emulator):
    assert life_of_a_number(Double()) == life_of_a_number(Emulated(twilio_emulator))
