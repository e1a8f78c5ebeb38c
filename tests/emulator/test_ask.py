"""Asking: for every position of every switch, asking an emulator set to it gives that position back."""

from __future__ import annotations

import signal
from urllib.parse import unquote, urlsplit

import pytest

from emulator.clients import KNOWN
from twilio_emulator import ManualClock, Pace, Seed, Switches, World, create_app
from twilio_emulator.ask.account import Account, UnusableError
from twilio_emulator.ask.inquiry import Inquiry
from twilio_emulator.ask.interruption import StopSignals
from twilio_emulator.ask.lending import Loan, Workbench
from twilio_emulator.messages import ConnectionCutError, Request

PLACE = {name: value for name, value in KNOWN.items() if name not in {"friendly_name", "emergency_enabled"}}
POSITIONS = [(name, value) for name, values in Switches.choices().items() for value in values]


class Asked:
    """An emulator with everything that may be lent, and an inquiry at it."""

    def __init__(self, **without):
        self.world = World(ManualClock())
        self.world.pace(registration=Pace.after(20), unregistration=Pace.after(20))
        account = self.world.add_account()
        self.app = create_app(self.world)
        self.others = self.world.add_address(**KNOWN)
        loan = {
            "number": self.world.add_number("+14155550100"),
            "address": PLACE,
            "never_bound": self.world.add_number("+14155550101"),
            "failed": (
                self._in_trouble(2, "registration-failure"),
                self._in_trouble(3, "registration-failure"),
            ),
            "stuck": self._in_trouble(4, "unregistration-failure"),
            "toll_free": self.world.add_number("+18885550105"),
        }
        clock = self.world.clock
        asked = Account(
            "http://emulator.invalid",
            account.sid,
            account.sid,
            account.auth_token,
            self.send,
            clock.sleep,
            clock.now,
        )
        self.bench = Workbench(asked, Loan(**{**loan, **without}), pause=5.0)

    def _in_trouble(self, digit, status):
        number = self.world.add_number(f"+1415555010{digit}")
        self.world.rebind(number, self.others)
        self.world.rebind(number, self.others, status)
        return number

    def send(self, method, url, headers, body):
        parts = urlsplit(url)
        lower = {name.lower(): value for name, value in headers.items()}
        answer = self.app.answer(Request(method, unquote(parts.path), parts.query, lower, body))
        if answer.ending == "in-the-middle":
            raise ConnectionCutError("closed")
        return answer.status, answer.body

    @property
    def is_as_it_was(self):
        numbers = {each["phone_number"][-1]: each for each in self.world.numbers()}
        statuses = [numbers[digit].get("emergency_address_status") for digit in "015"]
        return (
            [each["sid"] for each in self.world.addresses()] == [self.others]
            and self.world.domains() == []
            and set(statuses) <= {None, "unregistered"}
            and numbers["0"]["friendly_name"] == "(415) 555-0100"
        )

    def ask(self):
        return Inquiry(self.bench).run()


@pytest.mark.parametrize(("name", "position"), POSITIONS)
def test_asking_gives_every_position_back(name, position):
    asked = Asked()
    asked.world.switches.set(name, position)

    found = asked.ask()

    defaults = {each: positions[0] for each, positions in Switches.choices().items()}
    assert found.positions == {**defaults, name: position}
    assert found.unsettled == {}


@pytest.mark.parametrize(("name", "position"), POSITIONS)
def test_asking_undoes_what_it_did(name, position):
    asked = Asked()
    asked.world.switches.set(name, position)

    found = asked.ask()

    assert [each["sid"] for each in asked.world.addresses()] == [asked.others]
    assert asked.world.domains() == []
    own = asked.world.number(asked.bench.loan.number)
    assert own["emergency_address_status"] == "unregistered"
    assert (own["emergency_address_sid"], own["friendly_name"]) == (None, "(415) 555-0100")
    held = [each for each in asked.world.numbers() if each.get("emergency_address_status") == "registered"]
    assert held == []
    if (name, position) != ("leaving_failure", "stays"):
        assert found.left == []


def test_findings_are_a_file_that_the_command_loads():
    asked = Asked()
    for name, positions in Switches.choices().items():
        asked.world.switches.set(name, positions[-1])
    del_free = {"delete_of_used_address": "21625", "leaving_failure": "as-usual"}
    asked.world.switches.set_all(del_free)

    text = asked.ask().text()

    loaded = World()
    Seed.of_switches(text, "found.yaml").apply(loaded, asked.app.faults)
    assert loaded.switches == asked.world.switches


