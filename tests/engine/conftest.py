"""A stack that is in force, made once and copied for each test that begins with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from engine.invariants import Moment, broken_invariants, everything_is_in_force, nothing_is_in_force
from support.stack import Ran, Stack
from twilio_emulator import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from twilio_emulator.pytest_plugin import RunningTwilio
    from twilio_emulator.world import World

NUMBERS = ("+14155550100", "+14155550101", "+14155550102")
DOMAIN = "example.sip.twilio.com"
OVERRIDE = "TWILIO_EMERGENCY_ALLOW_UNSAFE"
_TEMPLATE = """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US"{office})
desk = NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid{desk})
lobby = NumberEmergencyBinding("lobby", phone_number="+14155550101", address_sid=office.sid{lobby})
phones = SipDomainEmergency("phones", domain_name="example.sip.twilio.com", emergency_caller_sid=desk.number_sid{phones})
"""
ALL = ("office", "desk", "lobby", "phones")


def program(**options: str) -> str:
    """Return the base program, with resource options for some of its resources."""
    given = {name: f", opts=pulumi.ResourceOptions({text})" for name, text in options.items()}
    return _TEMPLATE.format(**{name: given.get(name, "") for name in ALL})


PROGRAM = program()
_ADDRESS_FIELDS = (
    "customer_name", "friendly_name", "street", "street_secondary", "city", "region", "postal_code", "iso_country",
)  # fmt: skip


def rows(table: Iterable[Any]) -> list[Any]:
    """Return a table's rows as pytest's parameters, by their ids; the slow ones are marked."""
    return [pytest.param(row, id=row.id, marks=[pytest.mark.slow] if row.slow else []) for row in table]


@dataclass
class Copy:
    """A stack that is in force, and the Twilio that it is in force at."""

    stack: Stack
    twilio: RunningTwilio

    @property
    def world(self) -> World:
        return self.twilio.world

    def moment(self) -> Moment:
        return Moment.now(self.stack, self.world)

    def judge(
        self, before: Moment, ran: Ran, *, kept: Iterable[str] = (), elsewhere: Iterable[dict] = ()
    ) -> None:
        """Check what must hold after every command."""
        broken = broken_invariants(before, ran, self.stack.entries(), kept=kept, elsewhere=elsewhere)
        assert broken == [], "\n".join([*broken, ran.text])

    def converges_by_up(self, *flags: str) -> None:
        """Make sure that the next `up` brings everything about, and leaves nothing to do."""
        before = self.moment()
        ran = self.stack.up(*flags)
        self.judge(before, ran)
        everything_is_in_force(self.stack, self.world)
        self.stack.has_nothing_to_do()

    def converges_by_taking_back(self) -> None:
        """
        Make sure that numbers at an address which state has lost are refused, and taken back when told to.

        Another stack of this name may have made that address: nobody but the operator can know.
        """
        before, bound = self.moment(), self.addresses_of_numbers()
        refused = self.stack.run("up", "--yes", expect=1)
        assert f"{OVERRIDE}=1" in refused.errors, refused.text
        assert before.writes() == [], "preview refuses it already"
        ran = self.stack.up(env={OVERRIDE: "1"})
        self.judge(before, ran)
        assert self.addresses_of_numbers() == bound
        assert [
            line for line in before.writes() if "/Addresses" in line or "/IncomingPhoneNumbers/" in line
        ] == []
        everything_is_in_force(self.stack, self.world)
        self.stack.has_nothing_to_do()

    def converges_by_adopting(self) -> None:
        """Make sure that `up` takes state for lost, and says so, where Pulumi was told to skip checkpoints."""
        before = self.moment()
        ran = self.stack.up(env={"PULUMI_SKIP_CHECKPOINTS": "true"})
        assert "Took over" in ran.errors, ran.text
        self.judge(before, ran)
        assert [line for line in before.writes() if "/Domains/" not in line] == []
        everything_is_in_force(self.stack, self.world)
        self.stack.has_nothing_to_do()

    def addresses_of_numbers(self) -> dict[str, str | None]:
        """Return the address that each number points at."""
        return {row["sid"]: row.get("emergency_address_sid") for row in self.world.numbers()}

    def converges_by(self, then: str) -> None:
        """Go on with `up`, `destroy`, or the `up` that takes back what state has lost."""
        ways = {
            "up": self.converges_by_up,
            "destroy": self.converges_by_destroy,
            "up that takes back": self.converges_by_taking_back,
            "up without checkpoints": self.converges_by_adopting,
        }
        ways[then]()

    def converges_by_destroy(self) -> None:
        """Make sure that the next `destroy` takes everything down."""
        ran = self.stack.destroy()
        assert self.stack.entries() == []
        nothing_is_in_force(self.world)
        assert "Traceback" not in ran.text


def set_pace(world: World) -> None:
    """Let registrations be seen pending, and not for long."""
    world.pace(registration=Pace.after(0.3), unregistration=Pace.after(0.3))


def _given(row: dict, *names: str) -> dict:
    return {name: row[name] for name in names if row.get(name) is not None}


@dataclass
class Base:
    """The stack that is copied, and what its Twilio holds."""

    stack: Stack
    env: dict[str, str]
    numbers: list[dict]
    domains: list[dict]
    addresses: list[dict]

    def seed(self, world: World) -> None:
        """Let another Twilio hold the same."""
        account = {"account_sid": self.env["TWILIO_ACCOUNT_SID"]}
        if account["account_sid"] not in world.accounts:
            world.add_account(account["account_sid"], self.env["TWILIO_AUTH_TOKEN"])
        for row in self.addresses:
            world.add_address(sid=row["sid"], **account, **_given(row, *_ADDRESS_FIELDS))
        for row in self.numbers:
            fields = _given(row, "emergency_address_sid", "emergency_address_status")
            world.add_number(row["phone_number"], sid=row["sid"], **account, **fields)
        for row in self.domains:
            fields = _given(row, "emergency_calling_enabled", "emergency_caller_sid")
            world.add_domain(row["domain_name"], sid=row["sid"], **account, **fields)
        set_pace(world)


def made_base(
    folder: Path,
    engine: Path,
    text: str,
    *,
    numbers: Iterable[str],
    domain: str | None = None,
    env: dict[str, str],
) -> Base:
    """Bring a program into force, with a Twilio of its own that ends with it."""
    from twilio_emulator.app import create_app
    from twilio_emulator.server import serve
    from twilio_emulator.world import World

    world = World()
    account = world.add_account()
    for number in numbers:
        world.add_number(number)
    if domain is not None:
        world.add_domain(domain)
    world.pace(registration=Pace.at_once(), unregistration=Pace.at_once())
    settings = {"TWILIO_ACCOUNT_SID": account.sid, "TWILIO_AUTH_TOKEN": account.auth_token}
    with serve(create_app(world)) as server:
        stack = Stack(folder, engine, {**settings, "TWILIO_API_URL": server.url})
        stack.program(text)
        stack.up("--parallel", "128", env=env)
        everything_is_in_force(stack, world)
    return Base(stack, settings, world.numbers(), world.domains(), world.addresses())


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> Base:
    """Bring the program into force once."""
    return made_base(tmp_path_factory.mktemp("base"), engine, PROGRAM, numbers=NUMBERS, domain=DOMAIN, env={})


@pytest.fixture
def copies(base: Base, engine: Path, twilio: RunningTwilio) -> Iterator[Callable[[Path], Copy]]:
    """Return what makes a copy of the base in a folder; one for each test, as there is one Twilio."""
    made: list[Stack] = []

    def copied(folder: Path) -> Copy:
        base.seed(twilio.world)
        stack = Stack(folder, engine, {**base.env, "TWILIO_API_URL": twilio.url}, copy_of=base.stack)
        made.append(stack)
        return Copy(stack, twilio)

    yield copied
    for stack in made:
        stack.close()


@pytest.fixture
def covered(copies: Callable[[Path], Copy], tmp_path: Path) -> Copy:
    """Return a stack whose address, two bindings and domain are in force."""
    return copies(tmp_path)
