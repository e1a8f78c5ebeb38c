"""The fixture's options, by ini file and by marker, each in a pytest run of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

import twilio_emulator

README = (Path(twilio_emulator.__file__).parent / "README.md").read_text(encoding="utf-8")
SEED = 'numbers: [{phone_number: "+14155550100"}]\n'


@pytest.fixture
def run(tmp_path, capsys):
    """Run pytest in a folder with these files; return what it says."""

    def run(test, *options, ini="", **files):
        for name, text in {"seed.yaml": SEED, **files}.items():
            (tmp_path / name).write_text(text)
        (tmp_path / "pytest.ini").write_text(
            f"[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n{ini}"
        )
        # Python would take a second module of the same name for the first.
        (tmp_path / f"test_{uuid.uuid4().hex}.py").write_text(f"import pytest\n\n{test}")
        capsys.readouterr()
        pytest.main(["-q", "-p", "no:cacheprovider", "--import-mode=importlib", *options, str(tmp_path)])
        said = capsys.readouterr()
        return said.out + said.err

    return run


ALL = """
def test_it(twilio_emulator):
    twilio = twilio_emulator
    (number,) = twilio.world.numbers()
    assert twilio.world.switches.cleared_sid == "null"
    assert twilio.world.switches.large_page == "capped"
    twilio.world.add_domain("a.sip.twilio.com")
    before = twilio.clock.now()
    twilio.clock.advance(3)
    assert twilio.clock.now() == before + 3
    assert "never" in repr(twilio.world._dial) or twilio.world._dial.pace("registration").stages[0].seconds is None
"""
INI = """
twilio_emulator_seed = seed.yaml
twilio_emulator_pace = never
twilio_emulator_switches =
    cleared_sid=null
    large_page = capped
twilio_emulator_clock = manual
"""
MARKER = """
@pytest.mark.twilio_emulator(
    seed="seed.yaml", pace="never", switches={"cleared_sid": "null", "large_page": "capped"}, clock="manual"
)"""


def test_all_options_come_from_the_ini_file(run):
    assert "1 passed" in run(ALL, ini=INI)


def test_all_options_come_from_the_marker(run):
    assert "1 passed" in run(MARKER + ALL)


def test_marker_goes_over_the_ini_file_and_adds_switches(run):
    test = """
@pytest.mark.twilio_emulator(switches={"cleared_sid": "empty"}, seed={"numbers": []}, clock="real", pace="at once")
def test_it(twilio_emulator):
    assert twilio_emulator.world.numbers() == []
    assert twilio_emulator.world.switches.cleared_sid == "empty"
    assert twilio_emulator.world.switches.large_page == "capped"
    assert type(twilio_emulator.clock).__name__ == "RealClock"
"""
    assert "1 passed" in run(test, ini=INI)


SHARED = """
class TestFirst:
    def test_one(self, twilio_emulator):
        twilio_emulator.world.add_number("+14155550101")

    def test_two(self, twilio_emulator):
        assert len(twilio_emulator.world.numbers()) == {same}
        twilio_emulator.reset()
        assert twilio_emulator.world.numbers() == []
        assert twilio_emulator.account_sid in twilio_emulator.world.accounts


class TestSecond:
    def test_three(self, twilio_emulator):
        twilio_emulator.world.add_number("+14155550102")

    def test_four(self, twilio_emulator):
        assert len(twilio_emulator.world.numbers()) == {same}
"""


@pytest.mark.parametrize(("scope", "same"), [("function", 0), ("class", 1), ("module", 1), ("session", 1)])
def test_scope_says_who_shares_an_emulator(run, scope, same):
    said = run(SHARED.replace("{same}", str(same)), ini=f"twilio_emulator_scope = {scope}\n")

    assert "4 passed" in said, said


def test_workers_of_xdist_do_not_meet(run):
    test = """
@pytest.mark.parametrize("turn", range(8))
def test_it(twilio_emulator, turn):
    twilio_emulator.world.add_number(f"+1415555010{turn}")