def test_question_without_a_lent_object_stays_open_and_is_named():
    asked = Asked(failed=(), stuck=None, toll_free=None, never_bound=None)

    found = asked.ask()

    assert found.unsettled == {
        "never_bound_status": "needs --never-bound",
        "rebind_after_failure": "needs --failed",
        "leaving_failure": "needs --failed",
        "unregistration_failure": "needs --stuck",
        "toll_free": "needs --toll-free",
    }
    assert len(found.positions) == len(Switches.choices()) - 5
    assert "# toll_free: not settled: needs --toll-free\n" in found.text()


def test_without_a_failed_number_an_unfit_address_may_make_one():
    asked = Asked(failed=())
    asked.world.switches.set("unfit_address", "registration-failure")
    asked.world.switches.set("rebind_after_failure", "refused")

    found = asked.ask()

    assert found.positions["rebind_after_failure"] == "refused"
    assert found.positions["leaving_failure"] == "as-usual"
    assert found.left == []


def test_number_in_use_is_left_alone():
    asked = Asked()
    number = asked.bench.loan.number
    asked.world.rebind(number, asked.others)
    before = asked.world.number(number)

    with pytest.raises(UnusableError, match="has an emergency address already: registered"):
        asked.ask()

    assert asked.world.number(number) == before
    assert {each.method for each in asked.world.requests} == {"GET"}


def test_address_that_is_not_known_ends_it_and_leaves_nothing():
    asked = Asked(address={**PLACE, "street": "1 NOWHERE ST"})

    found = asked.ask()

    assert found.ended.startswith("creating Addresses was refused: HTTP 400, code 21628")
    assert [each["sid"] for each in asked.world.addresses()] == [asked.others]


@pytest.mark.parametrize("pace", [Pace.never(), Pace.failing(3)])
def test_number_that_does_not_register_ends_it_and_says_so(pace):
    asked = Asked()
    asked.world.pace_for(asked.bench.loan.number, registration=pace)

    found = asked.ask()

    assert found.positions["large_page"] == "20007"
    assert "the inquiry ended before: PN" in found.unsettled["direct_swap"]
    assert [each["sid"] for each in asked.world.addresses()] == [asked.others]


def test_too_many_requests_are_waited_out():
    asked = Asked()
    asked.app.faults.add("429 every=3")

    assert asked.ask().unsettled == {}


@pytest.mark.parametrize("k", range(3, 140, 4))
@pytest.mark.parametrize("fault", ["cut after={}", "cut before={}", "cut middle={}", "500 at={} processed"])
def test_lost_answer_leaves_nothing_behind(fault, k):
    asked = Asked()
    asked.app.faults.add(fault.format(k))

    found = asked.ask()

    assert asked.is_as_it_was
    assert found.left == []


@pytest.mark.parametrize("path", ["/Addresses$", "/Domains$"])
@pytest.mark.parametrize(
    "fault", ["cut after=1", "500 at=1 processed", "reset after=1", "503 at=1 processed"]
)
def test_creation_whose_answer_is_lost_is_found_and_deleted(fault, path):
    asked = Asked()
    asked.app.faults.add(f"{fault} method=POST path={path}")

    found = asked.ask()

    assert asked.is_as_it_was
    assert found.left == []
    assert found.ended or "503" in fault


@pytest.mark.parametrize("k", range(3, 120, 5))
def test_interruption_anywhere_is_undone_and_keeps_what_was_found(k):
    asked = Asked()

    told = []
    asked.app.faults.before(k, lambda: signal.raise_signal(signal.SIGTERM))
    asked.app.faults.before(k + 3, lambda: signal.raise_signal(signal.SIGINT))

    with StopSignals(told.append) as signals:
        found = Inquiry(asked.bench, before_undoing=signals.hold).run()

    assert found.interrupted or found.ended is None
    assert found.ended in {None, "interrupted by SIGTERM", "interrupted by SIGINT"}
    assert set(told) <= {"still undoing; wait, or something of this inquiry is left behind"}
    assert asked.is_as_it_was
    assert set(found.positions) | set(found.unsettled) == set(Switches.choices())
    assert found.left == []


def test_what_cannot_be_deleted_or_listed_is_named():
    asked = Asked()
    asked.app.faults.add("401 every=1 method=DELETE")
    asked.app.faults.add("401 every=1 method=GET path=/Domains$")

    left = asked.ask().left

    assert any(each.startswith("/Addresses/AD") and "HTTP 401, code 20003" in each for each in left)
    assert any("look for the friendly name twilio-emulator ask " in each for each in left)
