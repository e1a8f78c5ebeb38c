"""Whatever comes in, by whichever way: an answer or one sentence, never an error of our own."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.clients import KNOWN
from emulator.schema import FACTS
from twilio_emulator import Fault, ManualClock, Pace, Seed, Switches, World, create_app
from twilio_emulator.faults import Faults
from twilio_emulator.fields import ADDRESS, DOMAIN, NUMBER
from twilio_emulator.messages import Request
from twilio_emulator.seed import KEYS

unhurried = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))

NAMES = sorted({name for each in FACTS["operations"].values() for name in each.get("parameters", {})})
SIDS = [prefix + "0" * 32 for prefix in ("AC", "AD", "PN", "SD", "AP")]
words = st.one_of(
    st.sampled_from(["", "true", "false", "1", "null", "+14155550100", *SIDS]), st.text(max_size=40)
)
forms = st.dictionaries(st.sampled_from(NAMES), words, max_size=5)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


def refusal(call):
    """Return the sentence of a ValueError, or None; let everything else through."""
    try:
        call()
    except ValueError as error:
        return str(error)
    return None


def small_world():
    world = World(ManualClock())
    account = world.add_account()
    address, number = world.add_address(**KNOWN), world.add_number("+14155550199")
    domain = world.add_domain("scranton.sip.twilio.com")
    return world, account, (address, number, domain)


@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "BREW"]),
    kind=st.sampled_from(
        ["Addresses", "IncomingPhoneNumbers", "SIP/Domains", "Addresses/X/DependentPhoneNumbers"]
    ),
    which=st.sampled_from(["", "own"]),
    suffix=st.sampled_from([".json", "", ".xml", ".csv", "/"]),
    query=forms,
    form=st.one_of(forms.map(lambda form: urlencode(form).encode()), st.binary(max_size=60)),
    signed=st.booleans(),
)
@unhurried
def test_any_request_is_answered(method, kind, which, suffix, query, form, signed):
    world, account, sids = small_world()
    app = create_app(world)
    sid = dict(zip(["Addresses", "IncomingPhoneNumbers", "SIP/Domains"], sids, strict=True)).get(kind, "")
    path = (
        f"/2010-04-01/Accounts/{account.sid}/{kind.replace('X', sids[0])}{f'/{sid}' if which and sid else ''}"
    )
    secret = base64.b64encode(f"{account.sid}:{account.auth_token}".encode()).decode()
    headers = {"authorization": f"Basic {secret}"} if signed else {}

    answer = app.answer(Request(method, path + suffix, urlencode(query), headers, form))

    assert answer.status in {200, 201, 204, 400, 401, 404, 405, 422}
    if answer.status >= 400 and suffix == ".json":
        assert json.loads(answer.body)["message"]


@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT"]),
    path=st.sampled_from(
        ["state", "seed", "faults", "pace", "switches", "clock", "numbers/{}", "addresses/{}", "domains/{}",
         "objects/{}", "accounts/{}", "reset", "", "nothing"]
    ),
    sid=st.sampled_from(["PN0", "own"]),
    form=st.one_of(
        st.dictionaries(
            st.one_of(st.sampled_from([*NUMBER, *ADDRESS, *DOMAIN, *Switches.choices(), "advance", "sid"]), words),
            words,
            max_size=3,
        ).map(lambda form: urlencode(form).encode()),
        st.binary(max_size=40),
    ),
)  # fmt: skip
@unhurried
def test_any_control_request_is_answered_with_a_sentence_or_json(method, path, sid, form):
    world, account, (address, number, domain) = small_world()
    own = {"numbers/{}": number, "addresses/{}": address, "domains/{}": domain, "accounts/{}": account.sid}
    where = path.format(own.get(path, number) if sid == "own" else sid)

    answer = create_app(world).answer(Request(method, f"/_emulator/{where}", "", {}, form))

    assert answer.status in {200, 204, 400, 404, 405}
    if answer.status >= 400:
        assert answer.body.decode().strip()
        assert "Traceback" not in answer.body.decode()


@given(content=st.dictionaries(st.one_of(st.sampled_from(KEYS), words), anything, max_size=3))
@unhurried
def test_any_seed_is_taken_or_refused_in_a_sentence(content):
    world, _, _ = small_world()
    before = (world.numbers(), world.addresses(), world.domains(), len(world.accounts))

    sentence = refusal(lambda: Seed.parse(yaml.safe_dump(content), "seed").apply(world, Faults()))

    if sentence is not None:
        assert sentence.startswith("seed")
        assert (world.numbers(), world.addresses(), world.domains(), len(world.accounts)) == before


@given(text=st.text(max_size=80))
@unhurried
def test_any_text_is_a_seed_or_a_sentence(text):
    assert (refusal(lambda: Seed.parse(text, "seed")) or "seed").startswith("seed")


@pytest.mark.parametrize(
    "text",
    ["? [a]\n: b", "? {a: b}\n: c", "numbers: 2026-13-45", "[" * 5000, "a: &x [*x]", "a: !!python/x y"],
)
def test_odd_yaml_is_a_sentence(text):
    assert refusal(lambda: Seed.parse(text, "seed")).startswith("seed")


@pytest.mark.parametrize("parse", [Fault.parse, Pace.parse], ids=["fault", "pace"])
@given(
    text=st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(["cut", "429", "lag", "cap", "at=1", "every=0", "share=2", "seconds=x", "after", "3s",
                             "path=(", "processed", "reads", "failing", "or", "of=lists", "="]),
            max_size=5,
        ).map(" ".join),
    )
)  # fmt: skip
@unhurried
def test_any_fault_or_pace_is_one_or_a_sentence(parse, text):
    assert " is not a " in (refusal(lambda: parse(text)) or " is not a ")


ENTRIES = {
    "World(seed)": lambda _, value: World(ManualClock(), seed=value),
    "World(kept)": lambda _, value: World(ManualClock(), kept=value),
    "World(clock)": lambda _, value: World(value),
    "add_account(sid)": lambda world, value: world.add_account(value),
    "add_account(token)": lambda world, value: world.add_account(None, value),
    "add_account(parent)": lambda world, value: world.add_account(parent=value),
    "add_account(status)": lambda world, value: world.add_account(status=value),
    "add_account(friendly_name)": lambda world, value: world.add_account(friendly_name=value),
    "add_api_key(account_sid)": lambda world, value: world.add_api_key(value),
    "add_api_key(secret)": lambda world, value: world.add_api_key(secret=value),
    "add_api_key(kind)": lambda world, value: world.add_api_key(kind=value),
    "add_number": lambda world, value: world.add_number(value),
    "add_number(account_sid)": lambda world, value: world.add_number("+14155550100", account_sid=value),
    "add_domain": lambda world, value: world.add_domain(value),
    "knows": lambda world, value: world.knows(value, "B", "CA", "9"),
    "suggest": lambda world, value: world.addresses_known.suggest(value),
    "mode": lambda world, value: setattr(world.addresses_known, "mode", value),
    "region": lambda world, value: setattr(world, "region", value),
    "pace": lambda world, value: world.pace(registration=value),
    "pace_for": lambda world, value: world.pace_for(value, registration="never"),
    "switches.set(name)": lambda world, value: world.switches.set(value, "refused"),
    "switches.set(position)": lambda world, value: world.switches.set("direct_swap", value),
    "rebind(number)": lambda world, value: world.rebind(value, None),
    "rebind(address)": lambda world, value: world.rebind(world.numbers()[0]["sid"], value),
    "rebind(status)": lambda world, value: world.rebind(world.numbers()[0]["sid"], None, value),
    "force_status": lambda world, value: world.force_status(world.numbers()[0]["sid"], value),
    "set_account(sid)": lambda world, value: world.set_account(value, status="active"),
    "set_account(status)": lambda world, value: world.set_account(next(iter(world.accounts)), status=value),
    "remove": lambda world, value: world.remove(value),
    "number": lambda world, value: world.number(value),
    "numbers": lambda world, value: world.numbers(value),
    "clock": lambda _, value: ManualClock(value),
    "advance": lambda world, value: world.clock.advance(value),
    "Pace.after": lambda _, value: Pace.after(value),
    "Pace.after_reads": lambda _, value: Pace.after_reads(value),
    "Pace": lambda _, value: Pace(value),
    "Faults.add": lambda _, value: Faults().add(value),
    "Faults.before": lambda _, value: Faults().before(value, print),
    "Faults.after": lambda _, value: Faults().after(1, value),
    "create_app": create_app,
    "Seed.parse": lambda _, value: Seed.parse(value, "seed"),
    **{
        f"Fault({name})": lambda _, value, name=name: Fault("429", **{name: value})
        for name in Fault.__dataclass_fields__
        if name != "kind"
    },
    "Fault(kind)": lambda _, value: Fault(value),
    **{
        f"set_{kind}({name})": lambda world, value, kind=kind, name=name: getattr(world, f"set_{kind}")(
            getattr(world, f"{kind}{'es' if kind == 'address' else 's'}")()[0]["sid"], **{name: value}
        )
        for kind, table in (("number", NUMBER), ("address", ADDRESS), ("domain", DOMAIN))
        for name in table
    },
}


@pytest.mark.parametrize("entry", ENTRIES)
@given(value=anything)
@settings(unhurried, max_examples=25)
def test_any_value_to_any_entry_of_python_is_taken_or_refused_and_the_world_still_answers(entry, value):
    world, account, _ = small_world()

    try:
        ENTRIES[entry](world, value)
    except (ValueError, KeyError) as error:
        assert str(error)  # noqa: PT017 - most values are refused, and some are taken

    app = create_app(world)
    secret = base64.b64encode(f"{account.sid}:{account.auth_token}".encode()).decode()
    for kind in ("Addresses", "IncomingPhoneNumbers", "SIP/Domains"):
        path = f"/2010-04-01/Accounts/{account.sid}/{kind}"
        for suffix in (".json", ""):
            assert app.answer(
                Request("GET", path + suffix, "", {"authorization": f"Basic {secret}"}, b"")
            ).status in {
                200,
                401,
            }
    assert app.answer(Request("GET", "/_emulator/state", "", {}, b"")).status == 200
