"""The command, as a process of its own and as a person meets it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import jsonschema
import pytest
import requests
import yaml
from twilio.rest import Client

from emulator.clients import KNOWN
from emulator.schema import check_answer
from twilio_emulator import Seed
from twilio_emulator.__main__ import main
from twilio_emulator.messages import FORM

COMMAND = Path(sys.executable).with_name("twilio-emulator")

SEED = """
account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
auth_token: secret
address_book: open
numbers:
  - phone_number: "+14155550100"
    friendly_name: Front desk
  - phone_number: "+14155550101"
    voice: false
domains:
  - domain_name: scranton.sip.twilio.com
    sid: SDbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
addresses:
  - customer_name: Twilio
    street: 645 HARRISON ST
    city: SAN FRANCISCO
    region: CA
    postal_code: "94105"
    iso_country: US
places:
  - street: 7 WHARF RD
    city: BRISTOL
    region: AVON
    postal_code: BS1 1AA
    iso_country: GB
"""


def checked(response, *_, **__):
    """Hold an answer against Twilio's OpenAPI facts."""
    request = response.request
    path = request.path_url.partition("?")[0]
    check_answer(
        request.method, path, response.status_code, response.text, response.headers.get("Content-Type", "")
    )


class Running:
    """The process, once it has said where it listens."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [COMMAND, "--port", "0", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.lines = [self.process.stdout.readline().rstrip() for _ in range(4)]
        self.env = dict(line.removeprefix("export ").split("=", 1) for line in self.lines[1:])
        self.url = self.env["TWILIO_API_URL"]

    def client(self):
        client = Client(
            self.env["TWILIO_ACCOUNT_SID"],
            self.env["TWILIO_AUTH_TOKEN"],
            environment={"nothing": "from outside"},
        )
        client.api.base_url = self.url
        client.http_client.session.hooks["response"].append(checked)
        return client

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=10)
        return self.process.returncode, errors

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_command_says_where_it_listens_and_ends_on_a_signal(how):
    with Running() as running:
        assert re.fullmatch(r"twilio-emulator: listening on http://127\.0\.0\.1:\d+", running.lines[0])
        assert running.lines[0].endswith(running.url)
        assert list(running.env) == ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL"]
        account = running.client().api.accounts(running.env["TWILIO_ACCOUNT_SID"]).fetch()
        assert account.status == "active"
        assert running.end(how) == (0, "")


def test_command_starts_with_a_seed_and_all_options(tmp_path):
    seed = tmp_path / "seed.yaml"
    seed.write_text(SEED)
    dials = ["--registration", "never", "--unregistration", "failing", "--switch", "cleared_sid=null"]

    with Running("--seed", seed, *dials, "--fault", "429 at=4 method=GET") as running:
        assert running.env["TWILIO_ACCOUNT_SID"] == "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        assert running.env["TWILIO_AUTH_TOKEN"] == "secret"
        client = running.client()
        first, second = client.incoming_phone_numbers.list()
        assert (first.friendly_name, second.capabilities["voice"]) == ("Front desk", False)
        assert client.sip.domains("SDbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb").fetch().sid
        (address,) = client.addresses.list(emergency_enabled=True)
        assert (
            first.update(emergency_address_sid=address.sid).emergency_address_status == "pending-registration"
        )
        assert client.addresses.create(**{**KNOWN, "street": "12 Elm Avenue"}).street == "12 ELM AVE"
        assert first.update(emergency_address_sid="").emergency_address_status == "unregistration-failure"
        state = requests.get(running.url + "/_emulator/state", timeout=5).json()
        assert state["switches"]["cleared_sid"] == "null"
        assert requests.get(running.url + "/2010-04-01/Accounts/x.json", timeout=5).status_code == 429


def test_taken_port_is_said_in_a_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        assert main(["--port", str(port)]) == 2

    assert (
        capsys.readouterr().err
        == f"twilio-emulator: cannot listen on port {port} of 127.0.0.1: Address already in use\n"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "- a\n- b",
            "must be a mapping of: account_sid, auth_token, address_book, region, registration, ",
        ),
        ("numbers: [", "is not YAML: "),
        ("phones: []", "there is no 'phones'; there are: account_sid, "),
        ("numbers: +14155550100", "numbers must be a list of mappings"),
        ("numbers: ['+14155550100']", "numbers must be a list of mappings"),
        ("numbers:", "numbers must be a list of mappings"),
        ("numbers: [{phone_number: +14155550100}]", "numbers[0]: phone_number must be in quotes"),
        ("addresses: [{postal_code: 94105}]", "addresses[0]: postal_code must be in quotes"),
        ("addresses: [{}]", "addresses[0]: customer_name is missing"),
        ("addresses: [{foo: 1}]", "addresses[0]: foo is not a field here; there are: sid, customer_name, "),
        ("numbers: [{1: 1}]", "numbers[0]: 1 is not a field here; there are: "),
        (
            "numbers: [{phone_number: '+14155550100', voice: true, capabilities: {voice: false}}]",
            "numbers[0]: voice contradicts capabilities",
        ),
        (
            "numbers: [{phone_number: '+14155550100', capabilities: {voice: 'false'}}]",
            "numbers[0]: capabilities voice must be true or false, without quotes, not 'false'",
        ),
        (
            "numbers: [{phone_number: '+14155550100', capabilities: {taste: true}}]",
            "numbers[0]: capabilities has voice, sms, mms, fax, not 'taste'",
        ),
        (
            "places: [{street: 1 A ST, city: B, region: C, postal_code: '9', iso_country: FR}]",
            "places[0]: iso_country is one of US, CA, GB, not 'FR'",
        ),
        (
            "places: [{street: 1 A ST, city: B, region: C, postal_code: ''}]",
            "places[0]: postal_code is missing",
        ),
        (
            "numbers: [{phone_number: '+14155550100', emergency_address_status: registration-failure}]",
            "numbers[0]: emergency_address_status cannot be registration-failure without an emergency_address_sid",
        ),
        ("auth_token: 12345", "auth_token must be in quotes"),
        ("numbers: [{voice: true}]", "numbers[0]: phone_number is missing"),
        ("places: [{street: 1 MAIN ST}]", "places[0]: city is missing"),
        (
            "places: [{street: 1 MAIN ST, city: X, region: CA, postal_code: '9', town: X}]",
            "places[0]: town is not a field here; there are: street, city, region, postal_code, iso_country",
        ),
        ("address_book: closed", "address_book is one of strict, open, not 'closed'"),
        ("region: us9", "region is one of us1, ie1, "),
        ("numbers: [{phone_number: banana}]", "numbers[0]: phone_number must be a phone number in E.164"),
        ("numbers: [{phone_number: '+14155550100', voice: perhaps}]", "voice must be true or false"),
        ("numbers: [{phone_number: '+14155550100', sid: AD0}]", "sid must be PN and 32 hexadecimal digits"),
        (
            "numbers: [{phone_number: '+14155550100', emergency_address_status: done}]",
            "emergency_address_status is one of registered, unregistered, ",
        ),
        (
            f"numbers: [{{phone_number: '+14155550100', emergency_address_sid: AD{'0' * 32}}}]",
            f"numbers[0]: emergency_address_sid AD{'0' * 32} is not an address of account AC",
        ),
        (
            "numbers: [{phone_number: '+14155550100'}, {phone_number: '+14155550100'}]",
            "numbers[1]: phone_number +14155550100 exists already",
        ),
        (
            f"api_keys: [{{sid: SK{'1' * 32}}}, {{sid: SK{'1' * 32}}}]",
            f"api_keys[1]: sid SK{'1' * 32} exists already",
        ),
        (
            "domains: [{domain_name: example.com}]",
            "domains[0]: domain_name must be a name under sip.twilio.com",
        ),
        ("accounts: [{status: asleep}]", "accounts[0]: status is one of active, suspended, closed"),
        (f"accounts: [{{parent: AC{'2' * 32}}}]", f"accounts[0]: parent AC{'2' * 32} is not an account here"),
        ("api_keys: [{kind: restricted}]", "api_keys[0]: kind is one of standard, main, not 'restricted'"),
        ("switches: {direct_swap: maybe}", "switches: switch direct_swap is one of refused, accepted"),
        ("switches: {large_page: 20007}", "switches: large_page must be in quotes"),
        ("switches: [direct_swap]", "switches must be a mapping of switches to positions"),
        ("registration: soon", "registration: 'soon' is not a pace"),
        ("faults: [429 share=7]", "faults[0]: '429 share=7' is not a fault (share= is between 0 and 1)"),
        ("faults: 429 every=1", "faults must be a list of texts"),
        ("numbers: []\nnumbers: []", "'numbers' is there twice"),
        (None, "No such file or directory"),
    ],
)
def test_bad_seed_is_one_sentence(tmp_path, capsys, text, sentence):
    seed = tmp_path / "seed.yaml"
    if text is not None:
        seed.write_text(text)

    assert main(["--port", "0", "--seed", str(seed)]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("twilio-emulator: ")
    assert said.err.count("\n") == 1
    assert sentence in said.err
    assert str(seed) in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--switch", "direct_swap=maybe"], "switch direct_swap is one of refused, accepted, not 'maybe'"),
        (["--switch", "maybe"], "there is no switch 'maybe'; there are: direct_swap, "),
        (
            ["--fault", "explode at=1"],
            "'explode at=1' is not a fault (kind 'explode'); there are:\n  cut before=K",
        ),
        (["--registration", "soon"], "'soon' is not a pace; write one of: at once, after 3s"),
        (["--port", "http"], "'http' is not a port; write a number from 0 to 65535"),
        (["--port", "65536"], "'65536' is not a port; write a number from 0 to 65535"),
    ],
)
def test_bad_word_on_the_command_line_is_explained(capsys, words, sentence):
    with pytest.raises(SystemExit) as end:
        main(words)

    assert end.value.code == 2
    assert sentence in capsys.readouterr().err


def test_bad_seed_ends_the_process_with_status_2(tmp_path):
    done = subprocess.run(
        [COMMAND, "--seed", tmp_path / "none.yaml"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def control(url, method, path, data=None):
    return requests.request(method, f"{url}/_emulator{path}", data=data, timeout=5)


def test_version_is_that_of_the_distribution(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])

    assert end.value.code == 0
    assert capsys.readouterr().out == f"twilio-emulator {version('twilio-emulator')}\n"


def test_log_names_parameters_and_no_values():
    with Running("--log") as running:
        account = running.env["TWILIO_ACCOUNT_SID"]
        running.client().addresses.create(**KNOWN)
        running.client().addresses.list(friendly_name="Twilio")
        _, errors = running.end()

    first, second = errors.splitlines()
    assert re.fullmatch(
        rf"POST /Accounts/{account}/Addresses \(CustomerName, Street, .*\) 201 answered \d\.\d{{3}}s", first
    )
    assert re.fullmatch(
        rf"GET /Accounts/{account}/Addresses\?FriendlyName&PageSize 200 answered \d\.\d{{3}}s", second
    ) or re.fullmatch(rf"GET /Accounts/{account}/Addresses\?FriendlyName 200 answered \d\.\d{{3}}s", second)
    assert "HARRISON" not in errors
    assert running.env["TWILIO_AUTH_TOKEN"] not in errors


def test_log_shows_names_that_twilio_knows_and_nothing_of_what_was_misread(emulator):
    lines = []
    emulator.app.log = lines.append
    place = json.dumps({"Street": "12 SECRET ST"})

    emulator.ask("POST", "/Addresses.json", data=place, headers={"Content-Type": FORM})
    emulator.ask("POST", "/Addresses.json", data=place, headers={"Content-Type": "application/json"})
    emulator.ask("POST", "/Addresses.json", data="12 SECRET ST&City=X&Secret")
    emulator.ask("GET", "/Addresses.json?12%20SECRET%20ST&PageSize=5")

    assert len(lines) == 4
    assert "secret" not in " ".join(lines).lower()
    assert "Addresses (?) 400" in lines[0]
    assert "Addresses (unreadable) 400" in lines[1]
    assert "Addresses (?, City, ?) 400" in lines[2]
    assert "Addresses?" in lines[3]
    assert "PageSize" in lines[3]


def test_registration_is_pending_in_the_answer_by_default():
    seed = (
        'numbers: [{phone_number: "+14155550100"}]\naddresses: [{customer_name: A, street: B, city: C, region: CA,'
        ' postal_code: "9", iso_country: US, emergency_enabled: true}]'
    )
    with Running("--add", seed, "--clock", "manual") as running:
        client = running.client()
        (number,), (address,) = client.incoming_phone_numbers.list(), client.addresses.list()
        answer = number.update(emergency_address_sid=address.sid)
        statuses = [number.fetch().emergency_address_status for _ in range(3)]

    assert answer.emergency_address_status == "pending-registration"
    assert statuses == ["pending-registration", "pending-registration", "registered"]


def test_manual_clock_of_the_command_is_moved_by_the_control_api():
    seed = (
        'numbers: [{phone_number: "+14155550100"}]\naddresses: [{customer_name: A, street: B, city: C, region: CA,'
        ' postal_code: "9", iso_country: US, emergency_enabled: true}]'
    )
    with Running("--add", seed, "--clock", "manual", "--registration", "after 3600s") as running:
        client = running.client()
        (number,), (address,) = client.incoming_phone_numbers.list(), client.addresses.list()
        number.update(emergency_address_sid=address.sid)
        control(running.url, "POST", "/clock", {"advance": "3599"})
        before = number.fetch().emergency_address_status
        control(running.url, "POST", "/clock", {"advance": "1"})
        after = number.fetch().emergency_address_status

    assert (before, after) == ("pending-registration", "registered")


def test_things_are_added_while_it_runs_and_a_reset_takes_them_away(capsys):
    with Running(
        "--add", 'numbers: [{phone_number: "+14155550100"}]', "--switch", "large_page=capped"
    ) as running:
        account = running.env["TWILIO_ACCOUNT_SID"]
        document = f"""
            numbers: [{{phone_number: "+14155550101"}}]
            places: [{{street: 7 WHARF RD, city: BRISTOL, region: AVON, postal_code: BS1 1AA, iso_country: GB}}]
            accounts: [{{sid: AC{"b" * 32}, parent: {account}, status: suspended}}]
            api_keys: [{{sid: SK{"c" * 32}, secret: s, kind: main}}]
            region: ie1
            switches: {{large_page: "20007"}}
        """
        assert main(["add", "--url", running.url, document]) == 0
        added = json.loads(capsys.readouterr().out)
        assert {kind: len(sids) for kind, sids in added.items()} == {
            "accounts": 1,
            "api_keys": 1,
            "places": 1,
            "numbers": 1,
        }
        state = control(running.url, "GET", "/state").json()
        assert (len(state["numbers"]), len(state["accounts"]), state["region"]) == (2, 2, "ie1")
        assert running.env["TWILIO_AUTH_TOKEN"] not in json.dumps(state)

        assert main(["reset", "--url", running.url]) == 0
        state = control(running.url, "GET", "/state").json()
        assert [each["phone_number"] for each in state["numbers"]] == ["+14155550100"]
        assert (len(state["accounts"]), state["region"], state["switches"]["large_page"]) == (
            1,
            "us1",
            "capped",
        )
        assert running.client().api.accounts(account).fetch().status == "active"
        assert running.end() == (0, "")


def test_refused_addition_is_one_sentence(capsys):
    with Running() as running:
        assert main(["add", "--url", running.url, "numbers: [{phone_number: banana}]"]) == 1

    assert capsys.readouterr().err == (
        "twilio-emulator: seed: numbers[0]: phone_number must be a phone number in E.164, like +14155550100, "
        "not 'banana'\n"
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense"])
def test_emulator_that_does_not_answer_is_one_sentence(capsys, url):
    assert main(["reset", "--url", url]) == 1

    error = capsys.readouterr().err
    assert error.startswith(f"twilio-emulator: no emulator answers at {url}: ")
    assert error.count("\n") == 1


def test_schema_is_a_schema_and_agrees_with_the_reader(capsys):
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.validate(yaml.safe_load(SEED), schema)
    for wrong in (
        "phones: []",
        "numbers: [{phone_number: banana}]",
        "switches: {direct_swap: maybe}",
        "region: x",
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(yaml.safe_load(wrong), schema)
        with pytest.raises(ValueError):
            Seed.parse(wrong, "seed")


def test_switches_are_loaded_from_a_file(tmp_path, capsys):
    path = tmp_path / "switches.yaml"
    path.write_text("# found\ncleared_sid: 'null'\n")
    with Running("--switches", path) as running:
        assert control(running.url, "GET", "/state").json()["switches"]["cleared_sid"] == "null"
    path.write_text("cleared_sid: maybe")

    assert main(["--port", "0", "--switches", str(path)]) == 2
    assert "switch cleared_sid is one of empty, null, not 'maybe'" in capsys.readouterr().err


def test_command_runs_without_pulumi_twilio_and_flask():
    program = (
        "import sys; import twilio_emulator.__main__;"
        "print(sorted({'pulumi', 'twilio', 'requests', 'flask', 'werkzeug', 'trustme', 'pytest'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.parametrize("option", ["--seed", "--switches"])
def test_file_that_is_not_text_is_named(tmp_path, capsys, option):
    path = tmp_path / "binary"
    path.write_bytes(b"\xff\xfe\x00")

    assert main(["--port", "0", option, str(path)]) == 2
    assert capsys.readouterr().err == f"twilio-emulator: {path} is not UTF-8\n"


def test_certificate_that_cannot_be_written_is_one_sentence(tmp_path, capsys):
    assert main(["--port", "0", "--tls", "--ca-file", str(tmp_path / "none" / "ca.pem")]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("twilio-emulator: cannot write the certificate: ")
    assert said.err.count("\n") == 1


def test_host_that_is_none_is_one_sentence(capsys):
    assert main(["--port", "0", "--host", "999.1.1.1"]) == 2

    error = capsys.readouterr().err
    assert error.startswith("twilio-emulator: cannot listen on port 0 of 999.1.1.1: ")
    assert error.count("\n") == 1


def test_help_names_every_switch_and_its_positions(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])

    assert end.value.code == 0
    assert "  update_of_bound_address=place-refused|refused|accepted\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--host", ""], "host is missing; 127.0.0.1 is this machine only"),
        (["--host", " "], "host is missing; 127.0.0.1 is this machine only"),
        (["--ca-file", "x.pem"], "--ca-file needs --tls"),
        (["--add", "region:"], "--add: region is one of us1"),
        (["--add", "[]"], "--add must be a mapping of"),
        (["--add", 'auth_token: "a\\nb"'], "--add: auth_token must be a text of one line"),
    ],
)
def test_option_that_makes_no_sense_is_one_sentence(capsys, words, sentence):
    assert main(["--port", "0", *words]) == 2

    error = capsys.readouterr().err
    assert error.startswith(f"twilio-emulator: {sentence}")
    assert error.count("\n") == 1


@pytest.mark.parametrize("port", ["\u0663", "-1", "65536", "1e3", ""])
def test_port_that_is_none_is_explained(capsys, port):
    with pytest.raises(SystemExit):
        main([f"--port={port}"])

    assert "is not a port; write a number from 0 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("token", ["$(touch /tmp/x)", "a b", "it's", "`id`;"])
def test_token_is_printed_as_the_shell_reads_it(tmp_path, token):
    seed = tmp_path / "seed.yaml"
    seed.write_text(json.dumps({"auth_token": token}))
    with Running("--seed", seed) as running:
        line = next(line for line in running.lines if line.startswith("export TWILIO_AUTH_TOKEN="))

        said = subprocess.run(
            ["/bin/sh", "-c", f'{line}; printf %s "$TWILIO_AUTH_TOKEN"'],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert said.stdout == token


def test_addition_at_what_is_no_emulator_is_one_sentence(capsys):
    with Running() as running:
        assert main(["reset", "--url", f"{running.url}/2010-04-01"]) == 1

        assert capsys.readouterr().err == (
            f"twilio-emulator: what answers at {running.url}/2010-04-01 is not an emulator: HTTP 401\n"
        )


def test_account_of_an_added_text_is_the_one_that_is_announced():
    with Running("--add", f"account_sid: AC{'7' * 32}") as running:
        assert running.env["TWILIO_ACCOUNT_SID"] == f"AC{'7' * 32}"
        assert len(control(running.url, "GET", "/state").json()["accounts"]) == 1
