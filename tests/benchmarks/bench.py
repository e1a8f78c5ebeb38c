"""
Compare this provider with a plain one and with the engine's own cost, on one emulator, in one run.

    make bench                        sizes 10, 100 and 1000
    make bench SIZES="--quick"        sizes 10 and 100, without the plain provider

Prints a table, and writes it with a picture into tests/benchmarks/results/. Beside each row of this provider
stands what is expected of it (expectations.py). The exit status is 1 when a row is more than a third above that.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "script")]

import engine  # noqa: E402 - after the path is known
from benchmarks import crowd, expectations, plain_provider  # noqa: E402
from benchmarks.expectations import REGISTRATION, UNREGISTRATION, Costs  # noqa: E402
from benchmarks.report import HEAD, line_of, picture, report  # noqa: E402
from benchmarks.rows import Figure, Measured  # noqa: E402
from support.processes import PeakMemory  # noqa: E402
from support.stack import Stack  # noqa: E402

PARALLEL = 1024
WORKERS_OF_THE_PLAIN_ONE = 4

OURS = """
office = EmergencyAddress("office", customer_name="Bench", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
for index in range({size}):
    NumberEmergencyBinding(f"desk-{{index}}", phone_number=f"+1415{{2000000 + index}}", address_sid=office.sid)
"""
PLAIN = """
from plain_provider import Address, Binding
sids = {sids!r}
office = Address("office", customer_name="Bench", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
for index, sid in enumerate(sids):
    Binding(f"desk-{{index}}", number_sid=sid, address_sid=office.id)
"""
FLOOR = """
from floor_provider import Floor
office = Floor("office", phone_number="office")
for index in range({size}):
    Floor(f"desk-{{index}}", phone_number=f"+1415{{2000000 + index}}", address_sid=office.id)
"""


class Twilio:
    """An emulator in a process of its own, with so many numbers."""

    def __init__(self, folder: Path, size: int, registration: float) -> None:
        seed = folder / "seed.json"
        seed.write_text(
            json.dumps({"numbers": [{"phone_number": f"+1415{2000000 + n}"} for n in range(size)]})
        )
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "twilio_emulator", "--port", "0", "--seed", str(seed),
                "--registration", f"after {registration}s", "--unregistration", f"after {UNREGISTRATION}s",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        lines = [self._process.stdout.readline() for _ in range(4)]
        self.env = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines[1:])
        self.url = self.env["TWILIO_API_URL"]

    def _asked(self, path: str):
        with urllib.request.urlopen(f"{self.url}/_emulator/{path}") as answer:
            return json.load(answer)

    def requests(self) -> Counter[str]:
        """Return the requests so far by kind."""
        kinds: Counter[str] = Counter()
        for each in self._asked("requests"):
            one = each["path"].count("/") > 3
            kinds[f"{each['method']} {'one' if one else 'list' if each['method'] == 'GET' else 'new'}"] += 1
        return kinds

    def number_sids(self) -> list[str]:
        return [row["sid"] for row in self._asked("state")["numbers"]]

    def statuses(self) -> Counter[str]:
        return Counter(row.get("emergency_address_status") for row in self._asked("state")["numbers"])

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextlib.contextmanager
def site(size: int, registration: float):
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        twilio = Twilio(folder, size, registration)
        path = os.pathsep.join((str(HERE), os.environ.get("PYTHONPATH", "")))
        stack = Stack(folder, engine.find(), {**twilio.env, "PYTHONPATH": path}, real_pip=True)
        stack.patience = 3600
        try:
            yield twilio, stack
        finally:
            stack.close()
            twilio.close()


class Side:
    """A program on an emulator of its own, whose commands are measured; `expect` says what one may take."""

    def __init__(
        self, who: str, size: int, twilio: Twilio, stack: Stack, env: dict[str, str], expect
    ) -> None:
        self.who, self.size, self.twilio, self.stack, self.env = who, size, twilio, stack, env
        self.expect = expect
        self.rows: list[Measured] = []

    def run(self, what: str) -> Measured:
        """Run a command, and return what it took."""
        command = getattr(self.stack, what)
        unchanged = ("--expect-no-changes",) if what == "preview" else ()
        before = self.twilio.requests()
        with PeakMemory(self.twilio.url) as memory:
            began = time.monotonic()
            command(*unchanged, "--parallel", str(PARALLEL), env=self.env)
            seconds = time.monotonic() - began
        requests = self.twilio.requests() - before
        return Measured(self.who, what, self.size, seconds, requests, memory.mebibytes)

    def keep(self, row: Measured) -> None:
        """Add a row to the table."""
        row.parts = self.expect(row.what)
        self.rows.append(row)
        show(row)


@contextlib.contextmanager
def side(who: str, program: str, size: int, registration: float, env: dict[str, str], expect=lambda _: {}):
    """Provide a stack with this program."""
    with site(size, registration) as (twilio, stack):
        stack.program(program.format(size=size, sids=twilio.number_sids()))
        yield Side(who, size, twilio, stack, env, expect)


def measure(sides: list[Side], *commands: str, times: int) -> list[Measured]:
    """
    Measure these commands on each side.

    What changes nothing is run so many times and in turn, so that neither side has the quieter machine: these
    take seconds, of which the start of a Python on a busy machine may double one.
    """
    for what in commands:
        repeated = times if what in {"preview", "refresh"} else 1
        runs = [[each.run(what) for each in sides] for _ in range(repeated)]
        for each, rows in zip(sides, zip(*runs, strict=True), strict=True):
            each.keep(sorted(rows, key=lambda row: row.seconds)[len(rows) // 2])
            if what == "up" and not each.who.startswith("engine floor"):
                assert each.twilio.statuses() == {"registered": each.size}, each.twilio.statuses()
    return [row for each in sides for row in each.rows]


def floor_and_ours(size: int, starts: dict[str, float], note: str, env: dict[str, str]) -> list[Measured]:
    """
    Measure the engine's own part and this provider, and say what was expected of it.

    What a request costs is measured beside each row, which may be minutes after the first.
    """
    with side(f"engine floor{note}", FLOOR, size, 0, env) as floor:

        def expect(what: str) -> dict[str, float]:
            took = {row.what: row.seconds for row in floor.rows}
            return expectations.expected(what, size, took, costs_of(starts), checkpoints=not env)

        with side(f"this provider{note}", OURS, size, REGISTRATION, env, expect) as ours:
            return measure([floor, ours], "up", "preview", "refresh", "destroy", times=3)


def plain(size: int) -> list[Measured]:
    """Measure the plain provider; where that would take hours, with a faster registration, and compute."""
    real = REGISTRATION if size <= 10 else 3.0 if size <= 100 else 1.0
    with side("plain", PLAIN, size, real, {}) as alone:
        rows = measure([alone], "up", "preview", "refresh", times=1)
    if real != REGISTRATION:
        turns = -(-size // WORKERS_OF_THE_PLAIN_ONE)
        up = rows[0]
        up.computed = (
            f"computed: {up.seconds:.0f} s measured with {real:.0f} s "
            f"+ {turns} turns x {REGISTRATION - real:.0f} s"
        )
        up.seconds += turns * (REGISTRATION - real)
        # It asks once a second and number while it waits.
        up.requests["GET one"] += int(size * (REGISTRATION - real))
        show(up)
    return rows


# The client loads its HTTP library and each resource's module on first use.
TWILIO_LOADED = "import twilio.rest; twilio.rest.Client('AC', 'x').incoming_phone_numbers"
OURS_LOADED = f"""
import pulumi_twilio_emergency.providers as ours
ours.number_binding()._adapter._handler
import pulumi_twilio_emergency.session.run, pulumi_twilio_emergency.twilio_gateway
{TWILIO_LOADED}
"""


def start_ups() -> dict[str, float]:
    """Return the median seconds until a plugin process has loaded what it serves."""
    times: dict[str, list[float]] = {OURS_LOADED: [], TWILIO_LOADED: [], "": []}
    for _ in range(9):
        for code, seconds in times.items():  # in turn, so that none has the quieter machine
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import pulumi.dynamic.dynamic\n{code}"], check=True)
            seconds.append(time.perf_counter() - began)
    return {code: statistics.median(each) for code, each in times.items()}


def costs_of(starts: dict[str, float], size: int = 1000) -> Costs:
    """Measure what one request costs here, by Twilio's own client and one after another."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        twilio = Twilio(Path(name), size, 0)
        client = plain_provider.client(twilio.env)
        sids = twilio.number_sids()

        def seconds(call) -> float:
            began = time.perf_counter()
            call()
            return time.perf_counter() - began

        fetch = statistics.median(seconds(client.incoming_phone_numbers(sid).fetch) for sid in sids[:100])
        whole = statistics.median(
            seconds(lambda: client.incoming_phone_numbers.list(page_size=1000)) for _ in range(5)
        )
        twilio.close()
    return Costs(fetch, max(0.0, whole - fetch) / size, max(0.0, starts[TWILIO_LOADED] - starts[""]))


def crowd_figure(count: int = 250) -> Figure:
    """Compare the longest gap in a crowd with the gap of one alone, in one run."""
    alone = statistics.median(crowd.gaps_of(1)[0] for _ in range(3))
    gaps = crowd.gaps_of(count)
    return Figure(
        f"longest gap of {count} numbers that change address, {crowd.SLOW.partition('=')[2]} s a request",
        max(gaps), expectations.CROWD * alone, "s", f"{alone:.1f} s alone, median {statistics.median(gaps):.1f} s",
    )  # fmt: skip


def request_figures(rows: list[Measured]) -> list[Figure]:
    """Return how many requests a number costs, lists left out: they are read for all."""
    return [
        Figure(
            f"requests of a number, {row.who}, {row.what} of {row.size}",
            # A destroy looks at the address once, too.
            (row.requests["GET one"] + row.requests["POST one"] - (row.what == "destroy")) / row.size,
            # A last few that still wait are looked at singly; a fourth request for each would show.
            expectations.REQUESTS_A_NUMBER + 0.1 + 5 / row.size,
            "",
            f"{row.requests['GET list']} lists",
        )
        for row in rows
        if row.who.startswith("this provider") and row.what in {"up", "destroy"}
    ]


def list_figures(rows: list[Measured]) -> list[Figure]:
    """Return how many lists a command read: a look a second at most, and a few to find what is declared."""
    return [
        Figure(
            f"lists, {row.who}, {row.what} of {row.size}",
            row.requests["GET list"],
            (row.seconds + 10) * -(-row.size // expectations.ROWS_A_PAGE),
            "",
        )
        for row in rows
        if row.who.startswith("this provider")
    ]


def show(row: Measured) -> None:
    print(line_of(row), flush=True)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", nargs="*", type=int)
    parser.add_argument("--quick", action="store_true", help="sizes 10 and 100, without the plain provider")
    parser.add_argument("--without-plain", action="store_true", help="leave the slow one out")
    parser.add_argument("--without-crowd", action="store_true", help="leave the crowd of 250 out")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    starts = start_ups()
    rows: list[Measured] = []
    print(HEAD, flush=True)
    for size in chosen.sizes or ([10, 100] if chosen.quick else [10, 100, 1000]):
        rows += floor_and_ours(size, starts, "", {})
        rows += floor_and_ours(size, starts, ", skip", {"PULUMI_SKIP_CHECKPOINTS": "true"})
        if not (chosen.without_plain or chosen.quick):
            rows += plain(size)
    figures = request_figures(rows) + list_figures(rows)
    if not chosen.without_crowd:
        figures.append(crowd_figure())
    added = starts[OURS_LOADED] - starts[TWILIO_LOADED]
    figures.append(Figure("start of a plugin, beyond one with Twilio's client", added, 0.15, "s"))
    text, above = report(rows, figures, PARALLEL)
    print("\n" + text)
    (results / "table.md").write_text(text)
    picture(rows, results / "time.svg")
    print(f"Written to {results}.")
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
