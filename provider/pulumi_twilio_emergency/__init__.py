"""
Pulumi resources that keep Twilio emergency (911/999) addresses declared, reviewed and verified.

A program imports what is listed in `__all__`, and nothing else here is public. Each package may import those
below it and none above (the import contracts in pyproject.toml):

- `cli`: the command `twilio-emergency`.
- `audit`, `adopt`: an account compared with what is declared; an account written down as it is.
- `sites`: sites in a YAML or CSV file, and the component that declares them.
- `resources`: what a Python program declares.
- `providers`: the classes that states name; thin, and never moved.
- `hosts`: how an engine reaches the handlers.
- `handlers`: check, diff, create, read, update and delete of each resource.
- `session`: what the calls of one command share, and the texts of errors.
- `twilio_gateway`: requests to Twilio and what is believed of the answers.
- `core`: every decision about emergencies.
"""

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
