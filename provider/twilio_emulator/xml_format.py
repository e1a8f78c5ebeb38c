"""
Twilio's XML, which it answers where a path does not end in .json.

The error is the sample of the emergency calling page (read 2026-11). Of bodies and lists the documentation
shows the form no more; they are written as it used to show them: capitalised elements, a list's frame as
attributes.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_IN_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""
_ROW = {
    "accounts": "Account",
    "addresses": "Address",
    "incoming_phone_numbers": "IncomingPhoneNumber",
    "domains": "Domain",
    "dependent_phone_numbers": "DependentPhoneNumber",
}


def error(body: Mapping[str, Any]) -> str:
    """Write an error."""
    return _document(_element("RestException", body))


def row(name: str, body: Mapping[str, Any]) -> str:
    """Write one object."""
    return _document(_element(name, body))


def page(body: Mapping[str, Any]) -> str:
    """Write a page of a list."""
    (name,) = (name for name, value in body.items() if isinstance(value, list))
    frame = {key.replace("_", ""): _without_suffix(key, value) for key, value in body.items() if key != name}
    attributes = "".join(f" {key}={quoteattr(_text(value))}" for key, value in frame.items())
    rows = "".join(_element(_ROW[name], each) for each in body[name])
    return _document(f"<{_camel(name)}{attributes}>{rows}</{_camel(name)}>")


def _document(content: str) -> str:
    whole = f"<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse>{content}</TwilioResponse>"
    return _NOT_IN_XML.sub("\ufffd", whole)


def _element(name: str, value: object) -> str:
    if isinstance(value, dict):
        content = "".join(_element(_camel(key), _without_suffix(key, each)) for key, each in value.items())
    else:
        content = escape(_text(value))
    return f"<{name}>{content}</{name}>" if content else f"<{name}/>"


def _without_suffix(key: str, value: object) -> object:
    """Return a URI as XML has it, without .json (Twilio's XML samples, read 2026-11)."""
    if key == "subresource_uris" and isinstance(value, dict):
        return {name: _without_suffix("uri", each) for name, each in value.items()}
    is_uri = isinstance(value, str) and (key == "uri" or key.endswith("_uri"))
    return re.sub(r"\.json(?=$|\?)", "", str(value)) if is_uri else value


@functools.cache  # a few dozen names, a thousand times each in a list
def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
