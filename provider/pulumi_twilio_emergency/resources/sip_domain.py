"""SipDomainEmergency: the emergency switch and the emergency caller of a SIP domain."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, TypedDict

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult
from typing_extensions import NotRequired, Unpack

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.core.operations import sip_domain
from pulumi_twilio_emergency.core.rules import guards
from pulumi_twilio_emergency.core.ports import Domain, GatewayError
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.hosts.dynamic import call_in_hand
from pulumi_twilio_emergency.resources.check import (
    boolean_problems,
    exactly_one_of,
    failures_of,
    refuse_moved_account,
    sid_problems,
)
from pulumi_twilio_emergency.core.account.ownership import claims
from pulumi_twilio_emergency.resources.preview import foreseen
from pulumi_twilio_emergency.resources.resource import (
    EmergencyProvider,
    EmergencyResource,
    given,
    known,
    progress,
    typed_inputs,
    unknown,
)

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.account.account import Account

_RECENT = 60.0  # seconds in which one list serves preview and refresh of all domains


_DOMAIN_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\.sip(\.[a-z0-9-]+)?\.twilio\.com")


class SipDomainEmergencyArgs(TypedDict):
    """
    Inputs of SipDomainEmergency. Give `domain_sid` or `domain_name`, not both.

    Attributes:
        domain_sid: The SIP domain, `SD...`.
        domain_name: Its name, say example.sip.twilio.com.
        enabled: Whether emergency calls are let through; True by default.
        emergency_caller_sid: The number (`PN...`) that emergency calls of the whole domain show; it must be
            registered. None by default: then each call shows its own number.
        account_sid: The subaccount the domain lives in; the credentials' own account by default.

    """

    domain_sid: NotRequired[pulumi.Input[str]]
    domain_name: NotRequired[pulumi.Input[str]]
    enabled: NotRequired[pulumi.Input[bool]]
    emergency_caller_sid: NotRequired[pulumi.Input[str] | None]
    account_sid: NotRequired[pulumi.Input[str]]


class SipDomainEmergency(EmergencyResource, module="twilio", name="SipDomainEmergency"):
    """
    A SIP domain's emergency calling. The domain itself is somebody else's: only two fields are touched.

    Deleting it switches emergency calling off and clears the caller; `retain_on_delete` leaves it on.
    """

    domain_sid: pulumi.Output[str]
    domain_name: pulumi.Output[str]
    emergency_calling_enabled: pulumi.Output[bool]
    emergency_caller_sid: pulumi.Output[str | None]
    account_sid: pulumi.Output[str]

    _runner = staticmethod(providers.sip_domain)
    _inputs = frozenset(SipDomainEmergencyArgs.__annotations__)
    _outputs = frozenset(
        {"domain_sid", "domain_name", "emergency_calling_enabled", "emergency_caller_sid", "account_sid"}
    )

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **args: Unpack[SipDomainEmergencyArgs],
    ) -> None:
        super().__init__(resource_name, args, opts)


class SipDomainProvider(EmergencyProvider):
    """Runs SipDomainEmergency resources. What the switch is for emergencies is in `core.sip_domain`."""

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return providers.sip_domain, ()

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Say what is wrong with the inputs, and warn of a caller that is not registered yet."""
        problems = [
            *exactly_one_of(news, "domain_sid", "domain_name"),
            *sid_problems(news, "domain_sid", "SD"),
            *sid_problems(news, "emergency_caller_sid", "PN"),
            *boolean_problems(news, "enabled"),
            *sid_problems(news, "account_sid", "AC"),
            *_name_problems(news),
        ]
        if olds:
            claims.seen_in_state(call_in_hand().urn)
        if not problems and known(olds) != known(news):
            problems += self._foreseen(news)
        return CheckResult(given(news), failures_of(problems))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another domain is another switch; the two fields are changed in place."""
        refuse_moved_account("SIP domain", news, olds, self._settings)
        urn = call_in_hand().urn
        claims.seen_in_state(urn, _id)
        replaces = [
            name
            for name in ("domain_sid", "domain_name", "account_sid")
            if news.get(name) is not None and news[name] != olds.get(name)
        ]
        if replaces:
            claims.release(_id, urn)
            return DiffResult(changes=True, replaces=replaces, delete_before_replace=False)
        claims.hold(_id, urn)
        differs = (news.get("enabled", True), news.get("emergency_caller_sid")) != _switch(olds)
        return DiffResult(changes=differs or self._strays(_id, olds))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Switch it as declared."""
        account = self.connection.account(props.get("account_sid"))
        domain_sid = _domain_sid(account, props)
        claims.hold(domain_sid, call_in_hand().urn)
        return CreateResult(domain_sid, _switched(account, domain_sid, props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the two fields as they are now; gone when the domain is."""
        account = self.connection.home_of("SIP domain", props.get("account_sid"))
        domain = _look_up(account, id_)
        if domain is None:
            return ReadResult("", {})
        inputs = typed_inputs(props, SipDomainEmergency._inputs)  # noqa: SLF001
        if inputs.get("enabled", True) != domain.emergency_calling_enabled:
            inputs["enabled"] = domain.emergency_calling_enabled
        inputs["emergency_caller_sid"] = domain.emergency_caller_sid
        return ReadResult(id_, {**known(props), **_outputs(domain)}, given(inputs))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change what differs."""
        account = self.connection.home_of("SIP domain", olds.get("account_sid"))
        claims.hold(_id, call_in_hand().urn)
        return UpdateResult(_switched(account, _id, news))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Switch emergency calling off and clear the caller. The domain stays."""
        holder = claims.holder(_id)
        if holder is not None:
            progress().warn(
                f"{props.get('domain_name')} stays as it is: it now belongs to {holder.rpartition('::')[2]}."
            )
            return
        account = self.connection.home_of("SIP domain", props.get("account_sid"))
        sip_domain.switch_off(account, _id)

    def _strays(self, _id: str, olds: dict[str, Any]) -> bool:
        """Whether Twilio shows the domain otherwise than state does, so that `up` has something to mend."""

        def look(account: Account) -> list[Problem]:
            for domain in account.domains.recent(_RECENT):
                if domain.sid == _id and _switch(_outputs(domain)) != _switch(olds):
                    live = _switch(_outputs(account.gateway.domain(_id)))  # the list may be a minute old
                    if live != _switch(olds):
                        problem = guards.domain_not_as_in_state(domain.domain_name, *live)
                        progress().warn(str(problem))
                        return [problem]
            return []

        return bool(foreseen(self.onlooker, olds.get("account_sid"), look))

    def _foreseen(self, news: dict[str, Any]) -> list[Problem]:
        values = known(news)
        caller_sid = values.get("emergency_caller_sid")

        def look(account: Account) -> list[Problem]:
            if not caller_sid or "account_sid" in unknown(news):
                return []
            caller = account.numbers.recent(_RECENT).find(sid=caller_sid)
            if caller is not None and not caller.covered:
                caller = account.gateway.number(caller_sid)  # the list may be a minute old
            problem = guards.caller_is_not_registered(caller) if caller is not None else None
            if problem is not None:
                # Its binding may be in this very program, so it is no more than a warning here.
                progress().warn(str(problem))
            return []

        return foreseen(self.onlooker, values.get("account_sid"), look)


def _switch(outs: dict[str, Any]) -> tuple[bool, str | None]:
    """Return the two fields that are ours."""
    return bool(outs.get("emergency_calling_enabled")), outs.get("emergency_caller_sid")


def _name_problems(news: dict[str, Any]) -> list[Problem]:
    value = known(news).get("domain_name")
    if value is None or (isinstance(value, str) and _DOMAIN_NAME.fullmatch(value)):
        return []
    return [
        Problem(
            f"domain_name must be a SIP domain's full name like example.sip.twilio.com, not {quoted(value)}.",
            where="domain_name",
        )
    ]


def _look_up(account: Account, domain_sid: str) -> Domain | None:
    for domain in account.domains.recent(_RECENT):
        if domain.sid == domain_sid:
            return domain
    try:
        return account.gateway.domain(domain_sid)  # a list may lag; only a fetch says that it is gone
    except GatewayError as error:
        if error.gone:
            return None
        raise


def _domain_sid(account: Account, props: dict[str, Any]) -> str:
    if props.get("domain_sid") is not None:
        return str(props["domain_sid"])
    wanted = props["domain_name"]
    for domains in (account.domains.recent(_RECENT, outdated=True), account.domains.fresh()):
        for domain in domains:
            if domain.domain_name == wanted:
                return domain.sid
    near = difflib.get_close_matches(wanted, [domain.domain_name for domain in domains], n=1)
    raise Refused(
        Problem(
            f"Account {account.sid} has no SIP domain {wanted}.",
            "Nothing was changed.",
            f"Did you mean {near[0]}?" if near else "Check the name, and the account of the credentials.",
            where="domain_name",
        )
    )


def _switched(account: Account, domain_sid: str, props: dict[str, Any]) -> dict[str, Any]:
    wish = sip_domain.Wish(
        domain_sid, enabled=bool(props.get("enabled", True)), caller_sid=props.get("emergency_caller_sid")
    )
    return {**known(props), **_outputs(sip_domain.switch(account, wish))}


def _outputs(domain: Domain) -> dict[str, Any]:
    return {
        "domain_sid": domain.sid,
        "domain_name": domain.domain_name,
        "emergency_calling_enabled": domain.emergency_calling_enabled,
        "emergency_caller_sid": domain.emergency_caller_sid,
        "account_sid": domain.account_sid,
    }
