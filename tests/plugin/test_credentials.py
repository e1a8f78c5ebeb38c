"""Credentials through the plugin process: missing, wrong, of several kinds, and never seen anywhere."""

from __future__ import annotations

import base64
import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_twilio_emergency.session.error_messages import LAST_CONFIG, STACK_CONFIG
from support.places import ACROSS, HARRISON
from support.plugin_process import Failed, PluginProcess, carrying
from support.twilio import PluginHarness
from twilio_emulator import Pace

KINDS = ["EmergencyAddress", "NumberEmergencyBinding", "SipDomainEmergency"]


@pytest.fixture
def program(harness):
    """Good inputs for each kind of resource."""
    home = harness.address(ACROSS)
    return {
        "EmergencyAddress": HARRISON,
        "NumberEmergencyBinding": {"number_sid": harness.number(), "address_sid": home},
        "SipDomainEmergency": {
            "domain_sid": harness.world.add_domain("example.sip.twilio.com"),
            "emergency_caller_sid": harness.bound(home),
        },
    }


HOME = "AD" + "0" * 32


def other(kind):
    """Return the program of a second resource, which is for another thing than the first."""
    return {
        "NumberEmergencyBinding": {"number_sid": "PN" + "9" * 32, "address_sid": HOME},
        "SipDomainEmergency": {"domain_sid": "SD" + "9" * 32},
    }[kind]


MISSING = [
    ({"accountSid": None}, "account SID", "`pulumi config set twilio:accountSid ...` or TWILIO_ACCOUNT_SID"),
    (
        {"authToken": None},
        "auth token or API key",
        "`pulumi config set twilio:authToken ... --secret` or TWILIO_AUTH_TOKEN, or twilio:apiKey and twilio:apiSecret",
    ),
    (
        {"authToken": None, "apiKey": "SK" + "0" * 32},
        "secret of the API key",
        "`pulumi config set twilio:apiSecret ... --secret` or TWILIO_API_SECRET",
    ),
    ({"authToken": "  "}, "auth token or API key", "twilio:apiKey and twilio:apiSecret"),
]


class TestMissing:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(("changes", "what", "cure"), MISSING)
    def test_missing_setting_is_named_with_the_way_to_set_it(
        self, harness, program, kind, changes, what, cure
    ):
        harness.new_run(**changes)

        with pytest.raises(Failed) as failure:
            harness.resource(kind).up(**program[kind])

        said, meaning, remedy = failure.value.message.split("\n")
        assert said == f"Twilio's {what} is not set."
        assert meaning == "Nothing was changed."
        assert remedy.startswith("Set it: ")
        assert cure in remedy
        assert failure.value.init_failed is None
        assert harness.requests == []

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("changes", [{"accountSid": None}, {"authToken": None}, {"authToken": "  "}])
    def test_preview_without_credentials_looks_at_nothing_and_says_nothing(
        self, harness, program, kind, changes
    ):
        harness.new_run(**changes)

        assert harness.resource(kind).preview(**program[kind]) == "create"
        assert harness.requests == []

    @pytest.mark.parametrize("method", ["read", "update", "delete"])
    def test_call_without_credentials_says_what_is_missing(self, harness, method):
        office = harness.emergency_address()
        office.up(**HARRISON)
        harness.new_run({})

        with pytest.raises(Failed, match="Twilio's account SID is not set") as failure:
            {
                "read": office.refresh,
                "update": lambda: office.up(**HARRISON, friendly_name="other"),
                "delete": office.delete,
            }[method]()
        assert (LAST_CONFIG in failure.value.message) is (method != "update"), "only where no program runs"


