"""Emergency addresses of a Twilio account, as `twilio-emergency adopt` found them."""

import pulumi
from pulumi_twilio_emergency import (
    NumberEmergencyBinding,
)


def declare(
    *,
    # The `sid` of EmergencyAddress "salem-new-wing".
    salem_new_wing_sid: pulumi.Input[str],
) -> None:
    """Declare what needs resources that the stack has already."""
    for number in [
        "+16175550111",
    ]:
        NumberEmergencyBinding(
            number,
            phone_number=number,
            address_sid=salem_new_wing_sid,
        )
