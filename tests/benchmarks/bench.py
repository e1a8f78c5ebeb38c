"""
Compare this provider with a plain one and with the engine's own cost, on one emulator, in one run.

    make bench                        sizes 10, 100 and 1000
    make bench SIZES="10 100"         only those

Prints a table, and writes it with a picture into tests/benchmarks/results/.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "script")]

import engine  # noqa: E402 - after the path is known
from support.processes import PeakMemory  # noqa: E402
from support.stack import Stack  # noqa: E402

REGISTRATION = 30
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
office = Floor("office", number="office")
for index in range({size}):
    Floor(f"desk-{{index}}", number=f"+1415{{2000000 + index}}", address_sid=office.id)
"""


@dataclass
class Measured:
    """One row of the table."""

    who: str
    what: str
    size: int
    seconds: float
    requests: Counter[str]
    mebibytes: float
    computed: str = ""


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
                "--registration", f"after {registration}s", "--unregistration", "after 1s",
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
        stack = Stack(folder, engine.find(), {**twilio.env, "PYTHONPATH": path})
        stack.patience = 3600
        try:
            yield twilio, stack
        finally:
            twilio.close()


def measure(who: str, what: str, size: int, twilio: Twilio, command) -> Measured:
    before = twilio.requests()
    with PeakMemory(twilio.url) as memory:
        began = time.monotonic()
        command()
        seconds = time.monotonic() - began
    row = Measured(who, what, size, seconds, twilio.requests() - before, memory.mebibytes)
    show(row)
    return row


def whole_life(who: str, program: str, size: int, registration: float, env: dict[str, str]) -> list[Measured]:
    """Measure up, unchanged preview, refresh and destroy of one size."""
    parallel = ("--parallel", str(PARALLEL))
    with site(size, registration) as (twilio, stack):
        stack.program(program.format(size=size, sids=twilio.number_sids()))
        rows = [measure(who, "up", size, twilio, lambda: stack.up(*parallel, env=env))]
        if not who.startswith("engine floor"):
            assert twilio.statuses() == {"registered": size}, twilio.statuses()
        rows += [
            measure(
                who, "preview", size, twilio, lambda: stack.preview("--expect-no-changes", *parallel, env=env)
            ),
            measure(who, "refresh", size, twilio, lambda: stack.refresh(*parallel, env=env)),
        ]
        if who != "plain":
            rows.append(measure(who, "destroy", size, twilio, lambda: stack.destroy(*parallel, env=env)))
    return rows


def plain(size: int) -> list[Measured]:
    """Measure the plain provider; where that would take hours, with a faster registration, and compute."""
    real = REGISTRATION if size <= 10 else 3 if size <= 100 else 1
    rows = whole_life("plain", PLAIN, size, real, {})
    if real != REGISTRATION:
        turns = -(-size // WORKERS_OF_THE_PLAIN_ONE)
        up = rows[0]
        up.computed = (
            f"computed: {up.seconds:.0f} s measured with {real} s + {turns} turns x {REGISTRATION - real} s"
        )
        up.seconds += turns * (REGISTRATION - real)
        # It asks once a second and number while it waits.
        up.requests["GET one"] += size * (REGISTRATION - real)
        show(up)
    return rows


def previews(size: int) -> str:
    """Compare unchanged previews in turn, so that neither side has the quieter machine."""
    env = {"PULUMI_SKIP_CHECKPOINTS": "true"}
    parallel = ("--parallel", str(PARALLEL))
    with site(size, 0) as (_, floor), site(size, 0) as (_, ours):
        for stack, program in ((floor, FLOOR), (ours, OURS)):
            stack.program(program.format(size=size))
            stack.up(*parallel, env=env)
        turns = [
            [stack.preview("--expect-no-changes", *parallel).seconds for stack in (floor, ours)]
            for _ in range(5)
        ]
    base, mine = (statistics.median(times) for times in zip(*turns, strict=True))
    return (
        f"Unchanged preview of {size} numbers, five times in turn, medians: this provider {mine:.1f} s, engine "
        f'floor {base:.1f} s, ratio {mine / base:.2f} (`make bench SIZES="--previews {size}"`).\n'
    )


def start_up() -> tuple[float, float]:
    """Return the median seconds until a plugin process answers: ours, and an empty one that imports twilio."""
    ours = "import pulumi_twilio_emergency.providers as p; p.address().connection"
    empty = "import twilio.rest"
    both: dict[str, list[float]] = {ours: [], empty: []}
    for _ in range(9):
        for code, times in both.items():  # in turn, so that neither has the quieter machine
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import pulumi.dynamic.dynamic\n{code}"], check=True)
            times.append(time.perf_counter() - began)
    return statistics.median(both[ours]), statistics.median(both[empty])


def show(row: Measured) -> None:
    print(line_of(row), flush=True)


def line_of(row: Measured) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(row.requests.items())) or "none"
    return f"| {row.who} | {row.what} | {row.size} | {row.seconds:.1f} | {kinds} | {row.mebibytes:.0f} | {row.computed} |"


