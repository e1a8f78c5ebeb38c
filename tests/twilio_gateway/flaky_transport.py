"""A Twilio by script behind `requests`, a clock that hears interruption, and the requests to try them with."""

from __future__ import annotations

import io
import json
import threading
import time

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.twilio_gateway import Limits, Settings, TwilioGateway, connect
from support.fake_twilio import ACCOUNT, HARRISON, sid
from support.polled_event import PolledEvent

DESK, HOME, PHONES = sid("PN", 1), sid("AD", 1), sid("SD", 1)
TOKEN = "token-4c1f0e"
SETTINGS = Settings(account_sid=ACCOUNT, auth_token=TOKEN)
ACCOUNTS_PATH = "/2010-04-01/Accounts.json"
LIST_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json"

NUMBER = {
    "sid": DESK,
    "account_sid": ACCOUNT,
    "phone_number": "+14152000001",
    "emergency_address_sid": None,
    "emergency_address_status": "unregistered",
    "capabilities": {"voice": True},
}
ADDRESS = {"sid": HOME, "account_sid": ACCOUNT, "friendly_name": "office", "emergency_enabled": True}
DOMAIN = {
    "sid": PHONES,
    "account_sid": ACCOUNT,
    "domain_name": "site.sip.twilio.com",
    "emergency_calling_enabled": False,
    "emergency_caller_sid": None,
}
OWN = {"sid": ACCOUNT, "owner_account_sid": ACCOUNT, "status": "active"}
ROWS = {
    "IncomingPhoneNumbers": ("incoming_phone_numbers", NUMBER),
    "Addresses": ("addresses", ADDRESS),
    "SIP/Domains": ("domains", DOMAIN),
}

READS = {
    "fetch": lambda twilio: twilio.number(DESK),
    "list": lambda twilio: twilio.numbers(),
}
REPEATABLE_WRITES = {
    "submit": lambda twilio: twilio.set_emergency_address(DESK, HOME),
    "clear": lambda twilio: twilio.set_emergency_address(DESK, None),
    "rename": lambda twilio: twilio.rename_address(HOME, "office"),
    "switch": lambda twilio: twilio.set_domain(PHONES, enabled=True),
    "delete": lambda twilio: twilio.delete_address(HOME),
}


def create(twilio):
    return twilio.create_address(HARRISON, "office")


WRITES = REPEATABLE_WRITES | {"create": create}
REPEATABLE = READS | REPEATABLE_WRITES
EVERYTHING = READS | WRITES
MORE_READS = {
    "address": lambda twilio: twilio.address(HOME),
    "domain": lambda twilio: twilio.domain(PHONES),
    "domains": lambda twilio: twilio.domains(),
    "accounts": lambda twilio: twilio.accounts(),
    "each_number": lambda twilio: list(twilio.each_number()),
    "numbers_called": lambda twilio: twilio.numbers_called("+14152000001"),
    "addresses_called": lambda twilio: twilio.addresses_called("office"),
    "reachable": lambda twilio: twilio.reachable(),
}


def each(requests):
    return pytest.mark.parametrize("ask", requests.values(), ids=requests)


