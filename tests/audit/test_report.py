"""Reading accounts, and what is written of them."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from pulumi_twilio_emergency.audit import desired, exports, html_report
from pulumi_twilio_emergency.audit.report import AccountNotReadableError, audit
from pulumi_twilio_emergency.core.model.account import AccountRecord
from pulumi_twilio_emergency.core.model.finding import DesiredDomain, DesiredNumber
from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.sites.file import load
from support.accounts import OTHER, OWN, FakeAccount, domain, number, place, record, sid
from support.sites import BOSTON

NOW = 1_790_000_000.0
A1 = sid("AD", 1)
STATE = Path(__file__).parents[1] / "state" / "0.1.0" / "registered.json"


def report_of(*sources, declared=None, **more):
    return audit(sources, own_account_sid=OWN, now=NOW, declared=declared, **more)


def written(write, report) -> str:
    out = io.StringIO()
    write(report, out)
    return out.getvalue()


@pytest.fixture
def report():
    """Return a report with every kind of row, and with names that would break each format."""
    account = FakeAccount(
        [
            number(1, A1),
            number(2),
            number(3, A1, "registration-failure"),
            number(4, phone_number="+4930901820"),
        ],
        [record(1), record(2)],
        [domain(1)],
    )
    evil = '=cmd|"/c calc"!A1</script><img src=x onerror=alert(1)>&amp;\n'
    declared = desired.Declared(
        {None: {"+16172000002": DesiredNumber(evil), "+16172009999": DesiredNumber(evil)}}
    )
    return report_of(account, declared=declared, compared_with=evil)


def test_each_list_is_read_once():
    account = FakeAccount([number(1, A1)], [record(1)])
    report_of(account)
    assert sorted(account.asked) == ["addresses", "domains", "numbers"]


def test_findings_come_worst_first(report):
    assert [finding.code for finding in report.findings] == [
        "declared-not-bound",
        "declared-not-owned",
        "registration-failed",
        "domain-without-caller",
        "address-unused",
        "country-without-registration",
        "not-declared",
        "not-declared",
    ]


def test_declarations_without_account_are_of_the_credentials_own():
    declared = desired.Declared(
        {None: {"+16172000001": DesiredNumber("a")}, OTHER: {"+16172000002": DesiredNumber("b")}}
    )
    sources = [
        FakeAccount([number(1, A1)], [record(1)]),
        FakeAccount([number(2, account=OTHER)], account_sid=OTHER),
    ]
    found = report_of(*sources, declared=declared)
    assert [(each.account_sid, each.code, each.site) for each in found.findings] == [
        (OTHER, "declared-not-bound", "b")
    ]
    assert found.accounts == [OWN, OTHER]


def test_account_that_cannot_be_read_ends_the_audit():
    class Broken(FakeAccount):
        def numbers(self):
            yield number(1)
            raise GatewayError("cut off")

    with pytest.raises(AccountNotReadableError) as stop:
        report_of(FakeAccount(account_sid=OTHER), Broken())
    assert (stop.value.account_sid, stop.value.error.text) == (OWN, "cut off")


def test_accounts_are_counted_each_and_those_not_read_are_named():
    wrong = {None: {"+16172000001": DesiredNumber("a", sid("AD", 2))}, OTHER: {"+1": DesiredNumber("b")}}
    found = report_of(
        FakeAccount([number(1, A1), number(2, A1)], [record(1)]),
        declared=desired.Declared(wrong),
        not_read=[AccountRecord(OTHER, "suspended")],
    )
    assert [(each.account_sid, each.severity.value, each.code) for each in found.findings] == [
        (OTHER, "critical", "account-not-read"),
        (OWN, "critical", "bound-elsewhere"),
        (OWN, "notice", "not-declared"),
    ]
    answer = json.loads(written(exports.write_json, found))
    jsonschema.validate(answer, exports.schema())
    counts = {
        "covered": 1,
        "wrong-address": 1,
        "pending": 0,
        "failed": 0,
        "uncovered": 0,
        "not-applicable": 0,
    }
    assert answer["coverage"] == counts
    assert answer["coverage_by_account"] == {OWN: counts}
    assert answer["accounts_not_read"] == [{"sid": OTHER, "status": "suspended"}]
    assert [each["coverage"] for each in answer["numbers"]] == ["wrong-address", "covered"]
    page = written(html_report.write_html, found)
    assert (
        "1 of 2 numbers are covered, 1 is registered at another address than declared. 1 account not read. "
        "2 critical findings."
    ) in page
    assert f"Not read: {OTHER} (suspended)" in page


def test_page_has_a_bar_for_each_of_several_accounts():
    sources = [FakeAccount([number(1)]), FakeAccount([number(2, account=OTHER)], account_sid=OTHER)]
    page = written(html_report.write_html, report_of(*sources))
    assert "<h3 class=account>By account</h3>" in page
    assert f"<span>{OWN}</span>" in page
    assert f"<span>{OTHER}</span>" in page
    assert "By account" not in written(html_report.write_html, report_of(sources[0]))


def test_progress_is_told_while_numbers_are_read():
    told = []
    report_of(FakeAccount([number(index) for index in range(1, 1201)]), progress=told.append)
    assert told == [500, 1000, 1200]


def test_json_is_valid_by_its_schema(report):
    schema = exports.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    answer = json.loads(written(exports.write_json, report))
    jsonschema.validate(answer, schema, format_checker=jsonschema.FormatChecker())
    assert answer["coverage"] == {
        "covered": 1,
        "wrong-address": 0,
        "pending": 0,
        "failed": 1,
        "uncovered": 1,
        "not-applicable": 1,
    }
    assert (len(answer["numbers"]), len(answer["findings"])) == (4, 8)


def test_json_of_nothing_is_valid():
    answer = json.loads(written(exports.write_json, report_of(FakeAccount())))
    jsonschema.validate(answer, exports.schema())
    assert answer["numbers"] == answer["findings"] == []


def test_csv_holds_no_formula(report):
    rows = list(csv.DictReader(io.StringIO(written(exports.write_csv, report), newline="")))
    assert len(rows) == len(report.findings)
    assert list(rows[0]) == list(exports.CSV_COLUMNS)
    cells = {cell for row in rows for cell in row.values() if not re.fullmatch(r"\+[0-9]+", cell)}
    assert {cell[:1] for cell in cells} & set("=+-@\t\r\n") == set()
    assert rows[0]["site"].startswith("'=cmd|")


def test_csv_has_numbers_as_json_has_them(report):
    """What is joined with another list by number must find it."""
    rows = list(csv.DictReader(io.StringIO(written(exports.write_csv, report), newline="")))
    found = json.loads(written(exports.write_json, report))["findings"]
    assert [row["subject"] for row in rows] == [each["subject"] for each in found]
    assert rows[0]["subject"] == "+16172000002"


@pytest.mark.parametrize("text", ["+1", "+1-2", "+14155550100+1", "+14155550100 ", "+1234567890123456", "-1"])
def test_csv_guards_what_is_no_phone_number(text):
    assert exports._cell(text) == (text if text == "+1" else f"'{text}")


class Page(HTMLParser):
    """Collects what a browser would make of a page: elements, and the text of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.scripts: list[str] = []
        self.in_script = False

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.in_script = tag == "script"
        if self.in_script:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.in_script = False

    def handle_data(self, data):
        if self.in_script:
            self.scripts[-1] += data