"""
    said = run(test, "-n", "2", ini="twilio_emulator_scope = session\n")

    assert "8 passed" in said, said


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        ("seed='none.yaml'", "none.yaml"),
        ("seed={'phones': []}", "seed: there is no 'phones'"),
        ("pace='soon'", "'soon' is not a pace"),
        ("switches={'direct_swap': 'maybe'}", "switch direct_swap is one of refused, accepted"),
        ("clock='sun'", "clock is one of real, manual, not 'sun'"),
        ("speed=3", "the marker has no 'speed'; there are: seed, pace, switches, clock"),
        ("'at once'", "the marker takes seed, pace, switches, clock by name"),
    ],
)
def test_wrong_marker_is_a_sentence_without_a_traceback(run, mark, sentence):
    said = run(f"@pytest.mark.twilio_emulator({mark})\ndef test_it(twilio_emulator):\n    pass\n")

    assert sentence in said
    assert "Traceback" not in said
    assert "pytest_plugin.py" not in said
    assert "1 error" in said


@pytest.mark.parametrize(
    ("ini", "sentence"),
    [
        ("twilio_emulator_scope = forever", "twilio_emulator_scope is one of function, class, "),
        ("twilio_emulator_clock = sun", "twilio_emulator_clock is one of real, manual, not 'sun'"),
    ],
)
def test_wrong_ini_file_is_a_sentence(run, ini, sentence):
    assert sentence in run("def test_it(): pass\n", ini=ini)


def test_marker_on_a_test_that_shares_its_emulator_is_refused(run):
    test = """
@pytest.mark.twilio_emulator(clock="manual")
def test_it(twilio_emulator):
    pass
"""
    said = run(test, ini="twilio_emulator_scope = module\n")

    assert "twilio_emulator_scope is module: mark the module, not a single test" in said


def test_marker_on_a_module_that_shares_its_emulator_is_taken(run):
    test = """
pytestmark = pytest.mark.twilio_emulator(clock="manual")


def test_it(twilio_emulator):
    twilio_emulator.clock.advance(1)
"""
    assert "1 passed" in run(test, ini="twilio_emulator_scope = module\n")


IN_PYTEST = README.partition("## In pytest\n")[2].partition("\n## ")[0]
ROLLOUT = """
import base64, json, os, urllib.request

env = os.environ
base = env["TWILIO_API_URL"] + "/2010-04-01/Accounts/" + env["TWILIO_ACCOUNT_SID"]
token = base64.b64encode((env["TWILIO_ACCOUNT_SID"] + ":" + env["TWILIO_AUTH_TOKEN"]).encode()).decode()


def call(path, body=None):
    request = urllib.request.Request(base + path, body, {"Authorization": "Basic " + token})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


place = b"CustomerName=T&Street=645+HARRISON+ST&City=SAN+FRANCISCO&Region=CA&PostalCode=94105&IsoCountry=US"
address = call("/Addresses.json", place + b"&EmergencyEnabled=true")["sid"]
number = call("/IncomingPhoneNumbers.json")["incoming_phone_numbers"][-1]["sid"]
bound = call("/IncomingPhoneNumbers/" + number + ".json", ("EmergencyAddressSid=" + address).encode())
raise SystemExit(bound["emergency_address_status"] != "registered")
"""


def test_documented_rollout_example_runs(run, tmp_path, monkeypatch):
    example, _ = re.findall(r"```python\n(.*?)```", IN_PYTEST, re.DOTALL)
    rollout = tmp_path / "rollout"
    rollout.write_text(f"#!{sys.executable}\n{ROLLOUT}")
    rollout.chmod(0o755)
    monkeypatch.chdir(tmp_path)

    assert "1 passed" in run(example)


def test_documented_marker_example_runs_under_the_documented_ini_file(run, tmp_path):
    _, example = re.findall(r"```python\n(.*?)```", IN_PYTEST, re.DOTALL)
    (ini,) = re.findall(r"```ini\n\[pytest\]\n(.*?)```", IN_PYTEST, re.DOTALL)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "seed.yaml").write_text(SEED)
    test = """
