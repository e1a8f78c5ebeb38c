"""NumberEmergencyBinding: a phone number shows an emergency address, verified."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypedDict

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult
from typing_extensions import NotRequired, Unpack

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.core.operations import binding
from pulumi_twilio_emergency.core.rules import guards
from pulumi_twilio_emergency.core.model.countries import is_e164
from pulumi_twilio_emergency.core.ports import GatewayError, Number
from pulumi_twilio_emergency.core.model.problem import Problem, Refused, Unfinished
from pulumi_twilio_emergency.core.model.status import Phase, status_of
from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.hosts.dynamic import PartialFailure, call_in_hand
from pulumi_twilio_emergency.resources.check import (
    boolean_problems,
    exactly_one_of,
    failures_of,
    refuse_moved_account,
    sid_problems,
)
from pulumi_twilio_emergency.core.account.ownership import claims
from pulumi_twilio_emergency.session.coverage_gaps import gaps
from pulumi_twilio_emergency.resources.preview import foreseen
from pulumi_twilio_emergency.resources.resource import (
    EmergencyProvider,
    EmergencyResource,
    given,
    known,
    progress,
    telling,
    time_limit,
    typed_inputs,
    unknown,
)

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.account.account import Account

_RECENT = 60.0  # seconds in which one list serves preview and refresh of all bindings


class NumberEmergencyBindingArgs(TypedDict):
    """
    Inputs of NumberEmergencyBinding. Give `number_sid` or `phone_number`, not both.

    Attributes:
        number_sid: The number, `PN...`.
        phone_number: The number in E.164, say +14155550100.
        address_sid: The address, `AD...`: usually the `sid` of an EmergencyAddress.
        wait_for_registration: Stay until Twilio reports `registered`; True by default. With False, `up`
            succeeds while the number is still pending, which is not coverage.
        take_over: Let go of any other address that the number is bound to; False by default.
        account_sid: The subaccount the number lives in; the credentials' own account by default.

    """

    address_sid: pulumi.Input[str]
    number_sid: NotRequired[pulumi.Input[str]]
    phone_number: NotRequired[pulumi.Input[str]]
    wait_for_registration: NotRequired[pulumi.Input[bool]]
    take_over: NotRequired[pulumi.Input[bool]]
    account_sid: NotRequired[pulumi.Input[str]]


class NumberEmergencyBinding(EmergencyResource, module="twilio", name="NumberEmergencyBinding"):
    """
    A phone number that shows an emergency address to the dispatcher.

    Created means registered: `up` stays until Twilio reports so. Deleting it takes the address off; the
    number itself is never released.
    """

    number_sid: pulumi.Output[str]
    phone_number: pulumi.Output[str]
    address_sid: pulumi.Output[str]
    submitted_address_sid: pulumi.Output[str]
    emergency_address_status: pulumi.Output[str]
    registered_at: pulumi.Output[str | None]
    uncovered_seconds: pulumi.Output[float]
    account_sid: pulumi.Output[str]

    _runner = staticmethod(providers.number_binding)
    _inputs = frozenset(NumberEmergencyBindingArgs.__annotations__)
    _outputs = frozenset(
        {
            "number_sid",
            "phone_number",
            "submitted_address_sid",
            "emergency_address_status",
            "registered_at",
            "uncovered_seconds",
            "account_sid",
        }
    )

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **args: Unpack[NumberEmergencyBindingArgs],
    ) -> None:
        super().__init__(resource_name, args, opts)


class NumberBindingProvider(EmergencyProvider):
    """Runs NumberEmergencyBinding resources. What a binding is for emergencies is in `core.binding`."""

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return providers.number_binding, ()

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Say what is wrong with the inputs, and what preview can see of the number."""
        problems = [
            *exactly_one_of(news, "number_sid", "phone_number"),
            *sid_problems(news, "number_sid", "PN"),
            *sid_problems(news, "address_sid", "AD", required=True),
            *boolean_problems(news, "wait_for_registration", "take_over"),
            *sid_problems(news, "account_sid", "AC"),
            *_phone_number_problems(news),
        ]
        if olds:
            claims.seen_in_state(call_in_hand().urn)
        if not problems and not olds:
            problems += self._foreseen(news, frozenset())
        return CheckResult(given(news), failures_of(problems))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another number is another binding; another address is a change in the documented order."""
        refuse_moved_account("binding", news, olds, self._settings)
        urn = call_in_hand().urn
        claims.seen_in_state(urn, _id)
        replaces = [
            name
            for name in ("number_sid", "phone_number", "account_sid")
            if news.get(name) is not None and news[name] != olds.get(name)
        ]
        if replaces:
            claims.release(_id, urn)
            return DiffResult(changes=True, replaces=replaces, delete_before_replace=False)
        claims.hold(_id, urn)
        moves = news.get("address_sid") != olds.get("address_sid")
        if moves:
            for problem in self._foreseen(news, _ours(olds)):
                raise Refused(problem)
        if moves and _covered(olds):
            gaps.foresee(str(olds.get("phone_number")))
        changes = moves or _flags_differ(olds, news) or _unsettled(olds, news)
        return DiffResult(changes=changes or (_covered(olds) and self._strays(_id, olds, news)))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Bind and wait for `registered`, or find that an earlier run did."""
        account = self.connection.account(props.get("account_sid"))
        number_sid = _number_sid(account, props)
        claims.hold(number_sid, call_in_hand().urn)
        return CreateResult(number_sid, _brought_about(account, number_sid, props, {}))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return what Twilio has now; gone when the number is."""
        account = self.connection.home_of("binding", props.get("account_sid"))
        wanted = {"number_sid": id_}
        number = _listed(account, wanted) or _fetched(account, wanted)
        if number is None:
            return ReadResult("", {})
        outs = {**known(props), **_outputs(number, props)}
        outs.setdefault("submitted_address_sid", props.get("address_sid"))  # an imported binding has none yet
        outs["address_sid"] = number.emergency_address_sid
        if not number.covered:
            outs["registered_at"] = None
        inputs = typed_inputs(props, NumberEmergencyBinding._inputs)  # noqa: SLF001
        inputs["address_sid"] = number.emergency_address_sid
        return ReadResult(id_, outs, inputs)

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Go on where the last run stopped, or change the address in the documented order."""
        account = self.connection.home_of("binding", olds.get("account_sid"))
        claims.hold(_id, call_in_hand().urn)
        return UpdateResult(_brought_about(account, _id, news, olds))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Take our address off the number and wait for `unregistered`. The number stays."""
        holder = claims.holder(_id)
        line = progress()
        if holder is not None:
            line.warn(
                f"{props.get('phone_number')} keeps its address: it now belongs to "
                f"{holder.rpartition('::')[2]}."
            )
            return
        account = self.connection.home_of("binding", props.get("account_sid"))
        patience = account.patience(time_limit(), telling(line))
        left = binding.unbind(account, _id, _submitted(props), patience)
        if left is None or left.emergency_address_sid is None:
            line.say("unregistered")
            return
        # Should that address go in this run as well, both were ours: a killed run had moved the number to it.
        claims.leave(left.sid, left.emergency_address_sid)
        line.warn(
            f"{left.phone_number} is left as it is: it points at {left.emergency_address_sid}, which this "
            "binding did not submit."
        )

    def _strays(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
        """
        Whether Twilio shows the number otherwise than state does, so that `up` has something to mend.

        A foreign address is not mended without being looked at: that is only said aloud.
        """
        wanted = news["address_sid"]

        def look(account: Account) -> list[Problem]:
            number = _listed(account, {"number_sid": _id})
            if number is None or not _as_declared(number, wanted):
                number = _fetched(account, {"number_sid": _id})  # the list may be a minute old
            if number is None or _as_declared(number, wanted):
                return []
            problem = guards.not_as_in_state(number, wanted)
            progress().warn(str(problem))
            return [] if number.emergency_address_sid not in {None, wanted} else [problem]

        return bool(foreseen(self.onlooker, olds.get("account_sid"), look))

    def _foreseen(self, news: dict[str, Any], ours: frozenset[str]) -> list[Problem]:
        """Say what `up` would surely stumble over, as far as one list can show it."""
        values, pending = known(news), unknown(news)
        harmless = {None, values.get("address_sid"), *ours}
        may_take = bool(values.get("take_over")) or bool(pending & {"address_sid", "take_over"})

        def judged(account: Account, number: Number) -> Problem | None:
            leaving = number.emergency_address_status == "pending-unregistration"
            foreign = number.emergency_address_sid not in harmless and not leaving
            if foreign and not may_take and not account.unsafe:
                return guards.bound_elsewhere(number, values.get("address_sid"))
            return guards.number_cannot_register(number)

        def look(account: Account) -> list[Problem]:
            if "account_sid" in pending or not {"number_sid", "phone_number"} & values.keys():
                return []
            number = _listed(account, values)
            if number is not None and judged(account, number) is None:
                return []
            # The list may be a minute old: what stops a run is confirmed.
            number = _fetched(account, values)
            if number is not None:
                problem = judged(account, number)
                return [problem] if problem else []
            missing = _no_such_number(account, values)
            if "number_sid" in values:
                return [missing]
            progress().warn(f"{missing.what} It must be there before this resource is created.")
            return []

        return foreseen(self.onlooker, values.get("account_sid"), look)


def _phone_number_problems(news: dict[str, Any]) -> list[Problem]:
    value = known(news).get("phone_number")
    if value is None or (isinstance(value, str) and is_e164(value)):
        return []
    return [
        Problem(
            f"phone_number must be in E.164 without blanks, like +14155550100, not {quoted(value)}.",
            where="phone_number",
        )
    ]


def _flags_differ(olds: dict[str, Any], news: dict[str, Any]) -> bool:
    return any(
        news.get(name, default) != (olds[name] if olds.get(name) is not None else default)
        for name, default in (("wait_for_registration", True), ("take_over", False))
    )


def _covered(olds: dict[str, Any]) -> bool:
    """Whether state says that the number is registered."""
    return status_of(olds.get("emergency_address_status")).phase is Phase.COVERED


def _as_declared(number: Number, address_sid: str) -> bool:
    return number.covered and number.emergency_address_sid == address_sid


def _unsettled(olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """Whether state says that the number is not what the binding promises, though the inputs are the same."""
    phase = status_of(olds.get("emergency_address_status")).phase
    if phase is Phase.WAITING:
        # Pending is no fault of anybody's, but `up` has promised to stay until it is over.
        return bool(news.get("wait_for_registration", True))
    return phase is not Phase.COVERED


def _number_sid(account: Account, props: dict[str, Any]) -> str:
    if props.get("number_sid") is not None:
        return str(props["number_sid"])
    # Which number it is does not depend on what we wrote to others meanwhile.
    number = _listed(account, props, outdated=True) or _fetched(account, props)
    if number is None:
        raise Refused(_no_such_number(account, props))
    return number.sid


def _listed(account: Account, props: dict[str, Any], *, outdated: bool = False) -> Number | None:
    numbers = account.numbers.recent(_RECENT, outdated=outdated)
    return numbers.find(sid=props.get("number_sid"), phone_number=props.get("phone_number"))


def _fetched(account: Account, props: dict[str, Any]) -> Number | None:
    """Return the number, or None if Twilio itself says that it is not there."""
    if props.get("number_sid") is None:
        return next(iter(account.gateway.numbers_called(props["phone_number"])), None)
    try:
        return account.gateway.number(props["number_sid"])
    except GatewayError as error:
        if error.gone:
            return None
        raise


def _no_such_number(account: Account, props: dict[str, Any]) -> Problem:
    where = "number_sid" if props.get("number_sid") is not None else "phone_number"
    return Problem(
        f"Account {account.sid} has no number {props[where]}.",
        "Nothing was changed.",
        "Check the number, and that the credentials are for the account that owns it.",
        where=where,
    )


def _brought_about(
    account: Account, number_sid: str, news: dict[str, Any], olds: dict[str, Any]
) -> dict[str, Any]:
    """Bring the number to its address; what could not be finished is kept as a partial failure."""
    line = progress()
    wish = binding.Wish(
        number_sid=number_sid,
        address_sid=news["address_sid"],
        previous=olds.get("previous_address_sid") or (olds.get("address_sid") if _covered(olds) else None),
        ours=_ours(olds),
        take_over=bool(news.get("take_over", False)),
        wait=bool(news.get("wait_for_registration", True)),
        uncovered_since=olds.get("uncovered_since"),
    )
    try:
        bound = binding.bind(account, wish, account.patience(time_limit(), telling(line)))
    except Unfinished as stop:
        outs = {**known(news), **_outputs(stop.number, {})}
        outs["address_sid"] = stop.number.emergency_address_sid or wish.address_sid
        outs["submitted_address_sid"] = wish.address_sid
        outs["uncovered_since"] = stop.uncovered_since
        if wish.previous not in {None, wish.address_sid}:
            outs["previous_address_sid"] = wish.previous
        raise PartialFailure(str(stop), number_sid, outs) from stop
    line.say(bound.number.status.name)
    outs = {**known(news), **_outputs(bound.number, olds), "submitted_address_sid": wish.address_sid}
    if bound.changed or not outs["registered_at"]:
        outs["registered_at"] = _timestamp(bound.registered_at)
        outs["uncovered_seconds"] = bound.uncovered_seconds
    return outs


def _submitted(outs: dict[str, Any]) -> frozenset[str]:
    """Return the addresses that this binding itself has submitted."""
    newest = outs.get("submitted_address_sid") or outs.get("address_sid")
    return frozenset(sid for sid in (newest, outs.get("previous_address_sid")) if sid)


def _ours(outs: dict[str, Any]) -> frozenset[str]:
    """Return the addresses that may be let go by a change: ours, and what the last refresh has shown."""
    shown = outs.get("address_sid")
    return _submitted(outs) | ({shown} if shown else frozenset())


def _outputs(number: Number, before: dict[str, Any]) -> dict[str, Any]:
    return {
        "number_sid": number.sid,
        "phone_number": number.phone_number,
        "emergency_address_status": number.emergency_address_status,
        "registered_at": before.get("registered_at"),
        "uncovered_seconds": before.get("uncovered_seconds") or 0.0,
        "account_sid": number.account_sid,
    }


def _timestamp(unix: float | None) -> str | None:
    if unix is None:
        return None
    return dt.datetime.fromtimestamp(unix, dt.timezone.utc).isoformat(timespec="seconds")
