"""The API's routes: who may sign in, where a row is found, how a list is paged. Nothing is decided here."""

from __future__ import annotations

import fnmatch
import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import flask

from twilio_emulator import rules, wire
from twilio_emulator.control import control
from twilio_emulator.faults import Faults
from twilio_emulator.records import Refusal
from twilio_emulator.traffic import Traffic
from twilio_emulator.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twilio_emulator.records import Row, Version
    from twilio_emulator.world import Account

PAGE_SIZE = 50
LARGEST_PAGE = 1000

_KINDS = {"Addresses": "address", "IncomingPhoneNumbers": "number", "SIP/Domains": "domain"}
_CREATE = {"address": rules.create_address, "number": rules.purchase_number, "domain": rules.create_domain}
_UPDATE = {"address": rules.update_address, "number": rules.update_number, "domain": rules.update_domain}
_DELETE = {"address": rules.delete_address, "number": rules.release_number, "domain": rules.delete_domain}
_FILTERS = {
    "address": {
        "CustomerName": "customer_name",
        "FriendlyName": "friendly_name",
        "IsoCountry": "iso_country",
        "EmergencyEnabled": "emergency_enabled",
    },
    "number": {"FriendlyName": "friendly_name", "PhoneNumber": "phone_number", "Origin": "origin"},
    "domain": {},
}


def create_app(world: World | None = None, faults: Faults | None = None) -> Traffic:
    """Return the API as a WSGI application, with its world and its faults as attributes."""
    world = world or World()
    faults = faults or Faults()
    app = flask.Flask("twilio_emulator", static_folder=None)
    for path, kind in _KINDS.items():
        _add_routes(app, world, path, kind)
    base = f"{wire.VERSION}/Accounts/<account_sid>"
    app.add_url_rule(f"{base}.json", view_func=_account(world), endpoint="account")
    app.add_url_rule(
        f"{base}/Addresses/<sid>/DependentPhoneNumbers.json",
        view_func=_dependents(world),
        endpoint="dependents",
    )
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(404, lambda _: _refused(_not_found(flask.request.path)))
    app.register_blueprint(control(world, faults))
    return Traffic(app, world, faults)


def _add_routes(app: flask.Flask, world: World, path: str, kind: str) -> None:
    base = f"{wire.VERSION}/Accounts/<account_sid>/{path}"

    def rows(account_sid: str) -> flask.Response:
        with world.lock:
            _signed_in(world, account_sid)
            if flask.request.method == "POST":
                row = _CREATE[kind](world, account_sid, flask.request.form.to_dict())
                return _answer(_read(world, row), 201)
            return _answer(_page(world, kind, account_sid))

    def row(account_sid: str, sid: str) -> flask.Response:
        with world.lock:
            _signed_in(world, account_sid)
            found = world.find(kind, account_sid, sid)
            if found is None:
                raise _not_found(flask.request.path)
            if flask.request.method == "DELETE":
                _DELETE[kind](world, found)
                return _answer("", 204)
            if flask.request.method == "GET":
                return _answer(wire.text(kind, found.versions[-1], world.switches))
            return _answer(_updated(world, found, flask.request.form.to_dict()))

    app.add_url_rule(f"{base}.json", kind + "s", rows, methods=["GET", "POST"])
    app.add_url_rule(f"{base}/<sid>.json", kind, row, methods=["GET", "POST", "DELETE"])


def _updated(world: World, row: Row, form: dict[str, str]) -> str:
    before = row.now.get("emergency_address_status")
    _UPDATE[row.kind](world, row, form)
    text = _read(world, row)
    if form.get("EmergencyAddressSid") == "" and world.switches.status_after_clear == "old" and before:
        now = row.now["emergency_address_status"]
        text = text.replace(f'"emergency_address_status": "{now}"', f'"emergency_address_status": "{before}"')
    return text


def _read(world: World, row: Row) -> str:
    world.settle(row)
    return wire.text(row.kind, row.versions[-1], world.switches)


def _account(world: World) -> Callable[[str], flask.Response]:
    def account(account_sid: str) -> flask.Response:
        with world.lock:
            return _answer(wire.account(_signed_in(world, account_sid)))

    return account


