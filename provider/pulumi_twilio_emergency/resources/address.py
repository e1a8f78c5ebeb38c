"""EmergencyAddress: an address that Twilio has validated for emergency calling."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult
from typing_extensions import NotRequired, Unpack

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.core.operations import address as address_life, binding
from pulumi_twilio_emergency.core.rules import address_inputs as address
from pulumi_twilio_emergency.core.rules.address_inputs import LOCATION, NAME_LENGTH, Address
from pulumi_twilio_emergency.core.model.address import AddressRecord
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.hosts.dynamic import call_in_hand
from pulumi_twilio_emergency.resources.check import failures_of, refuse_moved_account, sid_problems
from pulumi_twilio_emergency.core.account.ownership import claims
from pulumi_twilio_emergency.resources.resource import (
    EmergencyProvider,
    EmergencyResource,
    given,
    known,
    progress,
    time_limit,
    typed_inputs,
    unknown,
)

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.operations.address import Created


class EmergencyAddressArgs(TypedDict):
    """
    Inputs of EmergencyAddress. Texts are kept as typed; what Twilio stored is in `address_on_file`.

    Attributes:
        customer_name: Who is to be found there; at most 32 characters.
        street: House number and street, say "645 Harrison St".
        city: The community's name as the emergency service knows it.
        region: Two-letter state or province; the county in the UK.
        postal_code: ZIP code, postal code or postcode, in quotes.
        iso_country: US, CA or GB.
        street_secondary: Suite, unit, floor or room.
        friendly_name: How the Console shows it, at most 32 characters; the resource's name and a few
            characters of its URN by default. Addresses find themselves again by it after a lost answer.
        on_correction: What to do when Twilio only knows a near match: take it if it differs in spelling
            alone ("cosmetic", the default), always ("accept"), or never ("reject").
        account_sid: The subaccount to create it in; the credentials' own account by default.

    """

    customer_name: pulumi.Input[str]
    street: pulumi.Input[str]
    city: pulumi.Input[str]
    region: pulumi.Input[str]
    postal_code: pulumi.Input[str]
    iso_country: pulumi.Input[str]
    street_secondary: NotRequired[pulumi.Input[str]]
    friendly_name: NotRequired[pulumi.Input[str]]
    on_correction: NotRequired[pulumi.Input[Literal["cosmetic", "accept", "reject"]]]
    account_sid: NotRequired[pulumi.Input[str]]


class EmergencyAddress(EmergencyResource, module="twilio", name="EmergencyAddress"):
    """
    An address that Twilio has validated for emergency calling.

    Another place is another address: it is created and validated first, the bindings move, and the old one
    is deleted last. Deleted only when no number points at it.
    """

    sid: pulumi.Output[str]
    address_on_file: pulumi.Output[dict[str, str]]
    friendly_name: pulumi.Output[str]
    account_sid: pulumi.Output[str]
    customer_name: pulumi.Output[str]
    street: pulumi.Output[str]
    street_secondary: pulumi.Output[str | None]
    city: pulumi.Output[str]
    region: pulumi.Output[str]
    postal_code: pulumi.Output[str]
    iso_country: pulumi.Output[str]

    _runner = staticmethod(providers.address)
    _inputs = frozenset(EmergencyAddressArgs.__annotations__)
    _outputs = frozenset({"sid", "address_on_file", "friendly_name", "account_sid"})

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **args: Unpack[EmergencyAddressArgs],
    ) -> None:
        super().__init__(resource_name, args, opts)


class AddressProvider(EmergencyProvider):
    """Runs EmergencyAddress resources. What an address is for emergencies is in `core.address`."""

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return providers.address, ()

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Say everything that can be said offline, and give the address its default name."""
        call = call_in_hand()
        inputs = given(news)
        if olds:
            claims.seen_in_state(call.urn)
        if inputs.get("friendly_name") in (None, ""):
            inputs["friendly_name"] = olds.get("friendly_name") or _default_name(call.urn, inputs)
        problems = [
            *address.problems(inputs, unknown(inputs)),
            *sid_problems(inputs, "account_sid", "AC"),
        ]
        if "on_correction" not in unknown(inputs):
            problems += address.on_correction_problems(inputs.get("on_correction"))
        return CheckResult(inputs, failures_of(problems))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another place is a replacement; another spelling of the same place is only noted."""
        refuse_moved_account("address", news, olds, self._settings)
        urn = call_in_hand().urn
        claims.seen_in_state(urn, _id)
        pending = unknown(news)
        replaces = [name for name in LOCATION if name in pending]
        if not replaces:
            replaces = _address(news).differences(_address(olds))
        if news.get("account_sid") not in {None, olds.get("account_sid")}:
            replaces.append("account_sid")
        if claims.holder(_id) not in {None, urn}:
            replaces.append("friendly_name")  # another resource of that name and place has found it first
        if replaces:
            claims.release(_id, urn)
            return DiffResult(changes=True, replaces=replaces, delete_before_replace=False)
        claims.hold(_id, urn)
        edited = any(
            (news.get(name) or "") != (olds.get(name) or "")
            for name in (*LOCATION, "friendly_name", "on_correction")
        )
        return DiffResult(changes=edited)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create and validate it, or find the one that an earlier run made."""
        urn = call_in_hand().urn
        account = self.connection.account(props.get("account_sid"))
        wish = address_life.Wish(
            _address(props),
            props.get("friendly_name") or _default_name(urn, props),
            props.get("on_correction") or "cosmetic",
        )
        created = address_life.create(
            account.gateway,
            account.clock,
            wish,
            taken=claims.taken_from(urn),
            look_first=not claims.replaced_blindly(urn),
        )
        account.remember(created.record)
        claims.hold(created.record.sid, urn)
        _say_what_was_made_of(created)
        return CreateResult(created.record.sid, {**known(props), **_outputs(created.record)})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return what Twilio has on file now; what differs only in spelling is no drift."""
        account = self.connection.home_of("address", props.get("account_sid"))
        try:
            record = account.gateway.address(id_)
        except GatewayError as error:
            if error.gone:
                return ReadResult("", {})
            raise
        inputs = typed_inputs(props, EmergencyAddress._inputs)  # noqa: SLF001
        live = dataclasses.asdict(record.address)
        on_file = props.get("address_on_file") or {}
        for name in record.address.differences(Address(**{**dict.fromkeys(LOCATION, ""), **on_file})):
            inputs[name] = live[name]
        if "friendly_name" in inputs:
            inputs["friendly_name"] = record.friendly_name
        outs = {**known(props), **{name: inputs.get(name) for name in LOCATION}, **_outputs(record)}
        return ReadResult(id_, outs, inputs)

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Rename it in place; whatever else can be updated is not Twilio's business."""
        account = self.connection.home_of("address", olds.get("account_sid"))
        claims.hold(_id, call_in_hand().urn)
        record = address_life.rename(account.gateway, _id, news.get("friendly_name") or olds["friendly_name"])
        return UpdateResult({**known(news), **_outputs(record)})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Delete it when no number points at it any more; numbers on their way out are waited for."""
        holder = claims.holder(_id)
        if holder is not None:
            progress().warn(f"{_id} is kept: it now belongs to {holder.rpartition('::')[2]}.")
            return
        account = self.connection.home_of("address", props.get("account_sid"))
        patience = account.patience(time_limit())
        for number_sid in claims.left_at(_id):
            binding.unbind(account, number_sid, {_id}, patience)
        address_life.delete(account, _id, patience)
        urn = call_in_hand().urn
        if urn and props.get("friendly_name") == _default_name(urn, props):
            for orphan in address_life.sweep(account, props["friendly_name"], claims.held()):
                progress().warn(
                    f"Deleted {orphan} as well, which an interrupted run had made for this resource."
                )


def _address(props: dict[str, Any]) -> Address:
    return Address(**{name: str(props.get(name) or "") for name in LOCATION})


def _default_name(urn: str, props: dict[str, Any]) -> str:
    """Return the resource's name and 7 hexadecimal digits of its URN, within what Twilio takes."""
    # In a host that hides the URN, addresses are told apart by their place.
    digest = hashlib.sha256((urn or repr(_address(props))).encode()).hexdigest()[:7]
    name = re.sub(r"[^\w .()-]+", "-", urn.rpartition("::")[2], flags=re.ASCII).strip()
    name = " ".join(name[: NAME_LENGTH - len(digest) - 1].split())
    return f"{name} {digest}".strip()


def _outputs(record: AddressRecord) -> dict[str, Any]:
    return {
        "sid": record.sid,
        "address_on_file": dataclasses.asdict(record.address),
        "friendly_name": record.friendly_name,
        "account_sid": record.account_sid,
    }


def _say_what_was_made_of(created: Created) -> None:
    line = progress()
    if created.found:
        line.note(f"Found {created.record.sid}, made by an earlier run, instead of creating a second one.")
    if created.corrected:
        # Which fields, and not what is in them: addresses stay out of logs.
        line.warn(
            f"Twilio's suggestion was accepted: {', '.join(created.corrected)} on file differ from the "
            "program. See the output address_on_file."
        )
