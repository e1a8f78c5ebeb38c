"""The steps of the example workflow are run, in its order, on the example with 30 sites."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from docs.documents import ROOT, Document, regular
from support.command import run
from twilio_emulator import Pace

FOLDER = ROOT / "examples" / "ci-pipeline"
SITES = ROOT / "examples" / "sites"
README = Document(FOLDER / "README.md")
# As a loader of YAML 1.1 has it, the key `on` is true.
WORKFLOW = yaml.safe_load((FOLDER / "emergency.yml").read_text())


@pytest.fixture
def checkout(twilio, stack):
    """Return a stack whose folder is the checkout of the example, on an account with its numbers."""
    seed = yaml.safe_load((SITES / "seed.yaml").read_text())
    twilio.world.addresses_known.mode = seed["address_book"]
    twilio.world.pace(registration=Pace.after(1))
    for row in seed["numbers"]:
        twilio.world.add_number(row["phone_number"])
    for row in seed["domains"]:
        twilio.world.add_domain(row["domain_name"])
    for name in ("__main__.py", "sites.yaml"):
        shutil.copy(SITES / name, stack.project)
    return stack


def job(stack, name: str) -> list[int]:
    """Run the job's commands as a runner does, each in a shell, until one fails; return their exit codes."""
    codes = []
    for step in WORKFLOW["jobs"][name]["steps"]:
        if "run" not in step or step["name"] == "Install":
            continue
        env = {**stack.env, "STACK": WORKFLOW["env"]["STACK"]}
        env["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), env["PATH"]))
        done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=stack.project, env=env, check=False)
        codes.append(done.returncode)
        if done.returncode:
            break
    return codes


def test_workflow_previews_rolls_out_and_audits(checkout, twilio):
    assert job(checkout, "preview") == [0, 0]
    assert {request.method for request in twilio.world.requests} <= {"GET"}, "a pull request changes nothing"
    assert job(checkout, "rollout") == [0, 0, 0]
    assert {each["emergency_address_status"] for each in twilio.world.numbers()} == {"registered"}
    assert job(checkout, "audit") == [0]
    assert "All 60 numbers are covered." in (checkout.project / "audit.html").read_text()

    twilio.world.rebind(twilio.world.numbers()[0]["sid"], None)
    assert job(checkout, "audit") == [1]
    audited = run(
        "audit", "--sites", "sites.yaml", env={**twilio.env, "COLUMNS": "110"}, cwd=checkout.project
    )
    session = README.session("audit")
    fresh = f"{session.splitlines()[0]}\n{audited.out.strip()}\n"
    if os.environ.get("REWRITE_DOCS"):
        README.path.write_text(README.text.replace(session, fresh))
    assert regular(README.session("audit")) == regular(fresh)

    (checkout.project / "sites.yaml").write_text("sites:\n  boston: {adress: x}\n")
    assert job(checkout, "preview") == [1], "the preview is not reached"


def test_every_job_installs_what_it_runs_and_writes_nothing_but_by_up():
    for each in WORKFLOW["jobs"].values():
        runs = [step["run"] for step in each["steps"] if "run" in step]
        assert runs[0] == "pip install 'pulumi-twilio-emergency[cli]'"
        assert all(line.startswith(("pulumi ", "twilio-emergency ")) for line in runs[1:])
    assert WORKFLOW["permissions"] == {"contents": "read"}
