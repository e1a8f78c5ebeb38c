"""The API: who may sign in, where a row is found, which method does what. Rules are in `rules`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twilio_emulator import hosts, parameters, wire, xml_format
from twilio_emulator.control import Control
from twilio_emulator.faults import Faults
from twilio_emulator.listing import Listing
from twilio_emulator.messages import XML, Answer, Request, UnreadableError
from twilio_emulator.records import Refusal
from twilio_emulator.refusals import authenticate, refused
from twilio_emulator.rules import addresses, domains, numbers
from twilio_emulator.traffic import Traffic
from twilio_emulator.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from twilio_emulator.accounts import Account, Caller
    from twilio_emulator.faults import Lag
    from twilio_emulator.records import Row

_ACCOUNTS = f"{wire.VERSION}/Accounts"
_KINDS = {("Addresses",): "address", ("IncomingPhoneNumbers",): "number", ("SIP", "Domains"): "domain"}
_CREATE = {"address": addresses.create, "number": numbers.purchase, "domain": domains.create}
_UPDATE = {"address": addresses.update, "number": numbers.update, "domain": domains.update}
_DELETE = {"address": addresses.delete, "number": numbers.release, "domain": domains.delete}
_ELEMENT = {"address": "Address", "number": "IncomingPhoneNumber", "domain": "Domain"}
_ABOUT_ACCOUNTS = frozenset({"account", "accounts"})
_METHODS = {
    "accounts": ("GET",),
    "account": ("GET", "POST"),
    "list": ("GET", "POST"),
    "row": ("GET", "POST", "DELETE"),
    "dependents": ("GET",),
}


def create_app(
    world: World | None = None, faults: Faults | None = None, *, reset: Callable[[], object] | None = None
) -> Traffic:
    """
    Return the API with its world, its faults and its control API.

    Args:
        world: What exists; an empty one by default.
        faults: Trouble to come.
        reset: What the control API's reset does; by default the world is emptied.

    Raises:
        ValueError: That is no world, or these are no faults.

    """
    world = World() if world is None else world
    faults = Faults() if faults is None else faults
    if not isinstance(world, World) or not isinstance(faults, Faults):
        raise ValueError(f"an app is of a World and of Faults, not of {world!r} and {faults!r}")  # noqa: TRY004
    faults.belong_to(world)
    return Traffic(Api(world), Control(world, faults, reset), world, faults)


@dataclass(frozen=True, slots=True)
class _Target:
    """What a path leads to."""

    shape: str  # a key of _METHODS
    account_sid: str
    kind: str = ""
    sid: str = ""


def _target(path: str) -> _Target | None:
    path = path.removesuffix(".json").removesuffix(".xml")
    if path == _ACCOUNTS:
        return _Target("accounts", "")
    below = path.removeprefix(f"{_ACCOUNTS}/")
    return None if below == path else _target_in_account(*below.split("/"))


def _target_in_account(account_sid: str, *rest: str) -> _Target | None:
    if not rest:
        return _Target("account", account_sid)
    if len(rest) == 3 and rest[0] == "Addresses" and rest[2] == "DependentPhoneNumbers":
        return _Target("dependents", account_sid, "address", rest[1])
    for names, kind in _KINDS.items():
        if rest == names:
            return _Target("list", account_sid, kind)
        if rest[:-1] == names:
            return _Target("row", account_sid, kind, rest[-1])
    return None


class Api:
    """Twilio's API over a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, request: Request, lag: Lag | None = None) -> Answer:
        """Answer a request; `lag` says how far back its reads look."""
        as_xml = not request.path.endswith(".json")
        try:
            with self._world.lock:
                self._world.asked_in = hosts.region_of(request.headers.get("host"))
                status, name, text = self._answer(request, lag)
        except Refusal as refusal:
            return refused(refusal, as_xml=as_xml)
        except UnreadableError as error:
            return refused(Refusal(400, parameters.UNKNOWN_PARAMETERS, f"{error}."), as_xml=as_xml)
        if not text:
            return Answer(status)
        if as_xml:
            body = json.loads(text)
            written = xml_format.row(name, body) if name else xml_format.page(body)
            return Answer(status, written.encode(), XML)
        return Answer(status, text)

    def _answer(self, request: Request, lag: Lag | None) -> tuple[int, str, bytes]:
        """Return the status, the XML element (none for a list) and the JSON."""
        target = _target(request.path)
        caller = self._signed_in(request)
        if target is None:
            raise _not_found(request.path)
        account = self._account(caller, target, request)
        if request.method not in _METHODS[target.shape]:
            raise Refusal(405, 20004, "Method not allowed", {"Allow": ", ".join(_METHODS[target.shape])})
        if target.shape == "account":
            return 200, "Account", self._of_account(caller, account, request)
        if target.shape == "accounts":
            return 200, "", Listing(self._world, account.sid, request.path, request.parameters()).accounts()
        if target.shape == "row":
            return self._of_row(target, request, lag)
        if request.method == "POST":
            created = _CREATE[target.kind](self._world, account.sid, request.form())
            return 201, _ELEMENT[target.kind], self._read(created)
        return 200, "", self._list(target, request, lag)

    def _signed_in(self, request: Request) -> Caller:
        caller = self._world.sign_ins.sign_in(request.credentials())
        if caller is None:
            raise authenticate()
        return caller

    def _account(self, caller: Caller, target: _Target, request: Request) -> Account:
        """Return the account of the path, if the caller may work in it; for the list of them, its own."""
        accounts, about_accounts = self._world.accounts, target.shape in _ABOUT_ACCOUNTS
        asked = caller.account if target.shape == "accounts" else accounts.get(target.account_sid)
        if asked is None or not caller.reaches(asked):
            if self._world.switches.foreign_account == "401":
                raise authenticate()
            raise _not_found(request.path)
        if not (caller.may_manage_accounts if about_accounts else caller.may_work_in(asked)):
            # Documented ("API keys overview" and "REST API: Subaccounts", read 2026-11); the code is not.
            raise authenticate()
        managed = about_accounts and asked.parent == caller.account.sid
        is_active = self._world.sign_ins.is_active
        if not is_active(caller.account) or (not is_active(asked) and not managed):
            raise Refusal(401, 20005, "Account not active")
        return asked

    def _of_account(self, caller: Caller, account: Account, request: Request) -> bytes:
        if request.method == "POST":
            fields = parameters.UPDATE_ACCOUNT.read(request.form())
            if "status" in fields and account.parent != caller.account.sid:
                raise parameters.refusal(20422, "Status can be changed of subaccounts only, by their owner.")
            if account.status == "closed" and fields.get("status", "closed") != "closed":
                raise Refusal(400, 21479, "A closed account cannot be activated or suspended again.")
            self._world.change_account(account, **fields)
        return json.dumps(wire.account(account)).encode()

    def _of_row(self, target: _Target, request: Request, lag: Lag | None) -> tuple[int, str, bytes]:
        world, kind = self._world, target.kind
        if request.method == "GET":
            of_fetches = lag if lag and lag.of != "lists" else None
            version = world.fetched(kind, target.account_sid, target.sid, of_fetches)
            if version is None:
                raise _not_found(request.path)
            return 200, _ELEMENT[kind], wire.text(kind, version, world.switches)
        row = world.find(kind, target.account_sid, target.sid)
        if row is None:
            raise _not_found(request.path)
        if request.method == "DELETE":
            _DELETE[kind](world, row)
            return 204, "", b""
        return 200, _ELEMENT[kind], self._updated(row, request.form())

    def _updated(self, row: Row, form: dict[str, str]) -> bytes:
        before = row.now.get("emergency_address_status")
        _UPDATE[row.kind](self._world, row, form)
        text = self._read(row)
        clears = form.get("EmergencyAddressSid") == ""
        if clears and before and self._world.switches.status_after_clear == "old":
            body: dict[str, Any] = json.loads(text)
            return json.dumps({**body, "emergency_address_status": before}).encode()
        return text

    def _read(self, row: Row) -> bytes:
        self._world.settle(row)
        return wire.text(row.kind, row.versions[-1], self._world.switches)

    def _list(self, target: _Target, request: Request, lag: Lag | None) -> bytes:
        world, account_sid = self._world, target.account_sid
        of_lists = lag if lag and lag.of != "fetches" else None
        listing = Listing(world, account_sid, request.path, request.parameters(), of_lists)
        if target.shape == "list":
            return listing.page(target.kind)
        if world.find("address", account_sid, target.sid) is None:
            raise _not_found(request.path)
        return listing.dependents(target.sid)


def _not_found(path: str) -> Refusal:
    return Refusal(404, 20404, f"The requested resource {path} was not found")
