"""The command `ask`: what it needs, what it says, and that nothing ends it before all is undone."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
import yaml

from emulator.test_ask import PLACE
from twilio_emulator import Pace, Switches
from twilio_emulator.__main__ import main


@pytest.fixture
def address_file(tmp_path):
    path = tmp_path / "address.yaml"
    path.write_text(yaml.safe_dump(PLACE))
    return path


@pytest.fixture
def served(twilio_emulator, monkeypatch):
    for name, value in twilio_emulator.env.items():
        monkeypatch.setenv(name, value)
    twilio_emulator.world.pace(registration=Pace.after(0.3), unregistration=Pace.after(0.5))
    return twilio_emulator


def words(served, address_file, *more):
    number = served.world.add_number("+14155550100")
    pace = ["--pause", "0.1", "--patience", "20"]
    return ["ask", "--number", number, "--address", str(address_file), "--url", served.url, *pace, *more]


def test_without_yes_it_tells_what_it_would_do_and_does_nothing(served, address_file, capsys):
    assert main(words(served, address_file)) == 0

    said = capsys.readouterr()
    assert said.out == ""
    assert "It may cost: " in said.err
    assert said.err.endswith("Nothing was done. To do it, add --yes.\n")
    assert served.world.requests == []


def test_with_yes_it_prints_what_it_found(served, address_file, capsys):
    served.world.switches.cleared_sid = "null"

    assert main(words(served, address_file, "--yes")) == 0

    found = yaml.safe_load(capsys.readouterr().out)
    assert found["cleared_sid"] == "null"
    assert len(found) == len(Switches.choices()) - 5


def test_ask_writes_a_file(served, address_file, tmp_path):
    assert main(words(served, address_file, "--yes", "--output", str(tmp_path / "found.yaml"))) == 0

    assert yaml.safe_load((tmp_path / "found.yaml").read_text())["direct_swap"] == "refused"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[", "is not YAML: "),
        ("- a", "must be a mapping of: customer_name, street, "),
        ("street: 1 A ST", ": customer_name is missing"),
        (yaml.safe_dump({**PLACE, "town": "X"}), ": town is not a field here"),
        (None, "No such file"),
    ],
)
def test_bad_address_file_is_one_sentence(served, tmp_path, capsys, content, sentence):
    path = tmp_path / "address.yaml"
    if content is not None:
        path.write_text(content)

    assert main(words(served, path, "--yes")) == 2

    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_missing_credentials_are_one_sentence(served, address_file, capsys, monkeypatch):
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")

    assert main(words(served, address_file, "--yes")) == 2

    assert capsys.readouterr().err.startswith("twilio-emulator: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or")


def test_sid_of_another_kind_is_refused(served, address_file, capsys):
    with pytest.raises(SystemExit):
        main(words(served, address_file, "--stuck", "AD" + "0" * 32))

    assert "must be PN and 32 hexadecimal digits" in capsys.readouterr().err


def test_twilio_that_does_not_answer_is_one_sentence(served, address_file, capsys):
    given = words(served, address_file, "--yes")
    given[given.index("--url") + 1] = "http://127.0.0.1:9"

    assert main(given) == 2

    assert "Connection refused" in capsys.readouterr().err.splitlines()[-1]


def test_what_keeps_it_from_beginning_exits_2(served, address_file, capsys, monkeypatch):
    mute = served.world.add_number("+14155550107", voice=False)
    used = served.world.add_number("+14155550108")
    served.world.rebind(used, served.world.add_address(**PLACE))
    given = words(served, address_file, "--yes")
    for sid, said in {mute: "has no voice", used: "already: AD", "PN" + "0" * 32: "cannot be read"}.items():
        given[given.index("--number") + 1] = sid
        assert main(given) == 2
        assert said in capsys.readouterr().err.splitlines()[-1]
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "wrong")
    assert main(given) == 2
    assert "code 20003" in capsys.readouterr().err.splitlines()[-1]
    assert {each.method for each in served.world.requests} == {"GET"}


def test_question_that_was_asked_and_is_not_settled_exits_1(served, address_file, capsys):
    served.world.switches.foreign_account = "401"
    served.faults.add("429 at=2")  # of the requests, the one for the foreign account
    toll_free = served.world.add_number("+18885550105")
    served.world.pace_for(toll_free, registration=Pace.never())

    asked = words(served, address_file, "--yes", "--toll-free", toll_free)
    asked[asked.index("--patience") + 1] = "2"

    assert main(asked) == 1

    said = capsys.readouterr()
    assert "# toll_free: not settled: " in said.out
    assert f"{toll_free} is still pending-registration" in said.out


@pytest.mark.parametrize("option", ["--pause", "--patience"])
@pytest.mark.parametrize("value", ["-1", "nan", "inf", "0", "soon", "1e30"])
def test_seconds_that_are_none_are_refused(served, address_file, capsys, option, value):
    with pytest.raises(SystemExit):
        main(words(served, address_file, "--yes", f"{option}={value}"))

    assert "must be seconds, more than 0" in capsys.readouterr().err
    assert served.world.requests == []


def test_output_that_cannot_be_written_ends_it_before_anything_is_asked(
    served, address_file, tmp_path, capsys
):
    assert main(words(served, address_file, "--yes", "--output", str(tmp_path / "none" / "x.yaml"))) == 2

    assert "No such file" in capsys.readouterr().err
    assert served.world.requests == []


@pytest.mark.parametrize("url", ["", "twilio", "ftp://127.0.0.1", "http://"])
def test_url_that_is_none_is_one_sentence(served, address_file, capsys, url):
    given = words(served, address_file, "--yes")
    given[given.index("--url") + 1] = url

    assert main(given) == 2

    assert capsys.readouterr().err.startswith("twilio-emulator: --url ")


def test_answer_that_breaks_off_is_no_traceback_and_leaves_nothing(served, address_file, capsys):
    served.faults.add("cut middle=12 method=POST")

    assert main(words(served, address_file, "--yes")) == 1

    assert "not all questions were asked: no answer: the answer broke off" in capsys.readouterr().err
    assert (served.world.addresses(), served.world.domains()) == ([], [])


@pytest.mark.parametrize("signals", [["SIGINT"], ["SIGTERM"], ["SIGHUP"], ["SIGINT", "SIGINT", "SIGTERM"]])
def test_signal_is_undone_before_the_command_ends(served, address_file, tmp_path, signals):
    output = tmp_path / "found.yaml"
    command = [sys.executable, "-m", "twilio_emulator", *words(served, address_file, "--yes")]
    with subprocess.Popen([*command, "--output", str(output)], stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if line == "... direct_swap\n":
                break
        for each in signals:
            process.send_signal(getattr(signal, each))
            time.sleep(0.2)
        said = process.stderr.read()

    assert process.returncode == 130, said
    assert f"interrupted by {signals[0]}" in said
    assert "Traceback" not in said
    assert (served.world.addresses(), served.world.domains()) == ([], [])
    assert served.world.numbers()[0]["emergency_address_status"] == "unregistered"
    assert yaml.safe_load(output.read_text())["update_of_bound_address"] == "place-refused"


def test_interruption_while_the_command_loads_is_one_sentence():
    late = "import signal, sys, twilio_emulator.__main__ as command\n"
    late += "class Interrupts:\n"
    late += "    def find_spec(self, name, *_):\n"
    late += "        if name == 'twilio_emulator.commands': signal.raise_signal(signal.SIGINT)\n"
    late += "sys.meta_path.insert(0, Interrupts())\n"
    late += "sys.exit(command.main(['ask', '--help']))\n"

    done = subprocess.run([sys.executable, "-c", late], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "twilio-emulator: interrupted\n"
