"""Error answers, in JSON or in XML."""

from __future__ import annotations

import json

from twilio_emulator import wire, xml_format
from twilio_emulator.messages import JSON, XML, Answer
from twilio_emulator.records import Refusal

CHALLENGE = {"WWW-Authenticate": 'Basic realm="Twilio API"'}


def authenticate() -> Refusal:
    """Return the error for whoever may not come in."""
    return Refusal(401, 20003, "Authenticate", dict(CHALLENGE))


def refused(refusal: Refusal, *, as_xml: bool = False) -> Answer:
    """Return an error as it is answered."""
    body = wire.error(refusal)
    if as_xml:
        return Answer(refusal.status, xml_format.error(body).encode(), XML, dict(refusal.headers))
    return Answer(refusal.status, json.dumps(body).encode(), JSON, dict(refusal.headers))
