"""The sites of a file: 30 places, their numbers, and two SIP domains."""

import pulumi

from pulumi_twilio_emergency import EmergencySites

voice = EmergencySites("voice", file="sites.yaml")

pulumi.export("boston", voice.sites["boston"])