def test_ini_file(twilio_emulator):
    assert len(twilio_emulator.world.numbers()) == 1
    assert twilio_emulator.world.switches.direct_swap == "accepted"


"""
    assert "2 passed" in run(test + example.replace("import pytest", ""), ini=ini)


TEST = "def test_it(twilio_emulator):\n    pass\n"
MARK = 'pytest.mark.twilio_emulator(clock="manual", pace="never")'
ON_A_CLASS = f"@{MARK}\nclass TestIt:\n    def test_it(self, twilio_emulator):\n        pass\n"
ON_A_MODULE = f"pytestmark = {MARK}\n{TEST}"


@pytest.mark.parametrize(
    ("test", "scope", "sentence"),
    [
        (f"@{MARK}\n{TEST}", "class", "mark the class, not a single test"),
        (f"@{MARK}\n{TEST}", "session", "say it in the ini file, not a single test"),
        (ON_A_CLASS, "module", "mark the module, not a class"),
        (ON_A_CLASS, "package", "say it in the ini file, not a class"),
        (ON_A_CLASS, "session", "say it in the ini file, not a class"),
        (ON_A_MODULE, "package", "say it in the ini file, not a module"),
        (ON_A_MODULE, "session", "say it in the ini file, not a module"),
    ],
)
def test_marker_on_less_than_the_scope_is_refused(run, test, scope, sentence):
    said = run(test, ini=f"twilio_emulator_scope = {scope}\n")

    assert f"twilio_emulator_scope is {scope}: {sentence}" in said
    assert "passed" not in said


@pytest.mark.parametrize(
    ("test", "scope"),
    [(ON_A_CLASS, "class"), (ON_A_CLASS, "function"), (ON_A_MODULE, "class"), (ON_A_MODULE, "module")],
)
def test_marker_on_as_much_as_the_scope_is_taken(run, test, scope):
    assert "1 passed" in run(test, ini=f"twilio_emulator_scope = {scope}\n")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("pace=3", "3 is not a pace"),
        ("pace=[]", "[] is not a pace"),
        ("switches=None", "switches must be a dict of names and positions, not None"),
        ("switches=['a=b']", "switches must be a dict of names and positions"),
        ("switches={'cleared_sid': None}", "switch cleared_sid is one of empty, null, not None"),
        ("switches={3: 'x'}", "there is no switch 3"),
        ("seed=3", "seed must be a file or a dict, not 3"),
        ("seed={'numbers': object()}", "seed holds what no seed file can"),
        ("seed={'numbers': [{'phone_number': object()}]}", "seed holds what no seed file can"),
        ("clock=3", "clock is one of real, manual, not 3"),
        ("clock=[]", "clock is one of real, manual, not []"),
    ],
)
def test_nonsense_in_the_marker_is_one_sentence(run, options, sentence):
    said = run(f"@pytest.mark.twilio_emulator({options})\n{TEST}")

    assert f"twilio_emulator: {sentence}" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("mode", ["importlib", "prepend"])
@pytest.mark.parametrize("scope", ["function", "package"])
@pytest.mark.parametrize("form", ["{}", "[{}]"])
def test_mark_in_the_init_file_of_a_package_is_refused(tmp_path, mode, scope, form):
    package = tmp_path / f"package_{mode}"
    package.mkdir()
    (package / "__init__.py").write_text(f"import pytest\n\npytestmark = {form.format(MARK)}\n")
    (package / "test_it.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\ntwilio_emulator_scope = {scope}\n")

    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--import-mode={mode}",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert "pytest ignores the mark in " in done.stdout
    assert "__init__.py; say it in the ini file" in done.stdout
    assert done.returncode == 1
