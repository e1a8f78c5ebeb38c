"""What an audit says of an account, code by code."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from pulumi_twilio_emergency.core.model.account import AccountRecord
from pulumi_twilio_emergency.core.model.finding import Coverage, Desired, DesiredDomain, DesiredNumber
from pulumi_twilio_emergency.core.rules.account_findings import account_not_read
from pulumi_twilio_emergency.core.rules.findings import AccountFindings, country_of, coverage_of
from support.accounts import OWN, domain, number, place, record, sid

NOW = 1_790_000_000.0
A1, A2 = sid("AD", 1), sid("AD", 2)
P1 = "+16172000001"


def rules_of(addresses=(), domains=(), desired=None):
    return AccountFindings(OWN, {each.sid: each for each in addresses}, tuple(domains), desired, NOW)


def codes(numbers=(), addresses=(), domains=(), desired=None):
    """Return severity and code of everything that is found, in order."""
    rules = rules_of(addresses, domains, desired)
    found = [finding for each in numbers for finding in rules.number(each, country_of(each))]
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
    pending = changed(number(1, A1, "pending-registration", phone_number=phone_number), seconds)
    country = "GB" if phone_number.startswith("+44") else "CA" if phone_number.startswith("+1613") else "US"
    assert codes([pending], [record(1, iso_country=country)]) == [code]


def changed(number, seconds):
    """Return the number as if Twilio had updated it so long ago."""
    return replace(number, changed_at=datetime.fromtimestamp(NOW - seconds, timezone(timedelta(hours=1))))


def test_overdue_number_is_said_to_be_unchanged_since_its_last_update():
    """Any update moves the date, so it proves how long it is pending at least, and no more."""
    pending = changed(number(1, A1, "pending-unregistration"), 3600)
    (finding,) = rules_of([record(1)]).number(pending, "US")
    assert str(finding.problem).splitlines() == [
        f"+16172000001 ({sid('PN', 1)}) is pending-unregistration, and has not been updated since 2026-09-21 13:13 UTC.",
        "The address is being taken away: count the number as not covered.",
        "It takes up to 30 minutes in the US and Canada. Contact Twilio support and quote the number's SID.",
    ]


@pytest.mark.parametrize("seconds", [60.0, 90 * 86_400.0])
def test_age_of_a_settled_number_says_nothing(seconds):
    assert codes([changed(number(1, A1), seconds)], [record(1)]) == []


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
    ("status", "begins"),
    [
        ("pending-registration", "Wait until Twilio reports registered"),
        ("pending-unregistration", "Wait until Twilio reports unregistered"),
        ("registration-failure", "Twilio gives no reason."),
        ("unregistered", "Register an address"),
    ],
)
def test_remedy_of_an_unfit_emergency_caller_is_that_of_its_status(status, begins):
    rules = rules_of([record(1)], [domain(caller=sid("PN", 1))])
    rules.number(number(1, A1, status), "US")
    (found,) = [each for each in rules.rest() if each.code == "domain-caller-unregistered"]
    assert found.problem.remedy.startswith(begins)
    assert "Every emergency call" not in found.problem.meaning


def remedy_of_unused(numbers, desired=None):
    rules = rules_of([record(1), record(2)], (), desired)
    for each in numbers:
        rules.number(each, country_of(each))
    (found,) = [each for each in rules.rest() if each.code == "address-unused"]
    assert found.subject == A2
    return found.problem.remedy


@pytest.mark.parametrize("status", ["pending-registration", "pending-unregistration", "registration-failure"])
def test_unused_address_is_not_named_for_deletion_while_a_number_is_not_settled(status):
    assert remedy_of_unused([number(1, A1)]).startswith("Delete it, if no stack has it")
    for numbers in (
        [number(1, A1, status), number(3, A1)],
        [number(3, A1), number(1, None, status), number(2, A1)],
    ):
        for desired in (None, declares()):
            assert "Delete" not in remedy_of_unused(numbers, desired)


@pytest.mark.parametrize("status", ["registered", "pending-registration"])
def test_unused_address_of_the_stack_is_left_to_the_stack(status):
    remedy = remedy_of_unused([number(1, A1, status)], Desired({}, {}, {A2}))
    assert remedy == "Leave it to `pulumi up`, which deletes what the program drops."


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


@pytest.mark.parametrize(
    ("live", "desired", "coverage"),
    [
        (number(1, A1), None, Coverage.COVERED),
        (number(1, A1), declares(), Coverage.COVERED),
        (number(1, A1), declares(DesiredNumber("boston", A1)), Coverage.COVERED),
        (number(1, A1), declares(DesiredNumber("boston", A2)), Coverage.WRONG_ADDRESS),
        (number(1, A1), declares(DesiredNumber("boston", address=place(1))), Coverage.COVERED),
        (number(1, A1), declares(DesiredNumber("boston", address=place(9))), Coverage.WRONG_ADDRESS),
        (number(1, A1, "pending-registration"), declares(DesiredNumber("boston", A2)), Coverage.PENDING),
        (number(1, A1, "registration-failure"), declares(DesiredNumber("boston", A2)), Coverage.FAILED),
        (number(1), declares(DesiredNumber("boston", A2)), Coverage.UNCOVERED),
    ],
)
def test_number_at_another_address_than_declared_is_not_covered(live, desired, coverage):
    rules = rules_of([record(1)], desired=desired)
    assert rules.coverage(live, "US") is coverage
    found = [each.code for each in rules.number(live, "US")]
    assert (coverage is Coverage.WRONG_ADDRESS) <= ("bound-elsewhere" in found)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("registered", ["critical bound-elsewhere"]),
        ("registration-failure", ["critical registration-failed", "critical submitted-elsewhere"]),
        ("unregistered", ["critical number-uncovered", "critical submitted-elsewhere"]),
        ("pending-registration", ["warning registration-pending", "critical submitted-elsewhere"]),
        ("pending-unregistration", ["warning registration-pending", "critical submitted-elsewhere"]),
        ("unregistration-failure", ["warning unregistration-failed", "critical submitted-elsewhere"]),
        ("some-new-word", ["warning registration-pending", "critical submitted-elsewhere"]),
    ],
)
def test_address_that_is_not_registered_is_seen_by_no_dispatcher(status, expected):
    desired = declares(DesiredNumber("boston", A2))
    assert codes([number(1, A1, status)], [record(1)], desired=desired) == expected
    found = rules_of([record(1)], desired=desired).number(number(1, A1, status), "US")
    sent = [each.problem.meaning for each in found if "send help" in each.problem.meaning]
    assert len(sent) == (status == "registered")


def test_findings_of_a_number_that_failed_elsewhere_agree():
    desired = declares(DesiredNumber("boston", A2))
    failed, elsewhere = rules_of([record(1)], desired=desired).number(
        number(1, A1, "registration-failure"), "US"
    )
    assert elsewhere.problem.what == (
        f"{P1} ({sid('PN', 1)}) is registration-failure, with {A1} submitted, which is not the address declared "
        "in boston."
    )
    assert failed.problem.meaning == elsewhere.problem.meaning
    assert failed.problem.remedy == elsewhere.problem.remedy


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("status", ["registered", "registration-failure", "unregistration-failure"])
def test_findings_about_one_number_mean_the_same_for_a_caller(status, known):
    """An address that nobody can look up, or that is not for emergencies, is not seen where nothing is registered."""
    rules = rules_of([record(1, enabled=False)] if known else ())
    found = {each.code: each.problem.meaning for each in rules.number(number(1, A1, status), "US")}
    about_address = found.pop("address-not-emergency" if known else "address-unknown")
    assert set(found.values()) <= {about_address}


@pytest.mark.parametrize(
    ("status", "expected"),
    [("unregistered", ["critical number-uncovered"]), ("registered", [])],
)
def test_declared_number_with_its_address_is_uncovered_where_it_is_not_registered(status, expected):
    desired = declares(DesiredNumber("boston", A1))
    assert codes([number(1, A1, status)], [record(1)], desired=desired) == expected


def test_declared_number_whose_address_is_being_removed_is_told_once_what_that_means():
    """The emergency service may still hold the address: that nobody knows the caller's place is not known."""
    desired = declares(DesiredNumber("boston", A1))
    found = rules_of(desired=desired).number(number(1, None, "unregistration-failure"), "US")
    assert [each.code for each in found] == ["unregistration-failed", "declared-not-bound"]
    assert len({each.problem.meaning for each in found}) == 1


def test_declared_number_of_nobody_is_critical():
    assert codes(desired=declares(DesiredNumber("boston"))) == ["critical declared-not-owned"]


@pytest.mark.parametrize(
    ("live", "wanted", "expected"),
    [
        (domain(), None, ["warning domain-without-caller"]),
        (domain(), DesiredDomain("boston"), ["warning domain-without-caller"]),
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


@pytest.mark.parametrize(
    ("status", "desired", "severity", "what"),
    [
        ("suspended", None, "notice", "was not read: it is suspended."),
        ("closed", declares(), "notice", "was not read: it is closed."),
        ("held", None, "notice", "was not read: it is held."),
        (
            "suspended",
            declares(DesiredNumber("boston")),
            "critical",
            "was not read: it is suspended. Declared in it: 1 number.",
        ),
    ],
)
def test_account_that_was_not_read_is_named_and_critical_where_something_is_declared(
    status, desired, severity, what
):
    finding = account_not_read(AccountRecord(OWN, status), desired)
    assert (finding.code, finding.severity.value, finding.account_sid) == ("account-not-read", severity, OWN)
    assert finding.problem.what == f"Account {OWN} {what}"
    assert finding.problem.meaning
    assert finding.problem.remedy
