"""
For tests of infrastructure repositories: a Twilio that runs as long as a test does.

Installed with `pulumi-twilio-emergency[emulator]`; pytest finds it by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twilio_emulator.faults import Faults
    from twilio_emulator.traffic import Traffic
    from twilio_emulator.world import World


@dataclass(frozen=True)
class RunningTwilio:
    """
    A running emulator with one account.

    Attributes:
        url: Where it listens; the account's twilio:apiUrl.
        world: What exists, and what others do to it.
        faults: Trouble to come.
        app: The API itself; `most_in_flight` says how many requests were under way at once.
        account_sid: The account.
        auth_token: Its token.

    """

    url: str
    world: World
    faults: Faults
    app: Traffic
    account_sid: str
    auth_token: str

    @property
    def env(self) -> dict[str, str]:
        """The environment variables with which a program finds it."""
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_API_URL": self.url,
        }


@pytest.fixture
def twilio_emulator() -> Iterator[RunningTwilio]:
    """Run an emulator on a free port of this machine."""
    from twilio_emulator.app import create_app  # noqa: PLC0415 - Flask is loaded only where it is used
    from twilio_emulator.server import serve  # noqa: PLC0415
    from twilio_emulator.world import World  # noqa: PLC0415

    world = World()
    account = world.add_account()
    app = create_app(world)
    with serve(app) as server:
        yield RunningTwilio(server.url, world, app.faults, app, account.sid, account.auth_token)
