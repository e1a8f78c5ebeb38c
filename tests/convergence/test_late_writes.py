"""A change that Twilio carries out late, after its repeat and what follows, is warned of and put right."""

from __future__ import annotations

import pytest
import requests

from support.handler_commands import URL, Twilio, binding, emergency_address
from support.places import HARRISON
from twilio_emulator import InProcessAdapter
from twilio_gateway.flaky_transport import answer

NUMBER = "+14155550100"


class HoldingAdapter(InProcessAdapter):
    """Holds the first clearing of a number back, and answers it as something on the way does."""

    def __init__(self, app, answers) -> None:
        super().__init__(app)
        self.answers = answers
        self.held = []

    def send(self, request, **more):
        if request.body != "EmergencyAddressSid=" or self.held:
            return super().send(request, **more)
        self.held.append(request)
        return self.answers(request)

    def carry_out(self):
        super().send(self.held[0], timeout=30)


def gateway_timeout(request):
    made = answer(504, "<html>Gateway Timeout</html>")
    made.request, made.url = request, request.url
    return made


def cut(_request):
    raise requests.exceptions.ConnectionError(ConnectionResetError(104, "Connection reset by peer"))


class InterceptedTwilio(Twilio):
    """An emulator behind something that answers in its place."""

    def intercept(self, answers):
        self.adapter = HoldingAdapter(self.app, answers)

    def session(self):
        session = super().session()
        if hasattr(self, "adapter"):
            session.mount(URL, self.adapter)
        return session


@pytest.mark.parametrize("answers", [gateway_timeout, cut])
def test_clearing_that_is_carried_out_late_is_warned_of_seen_by_preview_and_put_right(answers):
    twilio = InterceptedTwilio()
    number = twilio.world.add_number(NUMBER)
    here, there, desk = emergency_address("here"), emergency_address("there"), binding()
    first = twilio.command()
    first.up(here, **HARRISON)
    first.up(there, **HARRISON | {"customer_name": "Other"})
    first.up(desk, number_sid=number, address_sid=here.id)
    first.finish()
    assert first.warnings() == []

    twilio.intercept(answers)
    second = twilio.command()
    second.up(desk, number_sid=number, address_sid=there.id)
    second.finish()
    assert twilio.coverage(number) == (there.id, "registered")
    *_, (name, last_word) = second.screen.warnings
    assert name == ""
    assert last_word.startswith(
        f"Twilio has not said what came of changes that were sent to number {NUMBER} ({number}).\n"
    )

    twilio.adapter.carry_out()
    assert twilio.coverage(number) == (None, "unregistered")
    program = {"number_sid": number, "address_sid": there.id}
    third = twilio.command()
    assert third.preview(desk, **program) == "update"
    [warning] = third.warnings(desk)
    assert "was found unregistered, not registered as in Pulumi's state" in warning
    twilio.command().up(desk, **program)
    assert twilio.coverage(number) == (there.id, "registered")
