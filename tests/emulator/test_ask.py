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

    def surprises(self, left):
        """Return what is left besides what the plan announces: failed numbers registered, stuck ones free."""
        loan, had = self.bench.loan, f"with {self.others}"
        announced = {
            f"{each}: it is registered {had} now; it was registration-failure {had}" for each in loan.failed
        }
        announced.add(
            f"{loan.stuck}: it is unregistered without an address now; it was unregistration-failure {had}"
        )
        return [each for each in left if each not in announced]


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
    cleared = None if asked.world.switches.cleared_sid == "null" else ""
    assert own["emergency_address_status"] == "unregistered"
    assert (own["emergency_address_sid"], own["friendly_name"]) == (cleared, "(415) 555-0100")
    held = {
        each["sid"]: each
        for each in asked.world.numbers()
        if each["emergency_address_status"] == "registered"
    }
    assert held.keys() <= set(asked.bench.loan.failed)
    assert {each["emergency_address_sid"] for each in held.values()} <= {asked.others}
    assert asked.surprises(found.left) == []
    assert all(any(left.startswith(sid) for left in found.left) for sid in held)


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

    with pytest.raises(UnusableError, match=r"has an emergency address already: AD[0-9a-f]*, registered"):
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
    assert asked.surprises(found.left) == []


@pytest.mark.parametrize("path", ["/Addresses$", "/Domains$"])
@pytest.mark.parametrize(
    "fault", ["cut after=1", "500 at=1 processed", "reset after=1", "503 at=1 processed"]
)
def test_creation_whose_answer_is_lost_is_found_and_deleted(fault, path):
    asked = Asked()
    asked.app.faults.add(f"{fault} method=POST path={path}")

    found = asked.ask()

    assert asked.is_as_it_was
    assert asked.surprises(found.left) == []
    assert found.ended or "503" in fault


@pytest.mark.parametrize("k", range(8, 120, 5))
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
    assert asked.surprises(found.left) == []


def test_what_cannot_be_deleted_or_listed_is_named():
    asked = Asked()
    asked.app.faults.add("401 every=1 method=DELETE")
    asked.app.faults.add("401 every=1 method=GET path=/Domains$")

    left = asked.ask().left

    assert any(each.startswith("/Addresses/AD") and "HTTP 401, code 20003" in each for each in left)
    assert any("look for the friendly name twilio-emulator ask " in each for each in left)


LOANS = {
    "number": "--number",
    "never_bound": "--never-bound",
    "failed": "--failed",
    "stuck": "--stuck",
    "toll_free": "--toll-free",
}


@pytest.mark.parametrize(
    ("lent", "status", "sentence"),
    [
        ("number", "registered", "has an emergency address already: AD"),
        ("number", "registration-failure", "has an emergency address already: AD"),
        ("never_bound", "registered", "has an emergency address already: AD"),
        ("toll_free", "registered", "has an emergency address already: AD"),
        (
            "toll_free",
            "pending-unregistration",
            "has an emergency address already: none shown, pending-unreg",
        ),
        ("failed", "registered", "must be registration-failure, and is registered"),
        ("failed", "unregistered", "must be registration-failure, and is unregistered"),
        ("stuck", "registered", "must be unregistration-failure, and is registered"),
    ],
)
def test_lent_number_in_another_state_ends_it_before_anything_is_written(lent, status, sentence):
    asked = Asked()
    sid = getattr(asked.bench.loan, lent)
    sid = sid[-1] if lent == "failed" else sid
    has_one = status not in {"unregistered", "pending-unregistration"}
    asked.world.rebind(sid, asked.others if has_one else None, status)
    before = asked.world.numbers()

    with pytest.raises(UnusableError, match=f"^{LOANS[lent]}: number {sid} {sentence}"):
        asked.ask()

    assert asked.world.numbers() == before
    assert {each.method for each in asked.world.requests} == {"GET"}


def test_local_number_lent_as_toll_free_is_refused():
    asked = Asked()
    local = asked.world.add_number("+14155550109")
    asked = Asked(toll_free=local, stuck=None)
    asked.world.add_number("+14155550109", sid=local)

    with pytest.raises(UnusableError, match=f"^--toll-free: number {local} is not toll-free$"):
        asked.ask()


def test_number_lent_twice_is_refused():
    asked = Asked()
    sid = asked.bench.loan.number
    asked = Asked(stuck=sid)

    with pytest.raises(UnusableError, match=f"^number {sid} is lent twice: --number and --stuck$"):
        asked.ask()


def test_stuck_number_that_refuses_the_address_stays_as_it_was():
    asked = Asked()
    before = asked.world.number(asked.bench.loan.stuck)

    asked.ask()

    assert asked.world.number(asked.bench.loan.stuck) == before


def test_failed_number_gets_its_address_back_and_its_other_status_is_named():
    asked = Asked()
    first, second = asked.bench.loan.failed
    asked.world.pace_for(second, registration=Pace.failing(3))

    found = asked.ask()

    rows = [asked.world.number(sid) for sid in (first, second)]
    assert [row["emergency_address_sid"] for row in rows] == [asked.others, asked.others]
    assert [row["emergency_address_status"] for row in rows] == ["registered", "registration-failure"]
    had = f"with {asked.others}"
    assert found.left == [f"{first}: it is registered {had} now; it was registration-failure {had}"]
    assert f"# Not undone: {found.left[0]}\n" in found.text()
    assert not found.is_complete


def test_requested_question_that_is_not_settled_is_not_complete():
    asked = Asked(failed=(), stuck=None)
    assert asked.ask().is_complete

    asked = Asked(failed=(), stuck=None)
    asked.world.pace_for(asked.bench.loan.toll_free, registration=Pace.never())
    found = asked.ask()

    assert list(found.unsettled.keys() - found.not_asked) == ["toll_free"]
    assert not found.is_complete


def test_single_failed_number_asks_one_question_and_not_the_other():
    asked = Asked()
    asked = Asked(failed=asked.bench.loan.failed[:1])

    found = asked.ask()

    assert found.positions["rebind_after_failure"] == "accepted"
    assert found.not_asked == {"leaving_failure"}


def test_twilio_that_stops_answering_ends_the_undoing_within_minutes_and_all_is_named():
    asked = Asked()
    world = asked.world
    inner = asked.bench.account.send
    frozen_at = []

    def send(method, url, headers, body):
        if len(world.requests) >= 55:
            frozen_at.append(world.clock.now())
            world.clock.sleep(30)
            raise TimeoutError("timed out")
        return inner(method, url, headers, body)

    asked.bench.account.send = send
    found = asked.ask()

    assert world.clock.now() - frozen_at[0] < 360
    for sid in asked.bench.used:
        (said,) = [left for left in found.left if left.startswith(f"{sid}: ")]
        assert "; it was " in said
    for path in asked.bench.made:
        assert any(left.startswith(f"{path.removesuffix('.json')}: ") for left in found.left)


def test_nearly_right_address_shows_the_suggestion_to_the_operator_and_not_in_the_file():
    asked = Asked(address={**PLACE, "postal_code": "94107"})

    found = asked.ask()

    assert "PostalCode: 94105" in found.hint
    assert "HARRISON" not in found.text()
