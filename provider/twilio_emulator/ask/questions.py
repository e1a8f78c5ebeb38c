"""
One function for each switch: it does what the switch is about, and names the position that it sees.

Each leaves the number as it found it, unless it says otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twilio_emulator.ask.account import NotAskedError, UnsettledError, described
from twilio_emulator.ask.lending import is_free, name_of

if TYPE_CHECKING:
    from twilio_emulator.ask.account import Reply
    from twilio_emulator.ask.lending import Workbench

_LARGE = 1001


def _judged(reply: Reply, accepted: str = "accepted", refused: str = "refused") -> str:
    """Return a position by whether something was accepted."""
    if reply.accepted:
        return accepted
    if reply.refused:
        return refused
    raise UnsettledError(described(reply))


# Reading alone


def foreign_account(bench: Workbench) -> str:
    """Read another account's addresses."""
    reply = bench.account.get("/Addresses.json", bench.loan.foreign_account or "AC" + "0" * 32)
    if reply.status not in {401, 404}:
        raise UnsettledError(f"neither 401 nor 404: {described(reply)}")
    return str(reply.status)


def large_page(bench: Workbench) -> str:
    """Ask for more rows than a page may have."""
    reply = bench.account.get(f"/IncomingPhoneNumbers.json?PageSize={_LARGE}")
    if reply.accepted and reply.body.get("page_size") != _LARGE - 1:
        raise UnsettledError(f"the page has {reply.body.get('page_size')} rows")
    return _judged(reply, "capped", "20007")


def never_bound_status(bench: Workbench) -> str:
    """Read a number that never had an address."""
    if bench.loan.never_bound is None:
        raise NotAskedError("needs --never-bound")
    status = bench.number(bench.loan.never_bound)["emergency_address_status"]
    if status not in {None, "unregistered"}:
        raise UnsettledError(f"{bench.loan.never_bound} is {status}")
    return status or "null"


# Addresses alone


def case_only_difference(bench: Workbench) -> str:
    """Create an address in lower case that is known in capitals."""
    known = bench.loan.address
    changes = {"Street": known["street"].lower(), "City": known["city"].lower()}
    if changes["Street"] == known["street"] and changes["City"] == known["city"]:
        raise UnsettledError("the known address has no capitals")
    reply = bench.create("/Addresses", **{**bench.address_form(), **changes})
    return _judged(reply, "exact", "near")


# A number without an address


def emergency_status_write(bench: Workbench) -> str:
    """Write the dead field alone, and then together with an address: none, which the number has already."""
    alone = _judged(bench.write(bench.loan.number, EmergencyStatus="Inactive"), "ignored", "refused")
    if alone == "refused":
        return alone
    both = bench.write(bench.loan.number, EmergencyStatus="Active", EmergencyAddressSid="")
    return _judged(both, "ignored", "refused-with-address")


def unfit_address(bench: Workbench) -> str:
    """Bind an address that is not for emergencies. A failure stays on the number."""
    reply = bench.bind(bench.loan.number, bench.make_address(emergency=False))
    if not reply.accepted:
        return _judged(reply)
    status = bench.settled(bench.loan.number)
    if status == "registration-failure":
        return status
    bench.free(bench.loan.number)
    return "accepted"


def unregistered_caller(bench: Workbench, domain_sid: str) -> str:
    """Make the number, which has no address now, the caller of a domain of our own."""
    path = f"/SIP/Domains/{domain_sid}.json"
    position = _judged(bench.account.post(path, EmergencyCallerSid=bench.loan.number))
    bench.account.post(path, EmergencyCallerSid="")
    return position


# Numbers in trouble


def rebind_after_failure(bench: Workbench, failed: str, address_sid: str) -> str:
    """Bind an address to a number whose registration failed. If accepted, it is registered then."""
    if bench.settled(failed) != "registration-failure":
        raise UnsettledError(f"{failed} is not registration-failure")
    return _judged(bench.bind(failed, address_sid))


def leaving_failure(bench: Workbench, failed: str) -> str:
    """Clear a number whose registration failed."""
    if bench.settled(failed) != "registration-failure":
        if len(bench.loan.failed) == 1:
            raise NotAskedError("needs a second --failed: the first is not registration-failure any more")
        raise UnsettledError(f"{failed} is not registration-failure any more")
    reply = bench.clear(failed)
    if not reply.accepted:
        raise UnsettledError(f"clearing was refused: {described(reply)}")
    status = bench.number(failed)["emergency_address_status"]
    positions = {
        "pending-unregistration": "as-usual",
        "unregistered": "at-once",
        "registration-failure": "stays",
    }
    if status not in positions:
        raise UnsettledError(f"{failed} is {status} then")
    return positions[status]