HEAD = "| who | command | numbers | seconds | requests | plugin MiB | |\n| --- | --- | ---: | ---: | --- | ---: | --- |"


def report(rows: list[Measured], starts: tuple[float, float]) -> str:
    """Return the table and the ratios."""
    at = {(row.who, row.what, row.size): row for row in rows}
    lines = [
        f"Measured with `make bench`: Python {platform.python_version()}, {os.cpu_count()} cores, file backend,",
        f"registration {REGISTRATION} s, `--parallel {PARALLEL}`.",
        "",
        HEAD,
        *(line_of(row) for row in rows),
        "",
        "Ratios:",
        "",
    ]
    for size in sorted({row.size for row in rows}):
        for ours, floor, note in (
            ("this provider", "engine floor", ""),
            ("this provider, skip", "engine floor, skip", " with PULUMI_SKIP_CHECKPOINTS=true"),
        ):
            up, base = at.get((ours, "up", size)), at.get((floor, "up", size))
            if up and base:
                limit = base.seconds * 1.3 + REGISTRATION
                lines.append(
                    f"- {size} numbers{note}: up / (floor x 1.3 + {REGISTRATION} s) = {up.seconds / limit:.2f}; "
                    f"requests for each number {sum(up.requests.values()) / size:.2f}"
                )
        up, other = at.get(("this provider", "up", size)), at.get(("plain", "up", size))
        if up and other:
            lines.append(f"- {size} numbers: plain / this provider = {other.seconds / up.seconds:.1f}")
        preview, base = at.get(("this provider", "preview", size)), at.get(("engine floor", "preview", size))
        if preview and base:
            lines.append(
                f"- {size} numbers: unchanged preview / floor = {preview.seconds / base.seconds:.2f}"
            )
    lines.append(
        f"- start-up: {starts[0] * 1000:.0f} ms against {starts[1] * 1000:.0f} ms of an empty one with twilio "
        f"imported: {(starts[0] - starts[1]) * 1000:+.0f} ms"
    )
    return "\n".join(lines) + "\n"


def picture(rows: list[Measured], path: Path) -> None:
    """Draw time against number of numbers."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5))
    for who in dict.fromkeys(row.who for row in rows):
        ups = [row for row in rows if row.who == who and row.what == "up"]
        style = "--" if any(row.computed for row in ups) else "-"
        label = f"{who} (partly computed)" if style == "--" else who
        axes.plot([row.size for row in ups], [row.seconds for row in ups], style, marker="o", label=label)
    axes.set(xscale="log", yscale="log", xlabel="numbers", ylabel="seconds of pulumi up",
             title=f"Registering takes {REGISTRATION} s")  # fmt: skip
    axes.legend()
    axes.grid(visible=True, which="both", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", nargs="*", type=int, default=[10, 100, 1000])
    parser.add_argument("--without-plain", action="store_true", help="leave the slow one out")
    parser.add_argument(
        "--previews", type=int, metavar="SIZE", help="only compare unchanged previews, in turn"
    )
    options = parser.parse_args()
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    if options.previews:
        text = previews(options.previews)
        print(text)
        (results / "previews.md").write_text(text)
        return
    sizes = options.sizes or [10, 100, 1000]
    print(HEAD, flush=True)
    rows: list[Measured] = []
    skip = {"PULUMI_SKIP_CHECKPOINTS": "true"}
    for size in sizes:
        rows += whole_life("engine floor", FLOOR, size, 0, {})
        rows += whole_life("this provider", OURS, size, REGISTRATION, {})
        rows += whole_life("engine floor, skip", FLOOR, size, 0, skip)
        rows += whole_life("this provider, skip", OURS, size, REGISTRATION, skip)
        if not options.without_plain:
            rows += plain(size)
    text = report(rows, start_up())
    print("\n" + text)
    (results / "table.md").write_text(text)
    picture(rows, results / "time.svg")
    print(f"Written to {results}.")


if __name__ == "__main__":
    main()
