"""An emulator and the ways to it: the real helper library, raw requests, the control API."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from twilio_emulator import InProcessAdapter, ManualClock, Pace, World, create_app

NO_HOST = "http://emulator.invalid"

# As the page spells it, which is not how the emergency database does.
HARRISON = {
    "customer_name": "Twilio",
    "friendly_name": "Twilio",
    "street": "645 Harrison St.",
    "city": "San Francisco",
    "region": "CA",
    "postal_code": "94105",
    "iso_country": "US",
    "emergency_enabled": True,
}
KNOWN = {**HARRISON, "street": "645 HARRISON ST", "city": "SAN FRANCISCO"}
ACROSS = {**KNOWN, "street": "650 HARRISON ST"}
DOWNING = {
    **KNOWN,
    "street": "10 DOWNING ST",
    "city": "LONDON",
    "region": "GREATER LONDON",
    "postal_code": "SW1A 2AA",
    "iso_country": "GB",
}


@dataclass
class Emulator:
    """What one test works with: a Twilio with one account, on a clock of its own."""

    server: object = None
    clock: ManualClock = field(default_factory=ManualClock)
    sessions: list = field(default_factory=list)

    def __post_init__(self):
        self.world = World(self.clock)
        self.world.pace(registration=Pace.at_once(), unregistration=Pace.at_once())
        self.account = self.world.add_account()
        self.app = create_app(self.world)
        self.faults = self.app.faults
        self.switches = self.world.switches
        self.url = NO_HOST
        if self.server is not None:
            self.server.app = self.app
            self.url = self.server.url
        self.session = self.new_session(requests.Session())
        self.client = self.sign_in()

    def new_session(self, session):
        if self.server is None:
            session.mount(NO_HOST, InProcessAdapter(self.app))
        self.sessions.append(session)
        return session

    def sign_in(self, user=None, secret=None, account_sid=None):
        """Return a client of the real helper library."""
        http = TwilioHttpClient(timeout=20)
        self.new_session(http.session)
        client = Client(
            user or self.account.sid,
            secret or self.account.auth_token,
            account_sid,
            http_client=http,
            environment={"nothing": "from outside"},
        )
        client.api.base_url = self.url
        return client

    def ask(self, method, path, auth="own", data=None, **kwargs):
        """Send a raw request for something of the account's."""
        credentials = (self.account.sid, self.account.auth_token) if auth == "own" else auth
        url = f"{self.url}/2010-04-01/Accounts/{self.account.sid}{path}"
        return self.session.request(method, url, auth=credentials, data=data, timeout=20, **kwargs)

    def ask_for_accounts(self, query="", auth="own", suffix=".json", method="GET"):
        """Send a raw request for the list of accounts."""
        credentials = (self.account.sid, self.account.auth_token) if auth == "own" else auth
        url = f"{self.url}/2010-04-01/Accounts{suffix}{query}"
        return self.session.request(method, url, auth=credentials, timeout=20)

    def ask_as(self, account, method, path, **kwargs):
        """Send a raw request of another account's, for something of its own."""
        url = f"{self.url}/2010-04-01/Accounts/{account.sid}{path}"
        return self.session.request(method, url, auth=(account.sid, account.auth_token), timeout=20, **kwargs)

    def control(self, method, path, data=None):
        return self.session.request(method, f"{self.url}/_emulator{path}", data=data, timeout=20)

    # What many tests begin with

    def number(self, phone_number="+14155550100", **fields):
        return self.world.add_number(phone_number, **fields)

    def address(self, place=KNOWN, **fields):
        return self.world.add_address(**{**place, **fields})

    def bound(self, address_sid=None, phone_number="+14155550100"):
        """Return a number that is registered through the API."""
        sid = self.number(phone_number)
        self.bind(sid, address_sid or self.address())
        return sid

    def bind(self, number_sid, address_sid):
        return self.client.incoming_phone_numbers(number_sid).update(emergency_address_sid=address_sid)

    def unbind(self, number_sid):
        return self.bind(number_sid, "")

    def status(self, number_sid):
        """Read a number's status through the API."""
        return self.client.incoming_phone_numbers(number_sid).fetch().emergency_address_status

    @property
    def outcomes(self):
        return [each.outcome for each in self.world.requests]


@contextmanager
def refused(code, status=None):
    """Expect an error of Twilio's; by default with the status that belongs to its code."""
    status = status or (422 if code in {20422, 20423} else 400)
    with pytest.raises(TwilioRestException) as caught:
        yield caught
    assert (caught.value.code, caught.value.status) == (code, status)