def _dependents(world: World) -> Callable[[str, str], flask.Response]:
    def dependents(account_sid: str, sid: str) -> flask.Response:
        """List the numbers that need the address for regulation; an emergency address is not one of those."""
        with world.lock:
            _signed_in(world, account_sid)
            if world.find("address", account_sid, sid) is None:
                raise _not_found(flask.request.path)
            rows = [
                {name: value for name, value in wire.number(row.fields or {}, world.switches).items()
                 if name != "emergency_address_status"}
                for row in world.listed("number", account_sid)
                if (row.fields or {}).get("address_sid") == sid
            ]  # fmt: skip
            return flask.jsonify(
                {"dependent_phone_numbers": rows, "page": 0, "page_size": PAGE_SIZE, "next_page_uri": None}
            )

    return dependents


def _signed_in(world: World, account_sid: str) -> Account:
    """Return the account of the path, if whoever asks may reach it."""
    given = flask.request.authorization
    user, secret = (given.username, given.password) if given and given.type == "basic" else (None, None)
    owner = next((each for each in world.accounts.values() if _opens(each, user or "", secret or "")), None)
    if owner is None:
        raise Refusal(401, 20003, "Authenticate")
    asked = world.accounts.get(account_sid)
    if asked is None or owner.sid not in {asked.sid, asked.parent}:
        if world.switches.foreign_account == "401":
            raise Refusal(401, 20003, "Authenticate")
        raise _not_found(flask.request.path)
    if asked.status != "active":
        raise Refusal(401, 20005, "Account not active")
    return asked


def _opens(account: Account, user: str, secret: str) -> bool:
    wanted = account.auth_token if user == account.sid else account.keys.get(user)
    return wanted is not None and hmac.compare_digest(wanted.encode(), secret.encode())


def _page(world: World, kind: str, account_sid: str) -> str:
    query = flask.request.args
    size = _whole(query.get("PageSize"), PAGE_SIZE)
    if not 1 <= size <= LARGEST_PAGE:
        raise Refusal(400, 20007, f"Page size must be between 1 and {LARGEST_PAGE}.")
    listed = _filtered(kind, world.listed(kind, account_sid, flask.request.environ["emulator.lag"]), query)
    number = _whole(query.get("Page"), 0)
    token = query.get("PageToken")
    start = number * size if token is None else _after(listed, world.passed(kind, account_sid, token[2:]))
    rows = listed[start : start + size]
    more = start + size < len(listed)

    def uri(page: int, after: Version | None) -> str:
        words = {**query.to_dict(), "PageSize": size, "Page": page}
        words.pop("PageToken", None)
        if after is not None:
            words["PageToken"] = f"PA{(after.fields or {})['sid']}"
        return f"{flask.request.path}?{urlencode(words)}"

    return wire.page(
        kind,
        [wire.text(kind, version, world.switches) for version in rows],
        uri=uri(0, None),
        number=number,
        size=size,
        next_uri=uri(number + 1, rows[-1]) if more else None,
        previous_uri=uri(number - 1, None) if number else None,
    )


def _after(listed: list[Version], passed: set[str]) -> int:
    """Return where a page starts: after the token's row, so that pages survive changes in between."""
    fresh = (index for index, version in enumerate(listed) if (version.fields or {})["sid"] not in passed)
    return next(fresh, len(listed))


def _filtered(kind: str, versions: Iterable[Version], query: Mapping[str, str]) -> list[Version]:
    wanted = {field: query[name] for name, field in _FILTERS[kind].items() if name in query}
    if not wanted:
        return list(versions)
    return [
        version
        for version in versions
        if all(_matches(field, (version.fields or {}).get(field), value) for field, value in wanted.items())
    ]


def _matches(field: str, value: Any, wanted: str) -> bool:
    if field == "emergency_enabled":
        return bool(value) == (wanted.lower() == "true")
    if field == "phone_number":
        return fnmatch.fnmatchcase(str(value), f"*{wanted}*")  # partial, * for any digits
    return str(value or "") == wanted


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() else default


def _not_found(path: str) -> Refusal:
    return Refusal(404, 20404, f"The requested resource {path} was not found")


def _refused(refusal: Refusal) -> flask.Response:
    answer = _answer(wire.error(refusal), refusal.status)
    answer.headers.extend(refusal.headers)
    return answer


def _answer(text: str, status: int = 200) -> flask.Response:
    return flask.Response(text, status, content_type="application/json;charset=utf-8")