def test_page_escapes_everything_and_asks_for_nothing(report):
    text = written(html_report.write_html, report)
    page = Page()
    page.feed(text)
    assert not [
        tag for tag, _ in page.elements if tag in {"img", "iframe", "object", "embed", "base", "form"}
    ]
    assert [attrs for tag, attrs in page.elements if tag == "link"] == [{"rel": "icon", "href": "data:,"}]
    assert not [attrs for _, attrs in page.elements if "src" in attrs or "onerror" in attrs]
    assert "://" not in text
    assert "url(" not in text
    data = json.loads(page.scripts[0])
    assert len(page.scripts) == 2
    assert data["numbers"][0][:2] == ["+16172000001", sid("PN", 1)]
    assert data["findings"][0][5].startswith("=cmd|")
    assert "%%" not in text


@pytest.mark.parametrize(
    ("numbers", "headline"),
    [
        ([], "No number that was read can have an emergency address."),
        ([number(1, A1)], "The only number is covered. No critical finding."),
        ([number(1, A1), number(2, A1)], "All 2 numbers are covered. No critical finding."),
        ([number(1, A1), number(2)], "1 of 2 numbers are covered. 1 critical finding."),
        ([number(2)], "0 of 1 number is covered. 1 critical finding."),
    ],
)
def test_page_opens_with_the_count_that_matters(numbers, headline):
    assert headline in written(html_report.write_html, report_of(FakeAccount(numbers, [record(1)])))


