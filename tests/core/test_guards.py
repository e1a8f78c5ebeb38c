"""What is refused: each sentence names what is so, what it protects, and the way on or past it."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.countries import country_of_number, is_e164
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.rules import guards
from support.fake_twilio import domain, number, record, sid

HOME, OTHER, DESK = sid("AD", 1), sid("AD", 2), sid("PN", 1)
IN_STATE = number(1, HOME, "registered")
OVERRIDE = "TWILIO_EMERGENCY_ALLOW_UNSAFE=1"
BRITISH, FRENCH, CANADIAN, PUERTO_RICAN, GUERNSEY = (
    "+442071234567",
    "+33123456789",
    "+14165550100",
    "+17875550100",
    "+441481555555",
)
TOLL_FREE = ["+18005550100", "+18335550100", "+18885550100"]
NO_COUNTRY = ["+19995550100", "+1415", "", "anonymous"]
GB = {"iso_country": "GB", "region": "Greater London"}
CA = {"iso_country": "CA", "region": "ON"}

WITHOUT_ADDRESS = "whose own number has no registered address"
NO_PLACE = "reaches a national centre that does not know where the caller is"
EVERY_SENTENCE = {
    "no voice": (
        guards.problem_if_cannot_register(number(voice=False)),
        "protect nobody",
        "Bind the address to a voice number.",
        "number_sid",
    ),
    "another country": (
        guards.problem_if_cannot_register(number(phone_number=FRENCH)),
        "show no address to the dispatcher",
        "use a number of a country with registration",
        "number_sid",
    ),
    "not for emergencies": (
        guards.problem_if_address_does_not_fit(number(), record(emergency_enabled=False)),
        "would not be registered with the emergency service",
        "run `pulumi refresh`, and then `pulumi up`, which creates another one. If not, declare it",
        "address_sid",
    ),
    "countries differ": (
        guards.problem_if_address_does_not_fit(number(), record(**GB)),
        "only addresses of the number's own country",
        "Bind an address of the number's country.",
        "address_sid",
    ),
    "bound elsewhere": (
        guards.text_bound_elsewhere(number(1, OTHER, "registered"), HOME),
        "leave whoever relies on that address uncovered",
        f"set take_over=True, or run this one command with {OVERRIDE}.",
        "take_over",
    ),
    "bound elsewhere, of a sites file": (
        guards.text_bound_elsewhere(number(1, OTHER, "registered"), HOME, of_sites_file=True),
        "leave whoever relies on that address uncovered",
        "set take_over=True on the EmergencySites, for all its numbers, or run this one command with",
        "take_over",
    ),
    "moved since": (
        guards.problem_if_not_as_in_state(number(1, OTHER, "registered"), IN_STATE),
        "A dispatcher sees that address, not the one in state.",
        "run, has changed it. If it is to stay bound, `pulumi up` binds it as the program says.",
        "",
    ),
    "moved by somebody else since": (
        guards.problem_if_not_as_in_state(number(1, OTHER, "registered"), IN_STATE, is_foreign=True),
        "A dispatcher sees that address, not the one in state.",
        "`pulumi refresh` takes it into state; the next `pulumi up` binds the number as the program says.",
        "",
    ),
    "lost since": (
        guards.problem_if_not_as_in_state(number(1, HOME, "registration-failure"), IN_STATE),
        "does not know where the caller is",
        "If it is to stay bound, `pulumi up` registers it again.",
        "",
    ),
    "not covered, as in state": (
        guards.text_not_covered(number(1, HOME, "registration-failure")),
        "does not know where the caller is",
        "If it is to stay bound, `pulumi up` registers it again.",
        "",
    ),
    "pending and awaited": (
        guards.text_not_covered(number(1, HOME, "pending-registration"), is_awaited=True),
        "Until Twilio reports registered, count the number as not covered.",
        "`pulumi up` waits until Twilio reports it registered.",
        "",
    ),
    "pending and not awaited": (
        guards.text_not_covered(number(1, HOME, "pending-registration"), is_awaited=False),
        "Until Twilio reports registered, count the number as not covered.",
        "`pulumi refresh` shows when it is registered.",
        "",
    ),
    "not covered, and a caller": (
        guards.with_relying_domains(guards.text_not_covered(number(1)), ["a.example", "b.example"]),
        f"while it is not registered, an emergency call from there {WITHOUT_ADDRESS} {NO_PLACE}.",
        "If it is to stay bound, `pulumi up` registers it again.",
        "",
    ),
    "emergency caller": (
        guards.problem_if_emergency_caller(number(), [domain(1, DESK)]),
        f"Once it is unbound, an emergency call from that domain {WITHOUT_ADDRESS} {NO_PLACE}.",
        f"run this one command with {OVERRIDE}.",
        "",
    ),
    "emergency caller of two": (
        guards.problem_if_emergency_caller(number(), [domain(1, DESK), domain(2, DESK)]),
        f"Once it is unbound, an emergency call from each of these domains {WITHOUT_ADDRESS} {NO_PLACE}.",
        "First give each of these domains another registered emergency caller",
        "",
    ),
    "caller of two leaves": (
        guards.text_caller_leaves("+14152000001", ["a.example", "b.example"]),
        "or the same run gives each of these domains another emergency caller",
        "set the domains' emergency_caller_sid to the new number",
        "",
    ),
    "address in use": (
        guards.text_address_in_use(HOME, [number(1, HOME, "registered")]),
        "Deleting it would take away the address that it points at.",
        "remove their bindings, and run it again",
        "",
    ),
    "address in use by two": (
        guards.text_address_in_use(HOME, [number(1, HOME, "registered"), number(2, HOME, "registered")]),
        "Deleting it would take away the address that they point at.",
        "if a binding failed in this same command, fix that first.",
        "",
    ),
    "domain changed since": (
        guards.text_domain_not_as_in_state("site.sip.twilio.com", False, DESK),  # noqa: FBT003
        "Emergency calls from the domain are not let through.",
        "`pulumi up` sets it as the program says.",
        "",
    ),
    "caller not registered": (
        guards.problem_if_unfit_caller(DESK, number(1, HOME, "pending-registration")),
        f"With it, an emergency call from the domain {WITHOUT_ADDRESS} {NO_PLACE}.",
        "Pass number_sid of its NumberEmergencyBinding",
        "emergency_caller_sid",
    ),
    "caller that is not there": (
        guards.problem_if_unfit_caller(DESK, None),
        "The domain stays as it is.",
        "Pass number_sid of a NumberEmergencyBinding in the domain's account",
        "emergency_caller_sid",
    ),
    "caller of a domain is lost": (
        guards.text_caller_lost(domain(1, DESK), number(1, HOME, "registration-failure")),
        f"An emergency call from the domain {WITHOUT_ADDRESS} {NO_PLACE}.",
        "contact Twilio support and quote the number's SID. Or set another emergency caller.",
        "",
    ),
    "caller of a domain was unregistered": (
        guards.text_caller_lost(domain(1, DESK), number(1, None, "unregistered")),
        f"An emergency call from the domain {WITHOUT_ADDRESS} {NO_PLACE}.",
        "Register an address for it, or set another emergency caller.",
        "",
    ),
    "caller of a domain may still hold its address": (
        guards.text_caller_lost(domain(1, DESK), number(1, None, "unregistration-failure")),
        f"Count an emergency call from the domain {WITHOUT_ADDRESS} as one that {NO_PLACE}.",
        "Register an address for it; if it stays so, contact Twilio support and quote the number's SID.",
        "",
    ),
    "caller of a domain has a status of later times": (
        guards.text_caller_lost(domain(1, DESK), number(1, HOME, "brand-new")),
        f"Count an emergency call from the domain {WITHOUT_ADDRESS} as one that {NO_PLACE}.",
        "or update pulumi-twilio-emergency. Or set another emergency caller.",
        "",
    ),
    "caller of a domain is on its way out": (
        guards.text_caller_lost(domain(1, DESK), number(1, None, "pending-unregistration")),
        f"Count an emergency call from the domain {WITHOUT_ADDRESS} as one that {NO_PLACE}.",
        "register an address for it then, or set another emergency caller.",
        "",
    ),
    "caller of a domain is of others": (
        guards.text_caller_lost(domain(1, DESK), None),
        f"An emergency call from the domain {WITHOUT_ADDRESS} may show no address, or somebody else's.",
        "Set a registered number of the domain's own account.",
        "",
    ),
    "domain of others": (
        guards.text_domain_of_others(domain(1, DESK)),
        f"An emergency call from the domain {WITHOUT_ADDRESS} shows the address of that emergency caller.",
        "If it is intended, declare that caller.",
        "",
    ),
    "another account": (
        guards.text_other_account("binding", sid("AC", 1), sid("AC", 2)),
        "Nothing was changed.",
        f'set account_sid="{sid("AC", 1)}" on the resource',
        "account_sid",
    ),
}


@pytest.mark.parametrize("sentence", EVERY_SENTENCE)
def test_each_sentence_names_what_it_protects_and_the_way_on(sentence):
    problem, protects, way_on, where = EVERY_SENTENCE[sentence]

    assert protects in problem.meaning
    assert way_on in problem.remedy
    assert problem.where == where
    assert str(problem).split("\n") == [problem.what, problem.meaning, problem.remedy]


@pytest.mark.parametrize("sentence", EVERY_SENTENCE)
def test_parts_are_whole_sentences(sentence):
    problem = EVERY_SENTENCE[sentence][0]

    for part in (problem.what, problem.meaning, problem.remedy):
        assert part.endswith(".")
        assert "None" not in part
        assert "  " not in part


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("no voice", ["+14152000001", DESK]),
        ("another country", [FRENCH, "FR", "US, CA, GB"]),
        ("not for emergencies", [HOME]),
        ("countries differ", ["+14152000001", "the US", HOME, "the UK"]),
        ("bound elsewhere", ["+14152000001", DESK, OTHER, "registered", HOME]),
        ("moved since", ["+14152000001", DESK, OTHER, HOME]),
        ("lost since", ["+14152000001", DESK, "registration-failure"]),
        ("emergency caller", ["+14152000001", DESK, "site1.sip.twilio.com"]),
        ("address in use", [HOME, "+14152000001", DESK]),
        ("domain changed since", ["site.sip.twilio.com", "off", DESK]),
        ("caller not registered", ["+14152000001", DESK, "pending-registration"]),
        ("another account", ["binding", sid("AC", 1), sid("AC", 2)]),
    ],
)
def test_each_sentence_names_its_subject(sentence, names):
    what = EVERY_SENTENCE[sentence][0].what

    assert all(name in what for name in names), what


def test_problem_is_refused_unless_guard_is_switched_off():
    problem = Problem("what", "meaning", "remedy")

    with pytest.raises(Refused) as refused:
        guards.refuse(problem)
    guards.refuse(problem, unsafe=True)

    assert refused.value.problem is problem
    assert str(refused.value) == "what\nmeaning\nremedy"


@pytest.mark.parametrize("unsafe", [False, True])
def test_no_problem_is_no_refusal(unsafe):
    guards.refuse(None, unsafe=unsafe)


@pytest.mark.parametrize(
    "phone_number", ["+14155550100", CANADIAN, BRITISH, PUERTO_RICAN, GUERNSEY, *TOLL_FREE, *NO_COUNTRY]
)
def test_voice_number_of_registering_country_or_no_country_is_accepted(phone_number):
    assert guards.problem_if_cannot_register(number(phone_number=phone_number)) is None


@pytest.mark.parametrize("phone_number", [FRENCH, "+4930123456", "+18765550100", "+12425550100"])
def test_number_of_other_country_is_refused(phone_number):
    assert guards.problem_if_cannot_register(number(phone_number=phone_number)) is not None


@pytest.mark.parametrize(
    ("phone_number", "place"),
    [
        ("+14155550100", {}),
        (PUERTO_RICAN, {"region": "PR"}),
        (CANADIAN, CA),
        (BRITISH, GB),
        (GUERNSEY, GB),
        *[(each, GB) for each in NO_COUNTRY],
    ],
)
def test_address_in_country_of_number_is_accepted(phone_number, place):
    assert guards.problem_if_address_does_not_fit(number(phone_number=phone_number), record(**place)) is None


@pytest.mark.parametrize("phone_number", TOLL_FREE)
@pytest.mark.parametrize("place", [{}, CA])
def test_toll_free_number_belongs_to_no_country(phone_number, place):
    assert country_of_number(phone_number) is None
    assert guards.problem_if_address_does_not_fit(number(phone_number=phone_number), record(**place)) is None


@pytest.mark.parametrize(
    ("phone_number", "place"), [("+14155550100", CA), (CANADIAN, {}), (BRITISH, {}), (PUERTO_RICAN, GB)]
)
def test_address_in_other_country_is_refused(phone_number, place):
    assert (
        guards.problem_if_address_does_not_fit(number(phone_number=phone_number), record(**place)) is not None
    )


@pytest.mark.parametrize(
    ("domains", "relying"),
    [
        ([], []),
        ([domain(1, DESK)], ["site1"]),
        ([domain(1, DESK), domain(2, DESK)], ["site1", "site2"]),
        ([domain(1, DESK, enabled=False)], []),
        ([domain(1, sid("PN", 2))], []),
        ([domain(1, None)], []),
        ([domain(1, DESK, enabled=False), domain(2, DESK), domain(3, None)], ["site2"]),
    ],
)
def test_only_enabled_domains_that_show_the_number_rely_on_it(domains, relying):
    problem = guards.problem_if_emergency_caller(number(), domains)

    if relying:
        names = ", ".join(f"{name}.sip.twilio.com" for name in relying)
        assert problem.what == f"+14152000001 ({DESK}) is the emergency caller of {names}."
    else:
        assert problem is None


def test_registered_number_is_accepted_as_emergency_caller():
    assert guards.problem_if_unfit_caller(DESK, number(1, HOME, "registered")) is None


@pytest.mark.parametrize(
    ("address_sid", "status", "said"),
    [
        (HOME, "pending-registration", "pending-registration"),
        (HOME, "registration-failure", "registration-failure"),
        (HOME, "pending-unregistration", "pending-unregistration"),
        (None, "unregistered", "unregistered"),
        (None, "", "unregistered"),
        (HOME, "brand-new", "brand-new"),
    ],
)
def test_uncovered_number_is_refused_as_emergency_caller(address_sid, status, said):
    what = guards.problem_if_unfit_caller(DESK, number(1, address_sid, status)).what

    assert what == f"+14152000001 ({DESK}) cannot be the emergency caller: its emergency address is {said}."


def test_cleared_number_with_registered_status_is_not_called_registered():
    leaving = number(1, None, "registered")

    for problem in (
        guards.problem_if_unfit_caller(DESK, leaving),
        guards.problem_if_not_as_in_state(leaving, IN_STATE),
    ):
        assert "is registered" not in problem.what
        assert "shows its address" not in problem.meaning


def test_number_without_status_is_called_unregistered():
    assert guards.problem_if_not_as_in_state(number(1, None, ""), IN_STATE).what == (
        f"+14152000001 ({DESK}) was found unregistered, not registered as in Pulumi's state."
    )


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (
            (HOME, "registered"),
            (HOME, "pending-registration"),
            "was found registered, not pending-registration as in",
        ),
        (
            (HOME, "registration-failure"),
            (HOME, "registered"),
            "was found registration-failure, not registered as in",
        ),
        (
            (None, "unregistered"),
            (HOME, "pending-unregistration"),
            "was found unregistered, not pending-unregistration",
        ),
        (
            (None, "unregistered"),
            (HOME, "unregistered"),
            f"was found unregistered and without an address, not at {HOME}",
        ),
        ((OTHER, "registered"), (HOME, "registered"), f"points at {OTHER} (registered), not at {HOME} as in"),
        (
            (OTHER, "registered"),
            (None, "unregistered"),
            f"points at {OTHER} (registered), and is not unbound as in",
        ),
        ((None, "unregistered"), (None, ""), None),
        ((HOME, "registered"), (HOME, "registered"), None),
    ],
)
def test_only_what_differs_from_state_is_named(now, before, said):
    problem = guards.problem_if_not_as_in_state(number(1, *now), number(1, *before))

    assert said is None if problem is None else said in problem.what


@pytest.mark.parametrize(("count", "rest"), [(1, ""), (10, ""), (11, " and 1 more"), (1000, " and 990 more")])
def test_ten_numbers_are_named_and_the_rest_is_counted(count, rest):
    said = guards.named([number(each) for each in range(count)])

    assert said.count("(PN") == min(count, 10)
    assert said.endswith(")" + rest)


@pytest.mark.parametrize(
    ("phone_number", "country"),
    [
        ("+14155550100", "US"),
        (PUERTO_RICAN, "US"),
        ("+16715550100", "US"),
        (CANADIAN, "CA"),
        (BRITISH, "GB"),
        (GUERNSEY, "GB"),
        ("+447624555555", "GB"),
        (FRENCH, "FR"),
        *[(each, None) for each in NO_COUNTRY],
    ],
)
def test_country_is_read_from_numbering_plan(phone_number, country):
    assert country_of_number(phone_number) == country


@pytest.mark.parametrize("phone_number", ["+14155550100", BRITISH, FRENCH, TOLL_FREE[0]])
def test_number_in_canonical_spelling_is_e164(phone_number):
    assert is_e164(phone_number)


@pytest.mark.parametrize(
    "phone_number",
    ["", "+", "14155550100", "+1 415 555 0100", "+1415555010", "+141555501000", "+1415555010O", "tel:+14155550100", "+14155550100;ext=1", "+٤٤2071234567"],
)  # fmt: skip
def test_any_other_spelling_is_not(phone_number):
    assert not is_e164(phone_number)


@pytest.mark.parametrize(
    ("status", "meaning", "remedy"),
    [
        ("registered", "shows its address to the dispatcher", "`pulumi up` records it."),
        ("pending-registration", "count the number as not covered", "`pulumi up` goes on from there."),
    ],
)
def test_number_at_the_declared_address_is_not_called_changed_by_somebody(status, meaning, remedy):
    problem = guards.problem_if_not_as_in_state(number(1, OTHER, status), IN_STATE, OTHER)

    assert "which the program declares" in problem.what
    assert meaning in problem.meaning
    assert problem.remedy == f"An interrupted run has put it there, or somebody else has. {remedy}"


def test_dispatcher_sees_no_address_that_is_not_registered():
    problem = guards.problem_if_not_as_in_state(number(1, OTHER, "registration-failure"), IN_STATE)

    assert "A dispatcher sees" not in problem.meaning
    assert "does not know where the caller is" in problem.meaning


@pytest.mark.parametrize(
    ("enabled", "caller", "said"),
    [
        (False, DESK, "not let through"),
        (True, None, "whose own number has no registered address is rejected"),
        (True, DESK, "whose own number has no registered address shows the address of that emergency caller"),
    ],
)
def test_changed_domain_is_told_by_what_its_calls_do(enabled, caller, said):
    assert said in guards.text_domain_not_as_in_state("site.sip.twilio.com", enabled, caller).meaning