class TestMalformed:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            (
                {"accountSid": "shop"},
                "twilio:accountSid is not a SID of the form AC and 32 hexadecimal digits.",
            ),
            ({"accountSid": "AC" + "0" * 31}, "twilio:accountSid is not a SID"),
            ({"accountSid": "AC../../" + "0" * 26}, "twilio:accountSid is not a SID"),
            ({"accountSid": "SK" + "0" * 32}, "twilio:accountSid is not a SID"),
            ({"apiKey": "key-of-mine", "apiSecret": "x"}, "twilio:apiKey is not a SID of the form SK"),
            ({"authToken": "“typographic”"}, "twilio:authToken"),
            ({"authToken": "zero\u200bwidth"}, "twilio:authToken"),
            ({"apiKey": "SK" + "0" * 32, "apiSecret": "naïve–dash"}, "twilio:apiSecret"),
        ],
    )
    def test_malformed_setting_is_named_without_its_secret(self, harness, changes, words):
        harness.new_run(**changes)

        with pytest.raises(Failed) as failure:
            harness.emergency_address().up(**HARRISON)

        assert words in failure.value.message
        assert "Unexpected" not in failure.value.message
        for secret in ("typographic", "width", "dash", "key-of-mine"):
            assert secret not in failure.value.message + failure.value.traceback
        assert harness.world.addresses() == []

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"accountSid": "shop"}, "twilio:accountSid is not a SID"),
            ({"authToken": None, "apiKey": "SK" + "0" * 32}, "secret of the API key is not set"),
            ({"region": "ie1"}, "twilio:region is 'ie1'"),
            ({"apiUrl": "http://api.example.com"}, "unencrypted"),
            ({"maxConcurrentRequests": "many"}, "twilio:maxConcurrentRequests is 'many'"),
        ],
    )
    def test_preview_says_what_is_wrong_with_the_settings(self, harness, program, kind, changes, words):
        harness.new_run(**changes)

        with pytest.raises(Failed) as failure:
            harness.resource(kind).preview(**program[kind])

        assert words in failure.value.message
        assert harness.requests == []


WRONG = {"authToken": "f" * 32}


class TestWrong:
    @pytest.mark.parametrize("kind", KINDS)
    def test_wrong_credentials_fail_in_three_parts(self, harness, program, kind):
        harness.new_run(**WRONG)

        with pytest.raises(Failed) as failure:
            harness.resource(kind).up(**program[kind])

        assert failure.value.message == (
            "Twilio does not accept the credentials (20003).\n"
            "No registration was changed.\n"
            f"Check {STACK_CONFIG.credentials} and that the account is active. Keys of another Region or of a "
            "parent account do not work here."
        )
        assert failure.value.init_failed is None
        assert {each.status for each in harness.world.requests} == {401}

    def test_wrong_credentials_are_explained_to_the_first_resource_alone(self, harness, program):
        harness.new_run(**WRONG)
        texts = []
        for name in ("one", "two"):
            with pytest.raises(Failed) as failure:
                harness.resource(KINDS[0], name).up(**program[KINDS[0]])
            texts.append(failure.value.message)

        assert texts[0].count("\n") == 2
        assert texts[1] == (
            "Twilio does not accept the credentials (20003). No registration was changed. "
            "What to do is said at one."
        )

    @pytest.mark.parametrize("kind", KINDS[1:])
    def test_preview_with_wrong_credentials_warns_once(self, harness, program, kind):
        harness.new_run(**WRONG)

        assert harness.resource(kind, "one").preview(**program[kind]) == "create"
        assert harness.resource(kind, "two").preview(**other(kind)) == "create"

        [warning] = harness.warnings()
        assert warning.startswith(
            f"This resource could not be checked against Twilio account {harness.account_sid}, and others in "
            "it may not be either: what is planned for them rests on the program and Pulumi's state only.\n"
            "Twilio does not accept the credentials (20003).\n"
        )
        assert len(harness.requests) == 1

    def test_concurrent_previews_warn_once(self, harness, program):
        harness.new_run(**WRONG)
        harness.twilio.faults.add("slow seconds=0.3")  # so that all of them wait for the same answer
        desks = [harness.binding(f"desk-{index}") for index in range(8)]

        with ThreadPoolExecutor(8) as pool:
            plans = list(
                pool.map(lambda desk: desk.preview(number_sid=harness.number(), address_sid=HOME), desks)
            )

        assert plans == ["create"] * 8
        assert len(harness.warnings()) == 1

    def test_preview_with_an_unreachable_twilio_warns_and_goes_on(self, harness, program):
        harness.new_run(apiUrl=harness.twilio.url.replace("http:", "https:"))

        assert harness.binding().preview(**program["NumberEmergencyBinding"]) == "create"

        [warning] = harness.warnings()
        assert warning.startswith(
            f"This resource could not be checked against Twilio account {harness.account_sid}, "
        )
        assert warning.count("\n") == 3

    @pytest.mark.parametrize("method", ["read", "update", "delete"])
    def test_wrong_credentials_report_nothing_as_gone_or_done(self, harness, method):
        desk = harness.binding()
        desk.up(number_sid=harness.number(), address_sid=harness.address())
        harness.new_run(**WRONG)

        with pytest.raises(Failed, match=r"does not accept the credentials \(20003\)"):
            {
                "read": desk.refresh,
                "update": lambda: harness.plugin.update(
                    desk.urn, desk.provider, desk.id, desk.outputs, desk.inputs
                ),
                "delete": desk.delete,
            }[method]()