def test_sites_file_is_compared_by_place(tmp_path):
    path = tmp_path / "sites.yaml"
    path.write_text(BOSTON)
    declared = desired.of_sites(load(path))
    there = place(
        1, customer_name="Acme Boston", street="1 MAIN ST", street_secondary="FLOOR 3", city="BOSTON"
    )
    assert declared.numbers[None]["+16175550100"].address is not None
    account = FakeAccount(
        [number(1, A1, phone_number="+16175550100"), number(2, sid("AD", 2), phone_number="+16175550101")],
        [
            record(
                1,
                **{
                    name: getattr(there, name)
                    for name in ("customer_name", "street", "street_secondary", "city")
                },
            ),
            record(2),
        ],
        [],
    )
    found = report_of(account, declared=declared)
    assert [(each.code, each.subject) for each in found.findings] == [
        ("bound-elsewhere", "+16175550101"),
        ("domain-not-owned", "acme.sip.twilio.com"),
    ]


def test_accepted_corrections_are_as_declared(tmp_path):
    path = tmp_path / "sites.yaml"
    path.write_text(BOSTON.replace("iso_country: US\n", "iso_country: US\n      on_correction: accept\n"))
    assert desired.of_sites(load(path)).numbers[None]["+16175550100"] == DesiredNumber("boston")


def test_state_of_a_release_is_what_it_declares():
    declared = desired.of_state(json.loads(STATE.read_text())["state"])
    (account,) = declared.account_sids
    assert declared.numbers[account] == {
        "+14155550100": DesiredNumber("desk", "ADdffc78802b9ab188dc388d7cce07b573")
    }
    assert declared.domains[account] == {
        "example.sip.twilio.com": DesiredDomain("phones", caller="PN42dbc3ca9c3724e58b3d4d407d4a57fb")
    }


P2 = sid("PN", 2)
REFRESHED = {
    "deployment": {
        "resources": [
            {
                "type": "pulumi-python:dynamic/twilio:NumberEmergencyBinding",
                "urn": "urn:pulumi:dev::voice::t::desk",
                "inputs": {"address_sid": sid("AD", 2)},
                "outputs": {
                    "phone_number": "+16172000001",
                    "address_sid": sid("AD", 2),
                    "submitted_address_sid": A1,
                },
            },
            {
                "type": "pulumi-python:dynamic/twilio:SipDomainEmergency",
                "urn": "urn:pulumi:dev::voice::t::phones",
                "inputs": {"enabled": False},
                "outputs": {
                    "domain_name": "acme-1.sip.twilio.com",
                    "emergency_caller_sid": P2,
                    "emergency_calling_enabled": False,
                    "__submitted_caller_sid": sid("PN", 1),
                },
            },
        ]
    }
}
"""A state that a refresh has overwritten with an address, a caller and a switch of somebody else."""


def test_addresses_of_state_are_those_that_a_rollback_may_need_too():
    """An interrupted change has them in its binding, in what is yet to be deleted, or in what was under way."""

    def resource(kind, index, **more):
        return {
            "type": f"pulumi-python:dynamic/twilio:{kind}",
            "urn": "urn::x::t::a",
            "id": sid("AD", index),
            **more,
        }

    binding = {
        "id": sid("PN", 1),
        "inputs": {"address_sid": sid("AD", 3)},
        "outputs": {
            "address_sid": sid("AD", 4),
            "submitted_address_sid": sid("AD", 5),
            "previous_address_sid": sid("AD", 6),
            "__previous_address_sid_of_others": sid("AD", 7),
        },
    }
    exported = {
        "deployment": {
            "resources": [
                resource("EmergencyAddress", 1),
                resource("EmergencyAddress", 2, delete=True),
                resource("NumberEmergencyBinding", 0, **binding),
                {"type": "other:index:Thing", "urn": "urn::x::t::b", "id": sid("AD", 9)},
            ],
            "pending_operations": [{"type": "deleting", "resource": resource("EmergencyAddress", 8)}],
        }
    }
    declared = desired.of_state(exported)
    assert declared.addresses == {sid("AD", index) for index in range(1, 9)}
    assert declared.of(OWN, OWN).addresses == declared.addresses


