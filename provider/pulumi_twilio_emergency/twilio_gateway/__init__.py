"""
The way to Twilio, and the only package that imports its helper library.

`settings` says who we are there, `gateway` what is asked, `answers` what counts as an answer, `governor` how
every request travels (`slots` in what order, `exchange` on the wire), `errors` what a failed one means, and
`printable` makes text of others safe to show. What an answer means for an emergency call belongs in `core`,
and the operator's text for an error in `session`.
"""

from pulumi_twilio_emergency.twilio_gateway.gateway import TwilioGateway, connect
from pulumi_twilio_emergency.twilio_gateway.governor import Governor, LateWrite, Limits
from pulumi_twilio_emergency.twilio_gateway.printable import printable
from pulumi_twilio_emergency.twilio_gateway.settings import Settings

__all__ = ["Governor", "LateWrite", "Limits", "Settings", "TwilioGateway", "connect", "printable"]