class TestKinds:
    def test_api_key_signs_in(self, harness, program):
        key, secret = harness.world.add_api_key(harness.account_sid)
        harness.new_run(authToken=None, apiKey=key, apiSecret=secret)

        for kind in KINDS:
            harness.resource(kind).up(**program[kind])

        assert len(harness.writes) == 3

    def test_environment_is_read_where_config_has_no_value(self, harness):
        harness.new_run({}, env=harness.twilio.env)

        harness.emergency_address().up(**HARRISON)

        assert len(harness.world.addresses()) == 1

    def test_config_wins_over_the_environment(self, harness):
        other = harness.world.add_account()
        harness.new_run(
            env={
                "TWILIO_ACCOUNT_SID": other.sid,
                "TWILIO_AUTH_TOKEN": other.auth_token,
                "TWILIO_API_KEY": "SK" + "0" * 32,
                "TWILIO_API_SECRET": "hidden",
                "TWILIO_REGION": "us1",
            }
        )

        harness.emergency_address().up(**HARRISON)

        assert [address["account_sid"] for address in harness.world.addresses()] == [harness.account_sid]

    def test_config_may_be_secret(self, harness):
        """The engine sends secrets wrapped; the SDK unwraps them before we see them."""
        wrapped = {
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            "value": harness.twilio.auth_token,
        }
        harness.new_run(authToken=wrapped)

        harness.emergency_address().up(**HARRISON)

        assert len(harness.world.addresses()) == 1

    def test_parent_credentials_work_in_a_subaccount(self, harness):
        branch = harness.world.add_account(parent=harness.account_sid).sid
        office, desk, phones = harness.emergency_address(), harness.binding(), harness.sip_domain()
        number = harness.number(account_sid=branch)
        domain = harness.world.add_domain("example.sip.twilio.com", account_sid=branch)

        office.up(**HARRISON, account_sid=branch)
        desk.up(number_sid=number, address_sid=office.id, account_sid=branch)
        phones.up(domain_sid=domain, emergency_caller_sid=number, account_sid=branch)
        for each in (office, desk, phones):
            harness.new_run()
            assert each.refresh()
        harness.new_run()
        for each in (phones, desk, office):
            each.delete()

        assert harness.world.addresses() == []
        assert {each.path.split("/")[2] for each in harness.world.requests} == {branch}

    def test_unreachable_subaccount_fails_in_three_parts(self, harness):
        stranger = harness.world.add_account()

        with pytest.raises(Failed) as failure:
            harness.emergency_address().up(**HARRISON, account_sid=stranger.sid)

        what, meaning, remedy = failure.value.message.split("\n")
        assert stranger.sid in what
        assert meaning.startswith("Nothing is proven to be gone")
        assert remedy == "Check twilio:apiUrl (or TWILIO_API_URL) and the credentials."

    def test_subaccounts_key_does_not_reach_its_parent(self, harness):
        branch = harness.world.add_account(parent=harness.account_sid)
        harness.new_run(accountSid=branch.sid, authToken=branch.auth_token)

        with pytest.raises(Failed):
            harness.emergency_address().up(**HARRISON, account_sid=harness.account_sid)

        assert harness.world.addresses() == []


