"""
How fast the emulator answers: 0.1.0, which closed every connection, and this one, in one run.

    .venv/bin/python tests/benchmarks/emulator_speed.py [SECONDS]

16 clients fetch single numbers for a while, and one lists 1,000, both emulators in turn. The clients are bare sockets,
so that the emulator is what is measured. 0.1.0 is taken from the repository's history, and Flask from pip.
"""

from __future__ import annotations

import base64
import io
import os
import re
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
OLD = "3e130b0"
"""The last commit with the emulator of 0.1.0."""
CLIENTS, NUMBERS, LISTS, ROUNDS = 16, 1000, 50, 3


def old_sources(folder: Path) -> None:
    """Put the emulator of 0.1.0 and what it needs into a folder."""
    archive = subprocess.run(
        ["git", "archive", OLD, "provider/twilio_emulator"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder / "provider", "flask>=3"]
    subprocess.run([*command, "pyyaml", "typing-extensions"], check=True)


@contextmanager
def running(sources: Path, seed: Path):
    """Run an emulator from these sources, and yield its address, account and token."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "twilio_emulator", "--port", "0", "--seed", seed],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(sources)},
    )  # fmt: skip
    lines = [process.stdout.readline().strip() for _ in range(4)]
    env = dict(line.removeprefix("export ").split("=", 1) for line in lines[1:])
    try:
        yield env["TWILIO_API_URL"], env["TWILIO_ACCOUNT_SID"], env["TWILIO_AUTH_TOKEN"]
    finally:
        process.terminate()
        process.wait()


class Client:
    """A bare socket that sends the same request again and again, as often as the server keeps the connection."""

    def __init__(self, url: str, path: str, header: str) -> None:
        host, port = urlsplit(url).netloc.split(":")
        self._address = (host, int(port))
        self._request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {header}\r\n\r\n".encode()
        self._sock: socket.socket | None = None

    def ask(self) -> bytes:
        """Send the request, and return the whole answer."""
        if self._sock is None:
            self._sock = socket.create_connection(self._address, timeout=60)
        self._sock.sendall(self._request)
        answer = self._sock.recv(1 << 20)
        head, _, body = answer.partition(b"\r\n\r\n")
        missing = int(re.search(rb"Content-Length: (\d+)", head)[1]) - len(body)
        parts = [answer]
        while missing > 0:
            parts.append(self._sock.recv(1 << 20))
            missing -= len(parts[-1])
        assert head.startswith(b"HTTP/1.1 200"), head
        if b"Connection: close" in head:
            self._sock.close()
            self._sock = None
        return b"".join(parts)


def fetch_for(seconds: float, url: str, path: str, header: str) -> int:
    """Fetch from 16 threads for a while; return the number of requests."""
    counts = [0] * CLIENTS
    end = time.monotonic() + seconds

    def work(index: int) -> None:
        client = Client(url, path, header)
        while time.monotonic() < end:
            client.ask()
            counts[index] += 1

    threads = [threading.Thread(target=work, args=(index,)) for index in range(CLIENTS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sum(counts)


def measure(emulator: tuple[str, str, str], seconds: float) -> tuple[float, float]:
    """Return fetches a second, and seconds for a list of 1,000 at best."""
    url, account, token = emulator
    header = "Basic " + base64.b64encode(f"{account}:{token}".encode()).decode()
    base = f"/2010-04-01/Accounts/{account}/IncomingPhoneNumbers"
    lister = Client(url, f"{base}.json?PageSize=1000", header)
    body = lister.ask()
    times = []
    for _ in range(LISTS):
        began = time.perf_counter()
        lister.ask()
        times.append(time.perf_counter() - began)
    sid = body.partition(b'"sid": "PN')[2][:32].decode()
    return fetch_for(seconds, url, f"{base}/PN{sid}.json", header) / seconds, min(times)


def main(seconds: float = 5.0) -> int:
    """Print both, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        old_sources(Path(folder))
        seed = Path(folder) / "seed.yaml"
        rows = "\n".join(f'  - phone_number: "+1415555{index:04}"' for index in range(NUMBERS))
        seed.write_text(f"numbers:\n{rows}\n")
        with running(Path(folder) / "provider", seed) as old, running(ROOT / "provider", seed) as new:
            rounds = [(measure(old, seconds / ROUNDS), measure(new, seconds / ROUNDS)) for _ in range(ROUNDS)]
    old_rate, new_rate = (sum(pair[which][0] for pair in rounds) / ROUNDS for which in (0, 1))
    old_list, new_list = (min(pair[which][1] for pair in rounds) for which in (0, 1))
    print(f"{'':12}{'fetches/s':>12}{'list of 1,000':>16}")
    for name, (rate, listed) in (("0.1.0", (old_rate, old_list)), ("now", (new_rate, new_list))):
        print(f"{name:12}{rate:12,.0f}{listed * 1000:13.1f} ms")
    print(f"{'ratio':12}{new_rate / old_rate:12.1f}{old_list / new_list:16.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:2])))
