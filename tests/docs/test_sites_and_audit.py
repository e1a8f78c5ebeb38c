"""The sessions of docs/sites-and-audit.md are one account's story, and are run in its order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from docs.documents import ROOT, Document
from pulumi_twilio_emergency.cli.commands import _COMMANDS
from pulumi_twilio_emergency.cli.running import Exit
from pulumi_twilio_emergency.core.model.countries import longest_registration
from pulumi_twilio_emergency.core.model.finding import Severity
from pulumi_twilio_emergency.sites.file import load
from pulumi_twilio_emergency.sites.keys import CSV_COLUMNS
from support.command import run

if TYPE_CHECKING:
    from support.command import Ended

PAGE = Document(ROOT / "docs" / "sites-and-audit.md")
PLACE = {"customer_name": "Acme", "region": "MA", "iso_country": "US", "emergency_enabled": True}
OFFICES = {
    "Boston": {"street": "1 MAIN ST", "city": "BOSTON", "postal_code": "02134"},
    "Salem": {"street": "2 MAIN ST", "city": "SALEM", "postal_code": "01970"},
}


@pytest.fixture
def account(twilio):
    """Return a Twilio with two offices of two numbers and a SIP domain each, and a fifth number."""
    for place, (name, fields) in enumerate(OFFICES.items()):
        address = twilio.world.add_address(friendly_name=name, **fields, **PLACE)
        bound = {"emergency_address_sid": address, "emergency_address_status": "registered"}
        caller = twilio.world.add_number(f"+1617555010{2 * place}", **bound)
        twilio.world.add_number(f"+1617555010{2 * place + 1}", **bound)
        twilio.world.add_domain(
            f"{name.lower()}.sip.twilio.com", emergency_calling_enabled=True, emergency_caller_sid=caller
        )
    twilio.world.add_number(
        "+16175550104", emergency_address_sid=address, emergency_address_status="pending-registration"
    )
    return twilio


def shows(name: str, twilio, stack) -> Ended:
    """Run the command of a session, and make sure that the session shows what it says."""
    words = PAGE.session(name).splitlines()[0].removeprefix("$ twilio-emergency ").split()
    path = stack.env["PATH"]
    ended = run(*words, env={**twilio.env, "PATH": path, "COLUMNS": "100"}, cwd=stack.project)
    # Progress is replaced by the answer on a terminal; what remains on stderr is the count of `check`.
    said = ended.out + (ended.err if name == "check" else "")
    said = re.sub(r"(Python: |Pulumi CLI: v)[\d.]+", r"\g<1>...", said)
    PAGE.shows(name, said.replace(twilio.url, "http://127.0.0.1:8429"))
    return ended


def test_account_is_adopted_checked_audited_and_watched_as_shown(account, stack):
    assert shows("doctor", account, stack).code == Exit.OK
    assert shows("adopt", account, stack).code == Exit.FOUND
    stack.program(re.search(r"```python\n(.*?)```", PAGE.text, re.DOTALL)[1])
    steps = re.findall(r"^  \d\. pulumi (import .*)$", PAGE.session("adopt"), re.MULTILINE)
    stack.run(*steps[0].split(), expect=0)
    stack.has_nothing_to_do()
    assert {each.method for each in account.world.requests} == {"GET"}

    file = stack.project / "sites.yaml"
    written = file.read_text()
    broken = written.replace("postal_code:", "zip:", 1).replace("+16175550101", "617-555-0101")
    file.write_text(broken.replace('emergency_caller: "+16175550102"', 'emergency_caller: "+16175550120"'))
    assert shows("check", account, stack).code == Exit.FOUND
    file.write_text(written)

    unbound = next(each for each in account.world.numbers() if each["phone_number"] == "+16175550103")
    account.world.rebind(unbound["sid"], None)
    account.world.add_number("+16175550105")
    assert shows("audit", account, stack).code == Exit.FOUND
    assert shows("watch", account, stack).code == Exit.FOUND


def test_table_has_every_command():
    rows = re.findall(r"^\| `([a-z]+)[^|]*\|", PAGE.text.partition("## Exit codes")[0], re.MULTILINE)
    assert sorted(rows) == sorted(_COMMANDS)


def test_exit_codes_and_severities_are_those_of_the_command():
    codes = re.findall(r"^\| (\d+) \|", PAGE.text, re.MULTILINE)
    assert [int(each) for each in codes] == list(Exit)
    severities = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.text.partition("## audit")[2], re.MULTILINE)
    assert [name for name, _ in severities] == [each.value for each in Severity]


def test_file_of_the_page_has_no_problem(tmp_path):
    (tmp_path / "sites.yaml").write_text(re.search(r"```yaml\n(.*?)```", PAGE.text, re.DOTALL)[1])
    assert run("check", "--strict", "sites.yaml", cwd=tmp_path).code == Exit.OK


def test_table_of_the_page_declares_what_its_columns_say(tmp_path):
    (tmp_path / "sites.csv").write_text(re.search(r"```csv\n(.*?)```", PAGE.text, re.DOTALL)[1])
    (site,) = load(tmp_path / "sites.csv")
    assert (site.key, site.address.postal_code) == ("boston", "02134")
    assert [each.phone_number for each in site.numbers] == ["+16175550100"]
    assert [(each.domain_name, each.emergency_caller) for each in site.domains] == [
        ("acme.sip.twilio.com", "+16175550100")
    ]
    columns = re.findall(
        r"^\| `(\w+)` \|", PAGE.text.partition("```csv")[2].partition("In the program")[0], re.MULTILINE
    )
    assert columns == [each.name for each in CSV_COLUMNS]
    assert [
        name
        for name, needed in re.findall(r"^\| `(\w+)` \| (yes|no) \|", PAGE.text, re.MULTILINE)
        if needed == "yes"
    ] == [each.name for each in CSV_COLUMNS if each.required]


def test_times_of_registration_are_those_of_the_rules():
    said = re.search(r"\((\d+) minutes in\s+the US and Canada, (\d+) hours in the UK\)", PAGE.text)
    assert int(said[1]) * 60 == longest_registration("US") == longest_registration("CA")
    assert int(said[2]) * 3600 == longest_registration("GB") == longest_registration(None)
