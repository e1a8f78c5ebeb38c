"""
What the engine itself costs: resources that do nothing, and have the outputs that a binding has.

The engine stores, compares and sends as much for each of them, so what is left is this provider's own part.
"""

from pulumi.dynamic import CreateResult, Resource, ResourceProvider

OUTPUTS = {
    "account_sid": f"AC{'0' * 32}",
    "emergency_address_status": "registered",
    "number_sid": f"PN{'0' * 32}",
    "registered_at": "2026-11-25T00:00:00+00:00",
    "submitted_address_sid": f"AD{'0' * 32}",
    "uncovered_seconds": 0.0,
}


class FloorProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult(props["phone_number"], {**props, **OUTPUTS})


class Floor(Resource):
    def __init__(self, name, **props):
        super().__init__(FloorProvider(), name, {**dict.fromkeys(OUTPUTS), **props})
