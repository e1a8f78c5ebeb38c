"""
How long numbers that change their address side by side are without one, against one that changes alone.

No Pulumi: core, gateway and emulator in one process, with real sockets and a thread for each number.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.account import Account
from pulumi_twilio_emergency.core.operations.binding import DesiredBinding, bind
from pulumi_twilio_emergency.session.interruption import Interruption, SystemClock
from pulumi_twilio_emergency.twilio_gateway import Limits, Settings, TwilioGateway, connect
from twilio_emulator import Pace, World, create_app, serve

if TYPE_CHECKING:
    from twilio_emulator.records import Event

IN_FLIGHT = 16
SLOW = "slow seconds=0.3"
REGISTRATION, UNREGISTRATION = Pace.after(3), Pace.after(1)
PLACE = {
    "customer_name": "Bench",
    "street": "645 HARRISON ST",
    "city": "SAN FRANCISCO",
    "region": "CA",
    "postal_code": "94105",
    "iso_country": "US",
}


def gaps_of(count: int) -> list[float]:
    """Change the address of so many registered numbers at once; return the gap of each in seconds."""
    world = World()
    credentials = world.add_account()
    old, new = world.add_address(**PLACE), world.add_address(**{**PLACE, "street": "650 HARRISON ST"})
    registered = {"emergency_address_sid": old, "emergency_address_status": "registered"}
    numbers = [world.add_number(f"+1415{2000000 + each}", **registered) for each in range(count)]
    world.pace(registration=REGISTRATION, unregistration=UNREGISTRATION)
    app = create_app(world)
    app.faults.add(SLOW)
    with serve(app) as server, ThreadPoolExecutor(count) as threads:
        settings = Settings(credentials.sid, credentials.auth_token, api_url=server.url)
        clock = SystemClock(Interruption())
        governor = connect(clock, Limits(in_flight=IN_FLIGHT))
        gateway = TwilioGateway(settings, clock, account_sid=credentials.sid, governor=governor)
        account = Account(gateway, clock, concurrency=IN_FLIGHT)

        def change(number_sid: str) -> bool:
            desired = DesiredBinding(number_sid, new, ours=frozenset({old}))
            return bind(account, desired, account.deadline(600)).number.covered

        changed = list(threads.map(change, numbers))
    if not all(changed):
        raise AssertionError(f"{changed.count(False)} numbers are not registered")
    return [_gap_of(number_sid, world.history) for number_sid in numbers]


def _gap_of(number_sid: str, history: list[Event]) -> float:
    """Return the seconds between the clear and the registration, as Twilio itself has them."""
    at = {
        event.detail["emergency_address_status"]: event.at
        for event in history
        if event.sid == number_sid and event.by != "others" and "emergency_address_status" in event.detail
    }
    return at["registered"] - at["pending-unregistration"]
