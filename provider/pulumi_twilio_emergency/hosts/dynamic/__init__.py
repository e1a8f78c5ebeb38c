"""
Everything we know about Pulumi's Python plugin process, and nothing about Twilio.

The process that runs dynamic providers (`python -m pulumi.dynamic`) has no API for clean errors, partial
failures, progress, time limits, cancellation or more than four operations at once. Each module here gets one
of them from what the process does have, and falls back to the SDK's own behaviour where a later SDK is laid
out differently. `tests/dynamic_host` says loudly when that happens.
"""

from pulumi_twilio_emergency.hosts.dynamic.call import Call, call_in_hand
from pulumi_twilio_emergency.hosts.dynamic.failures import CleanFailure, PartialFailure
from pulumi_twilio_emergency.hosts.dynamic.interruption import Stopped, interruption
from pulumi_twilio_emergency.hosts.dynamic.provider import HostedProvider

__all__ = [
    "Call",
    "CleanFailure",
    "HostedProvider",
    "PartialFailure",
    "Stopped",
    "call_in_hand",
    "interruption",
]
