"""
The way to Twilio, and the only place that imports its helper library.

`settings` says who we are there, `governor` how every request travels, `gateway` what is asked and answered.
"""

from pulumi_twilio_emergency.twilio_gateway.gateway import TwilioGateway, connect
from pulumi_twilio_emergency.twilio_gateway.governor import Governor, Limits
from pulumi_twilio_emergency.twilio_gateway.settings import Settings

__all__ = ["Governor", "Limits", "Settings", "TwilioGateway", "connect"]
