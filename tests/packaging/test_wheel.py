"""What users install: the built wheel works where there is no checkout."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import tarfile
import zipfile

from docs.documents import Document
from support.clean_environment import ROOT, installed
from support.plugin_process import PluginProcess
from support.stack import Stack

README = Document(ROOT / "README.md")
RECORDED = ROOT / "tests" / "state" / "0.1.0" / "registered.json"
NUMBER, DOMAIN = "+14155550100", "example.sip.twilio.com"
PROVIDER = "pulumi_twilio_emergency"


def tracked(folder: str) -> set[str]:
    """Return the files of a folder below provider/ that belong to the repository, by their names there."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder]
    listed = subprocess.run(words, cwd=ROOT / "provider", capture_output=True, text=True, check=True).stdout
    return {name for name in listed.splitlines() if (ROOT / "provider" / name).exists()}


def test_wheel_contains_the_whole_package_and_nothing_else(distributions):
    with zipfile.ZipFile(distributions.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        licences = [name for name in wheel.namelist() if name.endswith("LICENSE")]
    assert f"{PROVIDER}/py.typed" in names
    assert licences
    assert names == tracked(PROVIDER)


def test_wheel_of_the_emulator_contains_the_whole_package_and_nothing_else(distributions):
    with zipfile.ZipFile(distributions.emulator_wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert "twilio_emulator/py.typed" in names
    assert names == tracked("twilio_emulator") - {"twilio_emulator/pyproject.toml"}


def test_sdist_contains_what_the_wheel_is_built_of_and_no_tests(distributions):
    with tarfile.open(distributions.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE"} <= names
    assert {f"provider/{name}" for name in tracked(PROVIDER)} <= names
    assert {name.split("/")[0] for name in names} <= {
        "pyproject.toml", "README.md", "LICENSE", "PKG-INFO", ".gitignore", "provider",
    }  # fmt: skip


def test_public_names_come_from_the_wheel(provider_alone, distributions):
    shown = json.loads(
        provider_alone.python(
            "import json, pulumi_twilio_emergency as ours\n"
            "named = {name: str(getattr(ours, name)) for name in ours.__all__}\n"
            "print(json.dumps([ours.__file__, ours.__version__, dir(ours), named]))"
        )
    )
    file, version, listed, named = shown
    assert file.startswith(str(provider_alone.packages))
    assert version == distributions.wheel.name.split("-")[1]
    assert set(named) <= set(listed)
    assert {name for name in named if name.endswith("Args")} == {
        "EmergencyAddressArgs", "NumberEmergencyBindingArgs", "SipDomainEmergencyArgs",
    }  # fmt: skip
    assert "'pulumi_twilio_emergency.resources.address.EmergencyAddress'" in named["EmergencyAddress"]


def import_all(package: str, *, but: str) -> str:
    """Return a program that imports every module of a package and prints where each lies."""
    return (
        f"import importlib, pkgutil, {package} as package\n"
        f"for found in pkgutil.walk_packages(package.__path__, '{package}.'):\n"
        f"    if not {{'__main__', '{but}'}} & set(found.name.split('.')):\n"
        "        print(importlib.import_module(found.name).__file__)"
    )


def test_every_module_imports_with_declared_dependencies(provider_alone):
    """A module that needs an undeclared package works during development and nowhere else."""
    files = provider_alone.python(import_all(PROVIDER, but="cli")).split()  # an extra
    assert len(files) > 50
    assert all(file.startswith(str(provider_alone.packages)) for file in files)


def test_every_module_of_an_extra_imports_with_declared_dependencies(with_extras):
    # Only pytest loads the emulator's plugin for it, so pytest is there when it is needed.
    for package in (PROVIDER, "twilio_emulator"):
        files = with_extras.python(import_all(package, but="pytest_plugin")).split()
        assert len(files) > 10
        assert all(file.startswith(str(with_extras.packages)) for file in files)


def recorded_resources() -> list[dict]:
    resources = json.loads(RECORDED.read_text())["state"]["deployment"]["resources"]
    return [each for each in resources if "__provider" in each.get("outputs", {})]


def test_pickles_of_recorded_state_load_by_name(provider_alone):
    pickles = [each["outputs"]["__provider"] for each in recorded_resources()]
    assert len(pickles) == 3
    loaded = provider_alone.python(
        "import base64, dill\n"
        f"for text in {pickles!r}:\n"
        "    print(type(dill.loads(base64.b64decode(text))).__module__)"
    )
    assert loaded.split() == ["pulumi_twilio_emergency.hosts.dynamic.provider"] * 3


def test_plugin_process_serves_checks(provider_alone):
    urn = "urn:pulumi:dev::shop::pulumi-python:dynamic/twilio:EmergencyAddress::office"
    pickle = next(each for each in recorded_resources() if "EmergencyAddress" in each["type"])
    pickled = pickle["outputs"]["__provider"]
    program = {"customer_name": "Twilio", "street": "645 HARRISON ST", "city": "SAN FRANCISCO",
               "region": "CA", "postal_code": "94105", "iso_country": "US"}  # fmt: skip
    python = str(provider_alone.bin / "python")
    with PluginProcess(python=python, env={"PYTHONPATH": ""}) as plugin:
        assert plugin.check(urn, pickled, program)[1] == []
        (failure,) = plugin.check(urn, pickled, {**program, "iso_country": "XX"})[1]
    assert failure[0] == "iso_country"


@contextlib.contextmanager
def emulator_command(environment, folder):
    """Run the command `twilio-emulator` of an environment, and give the environment variables it prints."""
    seed = folder / "seed.yaml"
    seed.write_text(f"numbers: [{{phone_number: '{NUMBER}'}}]\ndomains: [{{domain_name: {DOMAIN}}}]\n")
    command = [environment.bin / "twilio-emulator", "--port", "0", "--seed", seed]
    process = subprocess.Popen(
        command, cwd=environment.work, env=environment.environ, stdout=subprocess.PIPE, text=True
    )
    try:
        exported = {}
        while "TWILIO_API_URL" not in exported:
            line = process.stdout.readline()
            assert line, "twilio-emulator ended"
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                exported[name] = value
        yield exported
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_first_program_of_the_readme_is_brought_up_and_destroyed(with_extras, engine, tmp_path):
    with emulator_command(with_extras, tmp_path) as exported:
        stack = Stack(tmp_path, engine, exported)
        try:
            stack.env.pop("PYTHONPATH", None)
            stack.env["PATH"] = f"{with_extras.bin}:{engine}:{stack.env['PATH']}"
            stack.program(README.program("first-screen") + LOCATION)
            shown = stack.up().text
            assert str(with_extras.packages) in re.sub(r"\s+", "", shown), shown
            assert stack.outputs("front-desk")["emergency_address_status"] == "registered"
            assert stack.outputs("phones")["emergency_calling_enabled"] is True
            stack.has_nothing_to_do()
            stack.destroy()
            assert stack.entries() == []
        finally:
            stack.close()


def test_project_that_uses_the_package_asks_for_no_plugin(provider_alone, engine, tmp_path):
    """Otherwise `pulumi install` fails, and each `pulumi up` begins with attempts to download one."""
    stack = Stack(tmp_path, engine, real_pip=True)
    try:
        stack.env["PATH"] = f"{provider_alone.bin}:{engine}:{stack.env['PATH']}"
        stack.program("import pulumi_twilio_emergency")
        asked = stack.run("plugin", "ls", "--project", "--json", expect=0).text
        assert "twilio" not in asked
        assert "twilio" not in stack.run("install", "--no-dependencies", expect=0).text
    finally:
        stack.close()


LOCATION = """
import pulumi_twilio_emergency
pulumi.export("where", pulumi_twilio_emergency.__file__)
"""


def test_emulator_command_says_its_version_and_its_options(with_extras, distributions):
    version = with_extras.run("twilio-emulator", "--version")
    assert (version.returncode, version.stderr) == (0, "")
    assert version.stdout.split()[-1] == distributions.emulator_wheel.name.split("-")[1]
    usage = with_extras.run("twilio-emulator", "--help")
    assert usage.returncode == 0
    assert "--seed" in usage.stdout


def test_emulator_command_without_its_extra_says_so_in_a_sentence(shared_folder, distributions):
    alone = installed(shared_folder / "emulator-alone", distributions.emulator_wheel)
    ran = alone.run("twilio-emulator", "--port", "0", "--tls")
    assert ran.returncode == 2
    assert "pip install 'twilio-emulator[tls]'" in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


TYPED = """
import pulumi
from pulumi_twilio_emergency import (
    EmergencyAddress, EmergencyAddressArgs, NumberEmergencyBinding, NumberEmergencyBindingArgs,
    SipDomainEmergency, SipDomainEmergencyArgs,
)

config = pulumi.Config()
office = EmergencyAddress(
    "office",
    customer_name="Twilio",
    street="645 HARRISON ST",
    street_secondary=config.get("unit"),
    city=pulumi.Output.from_input("SAN FRANCISCO"),
    region="CA",
    postal_code=config.require("zip"),
    iso_country="US",
    account_sid=None,
    opts=pulumi.ResourceOptions(protect=True),
)
branch = EmergencyAddress(
    "branch",
    EmergencyAddressArgs(
        customer_name="Twilio", street="650 HARRISON ST", city="SAN FRANCISCO", region="CA",
        postal_code="94105", iso_country="US", street_secondary=config.get("unit"),
    ),
    pulumi.ResourceOptions(depends_on=[office]),
)
desk = NumberEmergencyBinding(
    "desk", phone_number=config.get("number"), address_sid=office.sid, take_over=config.get_bool("take"),
)
lobby = NumberEmergencyBinding("lobby", NumberEmergencyBindingArgs(number_sid="PN", address_sid=branch.sid))
phones = SipDomainEmergency("phones", domain_name="a.sip.twilio.com", emergency_caller_sid=desk.number_sid)
others = SipDomainEmergency("others", SipDomainEmergencyArgs(domain_sid=config.get("domain")))
status: pulumi.Output[str] = desk.emergency_address_status
"""


def checked(environment, tmp_path, program: str) -> subprocess.CompletedProcess[str]:
    """Check a program in an environment with mypy, strictly."""
    file = tmp_path / "program.py"
    file.write_text(program)
    words = ["-m", "mypy", "--strict", "--config-file=", f"--cache-dir={environment.home / 'mypy'}"]
    return subprocess.run(
        [sys.executable, *words, "--python-executable", environment.bin / "python", file],
        cwd=tmp_path, env=environment.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_typical_program_is_accepted_by_mypy_strict(provider_alone, tmp_path):
    ran = checked(provider_alone, tmp_path, TYPED)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_mistyped_inputs_are_refused_by_mypy(provider_alone, tmp_path):
    place = 'customer_name="T", city="B", region="CA", postal_code="94105", iso_country="US"'
    wrong = ["street=5", "street='1 A ST', on_correction='perhaps'", "strete='1 A ST'", ""]
    program = "from pulumi_twilio_emergency import EmergencyAddress\n" + "\n".join(
        f"EmergencyAddress('a', {place}, {each})" for each in wrong
    )
    ran = checked(provider_alone, tmp_path, program)
    refused = set(re.findall(r"program\.py:(\d+): error", ran.stdout))
    assert refused == {"2", "3", "4", "5"}, ran.stdout