def everything_a_plugin_does(harness):
    """Run each kind of call, with and without success, and return all answers and errors."""
    seen = []
    home, number = harness.address(ACROSS), harness.number()
    domain = harness.world.add_domain("example.sip.twilio.com")
    programs = [
        (harness.emergency_address(), HARRISON),
        (harness.binding(), {"number_sid": number, "address_sid": home}),
        (harness.sip_domain(), {"domain_sid": domain, "emergency_caller_sid": number}),
        (harness.emergency_address("unknown"), {**HARRISON, "street": "1 NOWHERE PL"}),
        (harness.binding("missing"), {"phone_number": "+14155550199", "address_sid": home}),
        (harness.sip_domain("missing"), {"domain_name": "missing.sip.twilio.com"}),
    ]
    for resource, program in programs:
        for step in (
            lambda each=resource, news=program: each.check(**news),
            lambda each=resource, news=program: each.up(**news),
            lambda each=resource: each.id and each.refresh(),
            lambda each=resource: each.id and harness.plugin.update(
                each.urn, each.provider, each.id, each.outputs, each.inputs
            ),
            lambda each=resource: each.outputs,
        ):  # fmt: skip
            try:
                seen.append(repr(step()))
            except Failed as failure:
                seen.append(f"{failure.message} {failure.traceback} {failure.init_failed}")
    harness.world.pace(unregistration=Pace.never())
    with contextlib.suppress(Failed):
        harness.plugin.delete(
            programs[1][0].urn, programs[1][0].provider, number, {"address_sid": home}, timeout=1
        )
    return seen


@pytest.fixture(scope="module")
def talkative(tmp_path_factory):
    """A plugin that shows tracebacks and logs whatever anybody logs."""
    folder = tmp_path_factory.mktemp("talkative")
    (folder / "sitecustomize.py").write_text("import logging\nlogging.basicConfig(level=logging.DEBUG)\n")
    with PluginProcess(env={"CI": "1"}, first_on_path=str(folder)) as process:
        yield process


class TestSecrecy:
    @pytest.mark.parametrize("way", ["auth token", "API key", "wrong auth token", "environment"])
    def test_credentials_appear_in_no_answer_and_no_log_line(self, talkative, twilio, way):
        harness = PluginHarness(talkative, twilio)
        user, secret = harness.account_sid, twilio.auth_token
        tracing = {"PULUMI_DYNAMIC_TRACEBACK": "1"}
        if way == "auth token":
            harness.new_run(env=tracing)
        elif way == "API key":
            user, secret = harness.world.add_api_key(harness.account_sid)
            harness.new_run(env=tracing, authToken=None, apiKey=user, apiSecret=secret)
        elif way == "wrong auth token":
            secret = "c0ffee" * 5
            harness.new_run(env=tracing, authToken=secret)
        else:
            harness.new_run({}, env={**tracing, **twilio.env})

        answers = everything_a_plugin_does(harness)

        lines = [line.message for line in talkative.lines]
        whole = "\n".join([*answers, *lines, talkative.printed])
        assert "urllib3.connectionpool" in talkative.printed, (
            "the log is not as talkative as this test needs it"
        )
        assert len(answers) == 30
        assert secret not in whole
        assert base64.b64encode(f"{user}:{secret}".encode()).decode() not in whole
        assert "Authorization" not in whole
        # Addresses stay out of logs, too: only a refusal shows them to the operator.
        assert "HARRISON" not in "\n".join([*lines, talkative.printed]).upper().replace("%20", " ")

    def test_unexpected_error_with_traceback_shows_no_credentials(self, talkative, twilio):
        harness = PluginHarness(talkative, twilio)
        harness.new_run(env={"PULUMI_DYNAMIC_TRACEBACK": "1"})
        office = harness.emergency_address()

        with pytest.raises(Failed) as failure:
            # A state that cannot be: an output is not what it always is.
            harness.plugin.read(
                office.urn, office.provider, harness.address(), {"address_on_file": {"no such": "field"}}
            )

        assert "Traceback" in failure.value.message
        assert twilio.auth_token not in failure.value.message + failure.value.traceback + talkative.printed

    def test_unexpected_error_shows_no_traceback_by_default(self, harness):
        office = harness.emergency_address()

        with pytest.raises(Failed) as failure:
            harness.plugin.read(
                office.urn, office.provider, harness.address(), {"address_on_file": {"no such": "field"}}
            )

        assert failure.value.message.startswith("Unexpected TypeError at ")
        assert "Traceback" not in failure.value.message


def test_pickle_carries_no_credentials(harness):
    harness.emergency_address().up(**HARRISON)

    for kind in KINDS:
        resource = harness.resource(kind)
        pickled = carrying(resource.provider, {})["__provider"]
        assert harness.twilio.auth_token.encode() not in base64.b64decode(pickled)
