"""
Record the states that this release leaves behind, for later releases to replay.

    python tests/state/record.py

Run it once for each release, and never touch what an earlier one has recorded.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "script")]

import engine  # noqa: E402 - after the path is known
from support.stack import Stack  # noqa: E402
from twilio_emulator import Pace, World, create_app, serve  # noqa: E402

PROGRAM = """\
office = EmergencyAddress("office", customer_name="Twilio", street="645 Harrison St.", city="San Francisco",
    region="CA", postal_code="94105", iso_country="US")
desk = NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid,
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2s")))
SipDomainEmergency("phones", domain_name="example.sip.twilio.com", emergency_caller_sid={caller})
"""
STATES = {
    "registered": (Pace.at_once(), PROGRAM.format(caller="desk.number_sid")),
    "still-pending": (Pace.never(), PROGRAM.format(caller="None")),
}


def main(release: str) -> None:
    for name, (pace, program) in STATES.items():
        world = World(seed=name)
        account = world.add_account()
        world.add_number("+14155550100")
        world.add_domain("example.sip.twilio.com")
        world.pace(registration=pace)
        with serve(create_app(world)) as server, tempfile.TemporaryDirectory() as folder:
            env = {
                "TWILIO_ACCOUNT_SID": account.sid,
                "TWILIO_AUTH_TOKEN": account.auth_token,
                "TWILIO_API_URL": server.url,
            }
            stack = Stack(Path(folder), engine.find(), env)
            stack.program(program)
            stack.up(expect=0 if name == "registered" else 1)
            state = json.loads(stack.run("stack", "export", expect=0).text)
        recorded = {
            "program": program,
            "account_sid": account.sid,
            "numbers": world.numbers(),
            "addresses": world.addresses(),
            "domains": world.domains(),
            "state": state,
        }
        target = HERE / release / f"{name}.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "0.1.0")
