"""A thousand bindings at once, while Twilio is busy and the network is poor."""

from __future__ import annotations

import collections
import re
import time
from concurrent.futures import ThreadPoolExecutor

from support.convergence import Convergence, address, domain, invariants_of_the_record
from support.small_engine import PROVIDER_KEY, CallFailed, Declared, provider_text
from twilio_emulator import Fault, Pace, World

BINDINGS, ADDRESSES, WORKERS, FASTER, LAG = 1000, 20, 128, 60, 5.0
DOMAIN = "example.sip.twilio.com"


class FastClock:
    """Real time, faster: it is right for any number of threads, whatever else they wait for."""

    def __init__(self):
        self._began = time.monotonic()

    def now(self):
        return 1_750_000_000.0 + self.monotonic()

    def monotonic(self):
        return (time.monotonic() - self._began) * FASTER

    def time(self):
        return self.now()

    def sleep(self, seconds):
        time.sleep(max(0.0, seconds) / FASTER)


def test_thousand_bindings_register_despite_refusals_cuts_and_lagging_lists(report_counts):
    stack = Convergence(World(FastClock()), in_flight=16)
    world = stack.world
    world.addresses_known.mode = "open"
    world.pace(registration=Pace.after(30))
    numbers = [f"+1415{2000000 + index:07}" for index in range(BINDINGS)]
    sids = [world.add_number(number) for number in numbers]
    world.add_domain(DOMAIN)
    for fault in (Fault("429", share=0.05), Fault("cut", share=0.01), Fault("lag", seconds=LAG)):
        stack.faults.add(fault)
    # What must not be sent again blindly meets more of it.
    stack.faults.add(Fault("cut", every=4, method="POST", path="/Addresses$"))
    crowd = Crowd(stack)

    offices = [address(f"office-{index}", street=f"{100 + index} MAIN ST", city="SPRINGFIELD", region="IL",
                       postal_code="62701") for index in range(ADDRESSES)]  # fmt: skip
    office_sids = crowd.create_all([(each, each.inputs) for each in offices])
    desks = []
    for index in range(BINDINGS):
        which = {"number_sid": sids[index]} if index % 2 else {"phone_number": numbers[index]}
        inputs = {**which, "address_sid": office_sids[index % ADDRESSES]}
        desks.append((Declared("NumberEmergencyBinding", f"desk-{index}", {}), inputs))
    bound = crowd.create_all(desks)
    crowd.create_all([(domain("phones", DOMAIN), {"domain_name": DOMAIN, "emergency_caller_sid": sids[0]})])

    assert bound == sids
    assert len(set(office_sids)) == ADDRESSES
    assert stack.addresses.keys() == set(office_sids), "no duplicate, no unmanaged address"
    for index, sid in enumerate(sids):
        row = world.number(sid)
        assert row["emergency_address_status"] == "registered"
        assert row["emergency_address_sid"] == office_sids[index % ADDRESSES]
    invariants_of_the_record(stack)
    assert stack.app.most_in_flight <= 16 + 1, "and the one list that check looks at"
    by_number = [each for each in world.requests if "/IncomingPhoneNumbers/PN" in each.path]
    assert len([each for each in by_number if each.outcome == "answered"]) <= 3.1 * BINDINGS
    kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(by_kind(world.requests).items()))
    report_counts(f"load of {BINDINGS}: {crowd.failures} calls repeated by the operator; {kinds}")


class Crowd:
    """An engine with --parallel: as many calls at a time as there are workers, all in one plugin process."""

    def __init__(self, stack):
        self._stack = stack
        self.failures = 0

    def create_all(self, resources):
        stack = self._stack
        stack.transport.new_process()
        with stack.process([]) as plugin, ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(lambda each: self._create(plugin, *each), resources))

    def _create(self, plugin, declared, inputs):
        inputs, failures = plugin.check(
            declared.urn, None, {**inputs, PROVIDER_KEY: provider_text(declared.kind)}
        )
        assert not failures
        for _ in range(3):
            try:
                return plugin.create(declared.urn, inputs)[0]
            except CallFailed as failure:
                self.failures += 1
                last = failure
                self._stack.clock.sleep(2 * LAG)  # until the operator has typed it again
        raise last


def by_kind(requests):
    return collections.Counter(
        f"{each.method} {re.sub(r'[A-Z]{2}[0-9a-f]{32}', '{sid}', each.path.split('/', 3)[3])} {each.outcome}"
        for each in requests
    )
