"""What an audit says of an account, code by code."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.finding import Coverage, Desired, DesiredDomain, DesiredNumber
from pulumi_twilio_emergency.core.rules.findings import AccountFindings, country_of, coverage_of
from support.accounts import OWN, domain, number, place, record, sid

NOW = 1_790_000_000.0
A1, A2 = sid("AD", 1), sid("AD", 2)
P1 = "+16172000001"


def codes(numbers=(), addresses=(), domains=(), desired=None, changed_at=None):
    """Return severity and code of everything that is found, in order."""
    rules = AccountFindings(OWN, {each.sid: each for each in addresses}, tuple(domains), desired, NOW)
    found = [finding for each in numbers for finding in rules.number(each, country_of(each), changed_at)]
    found += rules.rest()
    for finding in found:
        assert finding.problem.what.endswith(".")
        assert finding.problem.remedy
        assert finding.account_sid == OWN
    return [f"{finding.severity.value} {finding.code}" for finding in found]


def declares(wanted: DesiredNumber | None = None) -> Desired:
    return Desired({P1: wanted} if wanted else {}, {})


def test_registered_number_is_no_finding():
    assert codes([number(1, A1)], [record(1)]) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("registration-failure", ["critical registration-failed"]),
        ("pending-registration", ["warning registration-pending"]),
        ("pending-unregistration", ["warning registration-pending"]),
        ("unregistration-failure", ["warning unregistration-failed"]),
        ("unregistered", ["critical number-uncovered"]),
        ("some-new-word", ["warning registration-pending"]),
    ],
)
def test_status_other_than_registered_is_a_finding(status, expected):
    assert codes([number(1, A1, status)], [record(1)]) == expected


def test_registered_number_without_address_is_not_covered():
    """Twilio may say registered for a moment after the address was cleared."""
    assert codes([number(1, None, "registered")]) == ["warning registration-pending"]


@pytest.mark.parametrize(
    ("phone_number", "seconds", "code"),
    [
        ("+16172000001", 29 * 60, "warning registration-pending"),
        ("+16172000001", 31 * 60, "critical registration-overdue"),
        ("+16132000001", 31 * 60, "critical registration-overdue"),
        ("+442071838750", 71 * 3600, "warning registration-pending"),
        ("+442071838750", 73 * 3600, "critical registration-overdue"),
        ("+18002000001", 71 * 3600, "warning registration-pending"),
    ],
)
def test_pending_is_overdue_by_the_countrys_own_time(phone_number, seconds, code):
    pending = number(1, A1, "pending-registration", phone_number=phone_number)
    country = "GB" if phone_number.startswith("+44") else "CA" if phone_number.startswith("+1613") else "US"
    assert codes([pending], [record(1, iso_country=country)], changed_at=NOW - seconds) == [code]


@pytest.mark.parametrize(
    ("phone_number", "voice", "coverage", "expected"),
    [
        ("+4930901820", True, Coverage.NOT_APPLICABLE, ["notice country-without-registration"]),
        ("+16172000001", False, Coverage.NOT_APPLICABLE, []),
        ("+18002000001", True, Coverage.UNCOVERED, ["warning number-uncovered"]),
        ("+16172000001", True, Coverage.UNCOVERED, ["critical number-uncovered"]),
    ],
)
def test_numbers_that_cannot_register_are_not_uncovered(phone_number, voice, coverage, expected):
    unbound = number(1, phone_number=phone_number, voice=voice)
    assert coverage_of(unbound, country_of(unbound)) is coverage
    assert codes([unbound]) == expected


def test_address_on_number_without_voice_is_a_notice():
    assert codes([number(1, A1, voice=False)], [record(1)]) == ["notice number-without-voice"]


def test_address_without_flag_of_another_country_or_account_is_found():
    assert codes([number(1, A1)], [record(1, enabled=False)]) == ["critical address-not-emergency"]
    assert codes([number(1, A1)], [record(1, iso_country="CA")]) == ["warning country-mismatch"]
    assert codes([number(1, A1)]) == ["critical address-unknown"]


def test_emergency_addresses_without_use_and_twins_are_notices():
    twin = record(2, street="1 Main St")
    assert codes([number(1, A1)], [record(1), record(3), twin, record(4, enabled=False)]) == [
        "notice address-unused",
        "notice address-unused",
        "notice address-duplicate",
    ]


@pytest.mark.parametrize(
    ("bound", "desired", "expected"),
    [
        (A1, declares(), ["notice not-declared"]),
        (None, declares(), ["critical number-uncovered"]),
        (None, declares(DesiredNumber("boston", A1)), ["critical declared-not-bound"]),
        (A1, declares(DesiredNumber("boston", A1)), []),
        (A1, declares(DesiredNumber("boston", A2)), ["critical bound-elsewhere"]),
        (A1, declares(DesiredNumber("boston", address=place(1))), []),
        (A1, declares(DesiredNumber("boston", address=place(1, street="1 main street"))), []),
        (A1, declares(DesiredNumber("boston", address=place(9))), ["critical bound-elsewhere"]),
        (A1, declares(DesiredNumber("boston")), []),
    ],
)
def test_number_is_held_against_its_declaration(bound, desired, expected):
    assert codes([number(1, bound)], [record(1)] if bound else (), desired=desired) == expected


def test_declared_number_of_nobody_is_critical():
    assert codes(desired=declares(DesiredNumber("boston"))) == ["critical declared-not-owned"]


@pytest.mark.parametrize(
    ("live", "wanted", "expected"),
    [
        (domain(), None, ["warning domain-without-caller"]),
        (domain(), DesiredDomain("boston"), []),
        (domain(), DesiredDomain("boston", caller=P1), ["warning domain-without-caller"]),
        (domain(caller=sid("PN", 1)), None, []),
        (domain(caller=sid("PN", 1)), DesiredDomain("boston", caller=P1), []),
        (domain(caller=sid("PN", 1)), DesiredDomain("boston", caller=sid("PN", 1)), []),
        (
            domain(caller=sid("PN", 1)),
            DesiredDomain("boston", caller=sid("PN", 9)),
            ["warning domain-other-caller"],
        ),
        (domain(caller=sid("PN", 2)), None, ["critical domain-caller-unregistered"]),
        (domain(caller=sid("PN", 9)), None, ["critical domain-caller-foreign"]),
        (domain(on=False), None, []),
        (domain(on=False), DesiredDomain("boston", enabled=False), []),
        (domain(on=False), DesiredDomain("boston"), ["critical domain-off"]),
    ],
)
def test_domain_is_held_against_its_caller_and_declaration(live, wanted, expected):
    numbers = [number(1, A1), number(2, A1, "pending-registration")]
    declared = {each.phone_number: DesiredNumber("boston") for each in numbers}
    desired = Desired(declared, {live.domain_name: wanted}) if wanted else None
    found = codes(numbers, [record(1)], [live], desired)
    assert found == ["warning registration-pending", *expected]


def test_declared_domain_of_nobody_is_critical():
    assert codes(desired=Desired({}, {"acme.sip.twilio.com": DesiredDomain("boston")})) == [
        "critical domain-not-owned"
    ]


def test_findings_hold_no_street_and_no_name():
    rules = AccountFindings(OWN, {A1: record(1, enabled=False)}, (), None, NOW)
    told = str([rules.number(number(1, A1), "US"), rules.rest()])
    assert "Main" not in told
    assert "Acme" not in told
