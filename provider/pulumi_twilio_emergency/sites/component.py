"""EmergencySites: all sites of a file as one Pulumi component. The only module here that imports Pulumi."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi.dynamic

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.resources.address import EmergencyAddress
from pulumi_twilio_emergency.resources.number_binding import NumberEmergencyBinding
from pulumi_twilio_emergency.resources.sip_domain import SipDomainEmergency
from pulumi_twilio_emergency.sites.file import SitesFileError, load

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_twilio_emergency.sites.model import Site, SiteDomain, Sites


class EmergencySites(pulumi.ComponentResource):
    """
    The sites of a file.

    Each site is an EmergencyAddress, each number a NumberEmergencyBinding, each SIP domain a
    SipDomainEmergency. Names come from the file's keys: `<name>-<site>`, `<name>-<number>`,
    `<name>-<domain>`. So the order in the file means nothing, and a number that moves to another site is an
    update of its binding.

    An edit that drops more than a fifth of the numbers, and at least three, is refused in preview unless
    `allow_removals` is their exact count. The numbers of the last `pulumi up` are remembered in the stack's
    own state, by a child named `<name>-numbers` that stands for nothing at Twilio. Removing the component, or
    `pulumi destroy`, is not held up.

    Attributes:
        sites: By key: `address_sid`, `phone_numbers` and `domain_names`.
        numbers: By E.164 number: `site`, `number_sid`, `address_sid` and `emergency_address_status`.

    """

    sites: pulumi.Output[dict[str, dict[str, Any]]]
    numbers: pulumi.Output[dict[str, dict[str, str]]]

    def __init__(
        self,
        name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        file: str | Path,
        wait_for_registration: bool | None = None,
        take_over: bool | None = None,
        allow_removals: int = 0,
    ) -> None:
        """
        Declare the sites of a file.

        Args:
            name: Resource name, and the beginning of its children's.
            opts: As on any component; providers and `protect` are inherited by the children.
            file: YAML (.yaml, .yml, .json) or CSV (.csv); relative to the program's folder.
            wait_for_registration: As on NumberEmergencyBinding, for all numbers.
            take_over: As on NumberEmergencyBinding, for all numbers.
            allow_removals: The exact count of numbers that this edit drops, where they are more than a fifth.
                To be taken out again after its `pulumi up`.

        Raises:
            pulumi.RunError: The file has problems; the text has a line for each.

        """
        sites = _load(file)
        super().__init__("twilio-emergency:index:EmergencySites", name, None, opts)
        self._name = name
        self._bindings: dict[str, NumberEmergencyBinding] = {}
        self._wait_for_registration, self._take_over = wait_for_registration, take_over
        brake = _RemovalBrake(
            f"{name}-numbers", sites, str(file), allow_removals, pulumi.ResourceOptions(parent=self)
        )
        # Nothing of the edit begins before the brake has let it pass.
        self._child = pulumi.ResourceOptions(parent=self, depends_on=[brake])
        addresses = {site.key: self._bind(site) for site in sites}
        for site in sites:
            for domain in site.domains:
                self._switch_on(site, domain)
        self.sites = pulumi.Output.all(*(address.sid for address in addresses.values())).apply(
            lambda sids: {site.key: _site(site, sid) for site, sid in zip(sites, sids, strict=True)}
        )
        self.numbers = self._numbers(sites, addresses)
        self.register_outputs({"sites": self.sites, "numbers": self.numbers})

    def _bind(self, site: Site) -> EmergencyAddress:
        where = site.address
        address = EmergencyAddress(
            f"{self._name}-{site.key}",
            self._child,
            customer_name=where.customer_name,
            street=where.street,
            street_secondary=where.street_secondary or None,
            city=where.city,
            region=where.region,
            postal_code=where.postal_code,
            iso_country=where.iso_country,
            friendly_name=site.friendly_name,
            on_correction=site.on_correction,
            account_sid=site.account_sid,
        )
        for number in site.numbers:
            self._bindings[number.phone_number] = NumberEmergencyBinding(
                f"{self._name}-{number.phone_number}",
                self._child,
                phone_number=number.phone_number,
                address_sid=address.sid,
                account_sid=site.account_sid,
                wait_for_registration=self._wait_for_registration,
                take_over=self._take_over,
            )
        return address

    def _switch_on(self, site: Site, domain: SiteDomain) -> None:
        caller = self._bindings[domain.emergency_caller].number_sid if domain.emergency_caller else None
        SipDomainEmergency(
            f"{self._name}-{domain.domain_name}",
            self._child,
            domain_name=domain.domain_name,
            emergency_caller_sid=caller,
            account_sid=site.account_sid,
        )

    def _numbers(
        self, sites: Sites, addresses: dict[str, EmergencyAddress]
    ) -> pulumi.Output[dict[str, dict[str, str]]]:
        # Three flat lists: a mapping of mappings of outputs costs seconds for a thousand numbers.
        site_of = {number.phone_number: site.key for site in sites for number in site.numbers}
        values = pulumi.Output.all(
            pulumi.Output.all(*(address.sid for address in addresses.values())),
            pulumi.Output.all(*(each.number_sid for each in self._bindings.values())),
            pulumi.Output.all(*(each.emergency_address_status for each in self._bindings.values())),
        )

        def by_number(found: list[list[str]]) -> dict[str, dict[str, str]]:
            address_of = dict(zip(addresses, found[0], strict=True))
            return {
                name: {
                    "site": site_of[name],
                    "number_sid": number_sid,
                    "address_sid": address_of[site_of[name]],
                    "emergency_address_status": status,
                }
                for name, number_sid, status in zip(self._bindings, found[1], found[2], strict=True)
            }

        return values.apply(by_number)


def _load(file: str | Path) -> Sites:
    try:
        return load(file)
    except SitesFileError as error:
        # Pulumi shows this one without a traceback.
        raise pulumi.RunError(str(error)) from None


def _site(site: Site, address_sid: str) -> dict[str, Any]:
    return {
        "address_sid": address_sid,
        "phone_numbers": [number.phone_number for number in site.numbers],
        "domain_names": [domain.domain_name for domain in site.domains],
    }


class _RemovalBrake(pulumi.dynamic.Resource, module="twilio", name="EmergencySitesNumbers"):
    """The numbers of the last `pulumi up`, kept in state so that the next preview can count what is gone."""

    def __init__(
        self, name: str, sites: Sites, file: str, allow_removals: int, opts: pulumi.ResourceOptions
    ) -> None:
        props = {"numbers": sorted(sites.phone_numbers), "file": file, "allow_removals": allow_removals}
        super().__init__(providers.site_numbers(), name, props, opts)