def unregistration_failure(bench: Workbench, address_sid: str) -> str:
    """Bind an address to a number whose unregistration failed."""
    stuck = bench.loan.stuck
    if stuck is None:
        raise NotAskedError("needs --stuck")
    if bench.settled(stuck) != "unregistration-failure":
        raise UnsettledError(f"{stuck} is not unregistration-failure")
    return _judged(bench.bind(stuck, address_sid), "free", "holds")


def toll_free(bench: Workbench, address_sid: str) -> str:
    """Bind an address to a toll-free number."""
    number = bench.loan.toll_free
    if number is None:
        raise NotAskedError("needs --toll-free")
    if not is_free(bench.number(number)):
        raise UnsettledError(f"{number} has an emergency address by now")
    reply = bench.bind(number, address_sid)
    if not reply.accepted:
        return _judged(reply)
    status = bench.settled(number)
    return "accepted" if status == "registered" else status


# A number that is registered


def other_update_of_bound_number(bench: Workbench) -> str:
    """Change the friendly name of a registered number, and change it back."""
    number = bench.loan.number
    reply = bench.write(number, FriendlyName=bench.tag)
    if reply.accepted:
        bench.write(number, FriendlyName=name_of(bench.used[number]))
    return _judged(reply)


def update_of_bound_address(bench: Workbench, address_sid: str) -> str:
    """Change the name of an address in use, then its unit."""
    path = f"/Addresses/{address_sid}.json"
    renamed = bench.account.post(path, FriendlyName=f"{bench.tag} 2", AutoCorrectAddress="false")
    if not renamed.accepted:
        return _judged(renamed)
    reply = bench.account.post(path, StreetSecondary="Floor 2", AutoCorrectAddress="false")
    return _judged(reply, "accepted", "place-refused")


def direct_swap(bench: Workbench, address_sid: str) -> str:
    """Bind another address to a registered number. If accepted, the number is registered there then."""
    reply = bench.bind(bench.loan.number, address_sid)
    if reply.accepted:
        bench.settled(bench.loan.number)
    return _judged(reply)


def delete_of_used_address(bench: Workbench) -> str:
    """Delete the address of a registered number."""
    sid = bench.number(bench.loan.number)["emergency_address_sid"]
    reply = bench.account.delete(f"/Addresses/{sid}.json")
    if reply.status == 409 or reply.code == 20409:
        return "20409"
    return _judged(reply, "deleted", "21625")


def status_after_clear(bench: Workbench) -> str:
    """Clear the address of a registered number, and read the answer. The number is unregistering then."""
    reply = bench.clear(bench.loan.number)
    if not reply.accepted:
        raise UnsettledError(f"clearing was refused: {described(reply)}")
    return "old" if reply.body.get("emergency_address_status") == "registered" else "new"


def sid_while_unregistering(bench: Workbench) -> str:
    """Read a number that is unregistering."""
    body = bench.number(bench.loan.number)
    if body["emergency_address_status"] != "pending-unregistration":
        raise UnsettledError("the unregistration was too quick to be seen")
    return "kept" if body["emergency_address_sid"] else "cleared"


def bind_while_unregistering(bench: Workbench, address_sid: str) -> str:
    """Bind an address to a number that is unregistering; afterwards it has none."""
    if bench.number(bench.loan.number)["emergency_address_status"] != "pending-unregistration":
        raise UnsettledError("the unregistration was too quick to be seen")
    reply = bench.bind(bench.loan.number, address_sid)
    bench.free(bench.loan.number)
    return _judged(reply)


def cleared_sid(bench: Workbench) -> str:
    """Read a number whose address was taken off."""
    sid = bench.number(bench.loan.number)["emergency_address_sid"]
    if sid:
        raise UnsettledError(f"{bench.loan.number} still has {sid}")
    return "null" if sid is None else "empty"


def enabling_with_unregistered_caller(bench: Workbench, domain_sid: str) -> str:
    """Enable emergency calling on a domain of our own whose caller was registered when it was named."""
    path = f"/SIP/Domains/{domain_sid}.json"
    if not bench.account.get(path).body.get("emergency_caller_sid"):
        raise UnsettledError("the domain has no caller")
    position = _judged(bench.account.post(path, EmergencyCallingEnabled="true"))
    bench.account.post(path, EmergencyCallingEnabled="false", EmergencyCallerSid="")
    return position
