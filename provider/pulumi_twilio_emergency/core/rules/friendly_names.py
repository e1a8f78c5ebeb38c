"""
The default friendly name of an address: the resource's name, and a tag that says whose it is.

A create whose answer was lost, or whose run was killed, is found again by it. The tag has two parts: for the
stack, one for the resource; so a binding can tell that an address is of its own stack's making.
"""

from __future__ import annotations

import base64
import hashlib
import re

from pulumi_twilio_emergency.core.model.address import NAME_LENGTH
from pulumi_twilio_emergency.core.model.urn import name_of, stack_of

_PART = 5  # characters of base32: 25 bits for the stack, 25 for the resource
_TAG = re.compile(rf"(?:^| )([a-z2-7]{{{_PART}}})\.([a-z2-7]{{{_PART}}})$")
_TAG_OF_0_1_0 = re.compile(r"(?:^| )[0-9a-f]{7}$")


def default_friendly_name(urn: str, place: str = "") -> str:
    """
    Return the name by which a resource's address finds itself again, within what Twilio takes.

    Args:
        urn: The resource's URN; empty in a host that does not show it.
        place: Tells addresses apart where there is no URN.

    """
    tag = f"{_digest(stack_of(urn))}.{_digest(urn or place)}"
    return _tagged(urn, tag)


def friendly_name_of_0_1_0(urn: str) -> str:
    """Return the default name that release 0.1.0 gave: seven hexadecimal digits of the URN."""
    return _tagged(urn, hashlib.sha256(urn.encode()).hexdigest()[:7])


def is_tagged_for(friendly_name: str, urn: str) -> bool:
    """Whether the name is the default of exactly this resource, so that no other stack gives it."""
    return bool(urn) and friendly_name in {default_friendly_name(urn), friendly_name_of_0_1_0(urn)}


def is_tagged_for_stack(friendly_name: str, urn: str) -> bool:
    """Whether an address of this name was made for a resource of the stack that this URN belongs to."""
    found = _TAG.search(friendly_name)
    return bool(urn) and found is not None and found.group(1) == _digest(stack_of(urn))


def looks_like_a_default(friendly_name: str) -> bool:
    """Whether a name in state may be a default: states of release 0.1.0 do not say so themselves."""
    return bool(_TAG.search(friendly_name) or _TAG_OF_0_1_0.search(friendly_name))


def _tagged(urn: str, tag: str) -> str:
    name = re.sub(r"[^\w .()-]+", "-", name_of(urn), flags=re.ASCII).strip()
    name = " ".join(name[: NAME_LENGTH - len(tag) - 1].split())
    return f"{name} {tag}".strip()


def _digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:_PART]
