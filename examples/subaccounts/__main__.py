"""Emergency addresses in an account and two of its subaccounts, with the auth token of the account."""

from __future__ import annotations

import pulumi

from pulumi_twilio_emergency import EmergencyAddress, NumberEmergencyBinding, SipDomainEmergency


class Office(pulumi.ComponentResource):
    """One address, the numbers that show it, and perhaps a SIP domain that calls as the first of them."""

    def __init__(
        self,
        name: str,
        address: dict[str, str],
        phone_numbers: list[str],
        *,
        domain_name: str | None = None,
        account_sid: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it, in the subaccount `account_sid` or in the account of the credentials."""
        super().__init__("example:index:Office", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        place = EmergencyAddress(name, **address, account_sid=account_sid, opts=child)
        bindings = [
            NumberEmergencyBinding(
                f"{name}-{phone_number}",
                phone_number=phone_number,
                address_sid=place.sid,
                account_sid=account_sid,
                opts=child,
            )
            for phone_number in phone_numbers
        ]
        if domain_name is not None:
            SipDomainEmergency(
                name,
                domain_name=domain_name,
                emergency_caller_sid=bindings[0].number_sid,
                account_sid=account_sid,
                opts=child,
            )
        self.account_sid = place.account_sid
        self.register_outputs({"account_sid": self.account_sid})


config = pulumi.Config()

headquarters = Office(
    "headquarters",
    {
        "customer_name": "Acme",
        "street": "645 Harrison St",
        "city": "San Francisco",
        "region": "CA",
        "postal_code": "94105",
        "iso_country": "US",
    },
    ["+14155550100"],
)
boston = Office(
    "boston",
    {
        "customer_name": "Acme",
        "street": "1 Main St",
        "city": "Boston",
        "region": "MA",
        "postal_code": "02134",
        "iso_country": "US",
    },
    ["+16175550100", "+16175550101"],
    domain_name="boston.sip.twilio.com",
    account_sid=config.require("boston"),
)
london = Office(
    "london",
    {
        "customer_name": "Acme",
        "street": "7 Wharf Rd",
        "city": "London",
        "region": "Greater London",
        "postal_code": "N1 7GR",
        "iso_country": "GB",
    },
    ["+442079460100"],
    account_sid=config.require("london"),
)

pulumi.export("accounts", [office.account_sid for office in (headquarters, boston, london)])
