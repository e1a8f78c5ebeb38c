"""An emulator for foreign clients, and what is expected of a run of theirs."""

from __future__ import annotations

import os
import subprocess

from twilio_emulator import Authority, Pace, World, create_app, serve

EXPECTED = ["21629", "2 3", "done"]


def twilio_for_clients(tmp_path):
    """Run an emulator with three numbers and a domain, reachable by all ways."""
    world = World()
    world.pace(registration=Pace.after_reads(3), unregistration=Pace.after_reads(3))
    account = world.add_account()
    world.numbers_added = [world.add_number(f"+1415555010{digit}") for digit in range(3)]
    world.domain_added = world.add_domain("scranton.sip.twilio.com")
    authority = Authority()
    authority.write_to(tmp_path / "ca.pem")
    with serve(create_app(world), authority=authority) as server:
        server.credentials = {"TWILIO_ACCOUNT_SID": account.sid, "TWILIO_AUTH_TOKEN": account.auth_token}
        server.tls = {
            **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), server.url),
            **dict.fromkeys(
                ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), str(tmp_path / "ca.pem")
            ),
        }
        yield server


def run(twilio, client, way):
    """Run a client's workflows, and return the lines that it prints."""
    command, env = client
    world = twilio.app.world
    clean = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
    done = subprocess.run(
        [*command, world.numbers_added[0], world.domain_added],
        env={**clean, **env, **twilio.credentials, **way},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def check_world(world):
    """Hold what happened against the page: the number's statuses, and nothing left."""
    number = world.numbers_added[0]
    seen = [
        event.detail["emergency_address_status"]
        for event in world.history
        if event.sid == number and event.by == "time"
    ]
    once = ["pending-registration", "registered", "pending-unregistration", "unregistered"]
    assert seen == once * 2
    assert world.addresses() == []
    domain = world.domain(world.domain_added)
    assert (domain["emergency_calling_enabled"], domain["emergency_caller_sid"]) == (False, None)
    assert all(
        (each.status or 0) < 400 or ("AutoCorrectAddress", "false") in each.form for each in world.requests
    )