def test_state_after_a_refresh_declares_what_the_last_up_has_set():
    declared = desired.of_state(REFRESHED)
    assert declared.numbers == {None: {"+16172000001": DesiredNumber("desk", A1)}}
    assert declared.domains == {
        None: {"acme-1.sip.twilio.com": DesiredDomain("phones", enabled=True, caller=sid("PN", 1))}
    }


def test_drift_is_found_after_a_refresh_as_before_it():
    account = FakeAccount(
        [number(1, sid("AD", 2)), number(2, A1)], [record(1), record(2)], [domain(1, on=False)]
    )
    found = {each.code for each in report_of(account, declared=desired.of_state(REFRESHED)).findings}
    assert {"bound-elsewhere", "domain-off"} <= found


def test_other_caller_is_found_after_a_refresh():
    account = FakeAccount([number(1, A1), number(2, A1)], [record(1)], [domain(1, caller=P2)])
    found = {each.code for each in report_of(account, declared=desired.of_state(REFRESHED)).findings}
    assert "domain-other-caller" in found


@pytest.mark.parametrize(
    ("inputs", "outputs", "enabled", "caller"),
    [
        ({}, {"__submitted_caller_sid": "none", "emergency_caller_sid": P2}, True, None),
        ({}, {"emergency_caller_sid": P2}, True, P2),
        ({"enabled": False}, {"enabled": False}, False, None),
        ({"enabled": True}, {"enabled": False}, True, None),
    ],
    ids=["no caller set", "older state", "off", "off by an older up"],
)
def test_domain_is_declared_as_state_tells(inputs, outputs, enabled, caller):
    resource = {
        "type": "pulumi-python:dynamic/twilio:SipDomainEmergency",
        "urn": "urn:pulumi:dev::voice::t::phones",
        "inputs": inputs,
        "outputs": {"domain_name": "acme.sip.twilio.com", **outputs},
    }
    declared = desired.of_state({"deployment": {"resources": [resource]}})
    assert declared.domains[None]["acme.sip.twilio.com"] == DesiredDomain("phones", enabled, caller)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'{"deployment": 1}',
        b'{"deployment": {"resources": [1]}}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_file_that_is_no_state_is_refused(tmp_path, content):
    path = tmp_path / "state.json"
    path.write_bytes(content)
    with pytest.raises(Refused, match="is not what `pulumi stack export` writes"):
        desired.from_file(path, desired.of_state)


MEASURED = """
import io, sys
sys.path[:0] = {path!r}
from support.accounts import OWN, FakeAccount, number, record, sid
from pulumi_twilio_emergency.audit import exports, html_report
from pulumi_twilio_emergency.audit.report import audit

def peak():
    # Not getrusage: its peak is inherited from the process that started this one.
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

class Nowhere(io.TextIOBase):
    def write(self, text):
        return len(text)

numbers = (number(i, None if i % 10 == 0 else sid("AD", 1 + i % 50)) for i in range(1, {count} + 1))
before = peak()
report = audit([FakeAccount(numbers, [record(i) for i in range(1, 51)])], own_account_sid=OWN, now=0.0)
for write in (exports.write_json, exports.write_csv, html_report.write_html):
    write(report, Nowhere())
print((peak() - before) / 1024, len(report.findings))
"""


def test_fifty_thousand_numbers_take_bounded_memory(report_counts):
    """Measured in a process of its own: what reading, judging and writing all three forms adds to it."""
    program = MEASURED.format(path=[str(Path(__file__).parents[1])], count=50_000)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    megabytes, findings = (float(word) for word in done.stdout.split())
    assert findings == 5_000 + 5, "numbers without address, and addresses without number"
    assert megabytes < 64
    report_counts(f"audit of 50,000 numbers, all formats: {megabytes:.0f} MB more than an idle process")
