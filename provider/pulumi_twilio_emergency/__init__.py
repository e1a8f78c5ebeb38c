"""Pulumi resources that keep Twilio emergency (911/999) addresses declared, reviewed and verified."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_twilio_emergency.resources.address import EmergencyAddress, EmergencyAddressArgs
    from pulumi_twilio_emergency.resources.number_binding import (
        NumberEmergencyBinding,
        NumberEmergencyBindingArgs,
    )
    from pulumi_twilio_emergency.resources.sip_domain import SipDomainEmergency, SipDomainEmergencyArgs
    from pulumi_twilio_emergency.sites.component import EmergencySites

    __version__: str

__all__ = [
    "EmergencyAddress",
    "EmergencyAddressArgs",
    "EmergencySites",
    "NumberEmergencyBinding",
    "NumberEmergencyBindingArgs",
    "SipDomainEmergency",
    "SipDomainEmergencyArgs",
    "__version__",
]

_MODULES = {
    "EmergencyAddress": "resources.address",
    "EmergencySites": "sites.component",
    "NumberEmergencyBinding": "resources.number_binding",
    "SipDomain": "resources.sip_domain",
}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `import pulumi_twilio_emergency` costs nothing.
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("pulumi-twilio-emergency")
    if name in __all__:
        module = next(module for prefix, module in _MODULES.items() if name.startswith(prefix))
        return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