def answer(status=200, body="", **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    made = requests.Response()
    made.status_code = status
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    made.raw = HTTPResponse(io.BytesIO(text.encode()), HTTPHeaderDict(headers), preload_content=False)
    return made


def refused(status=429, code=None, message="no", **headers):
    return answer(status, {"code": code, "message": message, "status": status}, **headers)


def absent():
    """Twilio's own answer that there is no such object."""
    return refused(404, 20404, "The requested resource was not found")


def page(rows=(), next_page=None, resource="IncomingPhoneNumbers", **frame):
    whole = {
        ROWS[resource][0]: list(rows),
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/{resource}.json?PageSize=1000",
        "next_page_uri": next_page,
        "page_size": 1000,
    }
    return answer(body=whole | frame)


def page_of_accounts(rows=(OWN,), next_page=None, **frame):
    whole = {"accounts": list(rows), "uri": f"{ACCOUNTS_PATH}?PageSize=1000", "next_page_uri": next_page}
    return answer(body=whole | frame)


def good(request):
    """Answer as Twilio does when all is well."""
    if request.path_url.partition("?")[0] == ACCOUNTS_PATH:
        return page_of_accounts()
    path = request.path_url.partition("?")[0].partition(f"/{ACCOUNT}/")[2].removesuffix(".json")
    if request.method == "DELETE":
        return answer(204)
    if path in ROWS and request.method == "GET":
        return page([ROWS[path][1]], resource=path)
    record = next(row for resource, (_, row) in ROWS.items() if path.startswith(resource))
    sid = path.rpartition("/")[2]
    return answer(201 if path == "Addresses" else 200, record | ({"sid": sid} if len(sid) == 34 else {}))


class FlakyTransport(BaseAdapter):
    """Answers or errors in this order, and then all is well."""

    def __init__(self, clock, *script) -> None:
        super().__init__()
        self.clock = clock
        self.script = list(script)
        self.asked: list[tuple[float, requests.PreparedRequest]] = []
        self.timeouts = []
        self.always = good
        self.closed = 0

    def send(self, request, **more):
        self.asked.append((self.clock.now, request))
        self.timeouts.append(more["timeout"])
        made = self.script.pop(0) if self.script else self.always(request)
        if callable(made):
            made = made(request)
        if isinstance(made, BaseException):
            raise made
        made.request, made.url = request, request.url
        return made

    def close(self):
        self.closed += 1

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.asked]

    @property
    def methods(self) -> list[str]:
        return [request.method for _, request in self.asked]


class ManualClock:
    """Sleeping moves it, and so nobody ever sleeps; `interrupted` is Ctrl-C."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = 1_000.0
        self.slept: list[float] = []
        self.interrupted = False
        self.at_sleep = lambda: None

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1_700_000_000.0 + self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            self.slept.append(seconds)
        self.at_sleep()
        self.raise_if_interrupted()

    def event(self) -> PolledEvent:
        return PolledEvent(self)

    def raise_if_interrupted(self) -> None:
        if self.interrupted:
            raise Interrupted


class RealClock:
    """Real time, with a Ctrl-C to press."""

    def __init__(self) -> None:
        self.stop = threading.Event()

    def monotonic(self) -> float:
        return time.monotonic()

    def time(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Interrupted

    def event(self) -> PolledEvent:
        return PolledEvent(self)

    def raise_if_interrupted(self) -> None:
        if self.stop.is_set():
            raise Interrupted


def mounted(transport):
    """Return a factory of sessions that use this transport."""

    def session():
        made = requests.Session()
        made.mount("https://", transport)
        return made

    return session


def gateway(clock, *script, **limits):
    """Return a gateway before a scripted Twilio, and that Twilio."""
    transport = FlakyTransport(clock, *script)
    governor = connect(clock, Limits(**limits), sessions=mounted(transport))
    return TwilioGateway(SETTINGS, clock, governor=governor), transport


def reached_gateway(clock, *script, **limits):
    """Return the same when the account has answered once."""
    twilio, transport = gateway(clock, **limits)
    assert twilio.reachable()
    transport.asked.clear()
    transport.timeouts.clear()
    transport.script = list(script)
    return twilio, transport


def twilio_at(url, clock, **limits):
    """Return a gateway to a server over a real socket."""
    settings = Settings(account_sid=ACCOUNT, auth_token=TOKEN, api_url=url)
    governor = connect(clock, Limits(**{"in_flight": 2, "patience": 0, **limits}))
    return TwilioGateway(settings, clock, governor=governor)


def error_of(ask, twilio) -> GatewayError:
    with pytest.raises(GatewayError) as error:
        ask(twilio)
    return error.value
