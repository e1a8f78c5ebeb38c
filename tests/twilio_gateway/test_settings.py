"""Who we are and where Twilio is: config, then environment, and no secret on any screen."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.twilio_gateway import Settings
from pulumi_twilio_emergency.twilio_gateway.settings import CONFIG_OF
from support.fake_twilio import unhurried

ACCOUNT, OTHER_ACCOUNT, KEY = "AC" + "1" * 32, "AC" + "2" * 32, "SK" + "3" * 32
TOKEN, SECRET = "token-4c1f0e", "secret-77aa12"
CREDENTIALS = {"account_sid": ACCOUNT, "auth_token": TOKEN}
BLANK = ["", " ", "\t\n"]


def read(config=(), environ=()):
    """Read settings from config and environment, each given by our own names."""
    stack = {CONFIG_OF[name][0]: value for name, value in dict(config).items()}
    shell = {CONFIG_OF[name][1]: value for name, value in dict(environ).items()}
    return Settings.read(stack.get, shell)


def refusal(settings):
    assert not settings.usable
    with pytest.raises(Refused) as refused:
        settings.require_valid()
    return str(refused.value)


def test_without_anything_nothing_is_set_and_nothing_is_demanded_yet():
    settings = read()

    assert [getattr(settings, name) for name in CONFIG_OF] == [None] * len(CONFIG_OF)
    assert not settings.unsafe


@pytest.mark.parametrize("name", CONFIG_OF)
def test_config_wins_over_the_environment(name):
    assert getattr(read({name: "one"}, {name: "other"}), name) == "one"


@pytest.mark.parametrize("name", CONFIG_OF)
def test_the_environment_is_read_where_config_is_silent(name):
    assert getattr(read({}, {name: " other "}), name) == "other"


@pytest.mark.parametrize("blank", BLANK)
@pytest.mark.parametrize("name", CONFIG_OF)
def test_blank_counts_as_absent(name, blank):
    assert getattr(read({name: blank}, {name: "other"}), name) == "other"
    assert getattr(read({}, {name: blank}), name) is None


def test_a_token_in_config_ignores_a_key_in_the_environment():
    settings = read(CREDENTIALS, {"api_key": KEY, "api_secret": SECRET})

    assert (settings.auth_token, settings.api_key, settings.api_secret) == (TOKEN, None, None)
    settings.require_valid()


def test_a_key_in_config_stands_beside_a_token_in_config():
    settings = read({**CREDENTIALS, "api_key": KEY, "api_secret": SECRET})

    assert (settings.api_key, settings.api_secret) == (KEY, SECRET)


def test_a_key_in_config_may_have_its_secret_in_the_environment():
    settings = read({**CREDENTIALS, "api_key": KEY}, {"api_secret": SECRET})

    assert (settings.api_key, settings.api_secret) == (KEY, SECRET)


def test_a_token_in_the_environment_leaves_a_key_there_alone():
    settings = read({"account_sid": ACCOUNT}, {"auth_token": TOKEN, "api_key": KEY, "api_secret": SECRET})

    assert settings.api_key == KEY


@pytest.mark.parametrize("blank", BLANK)
def test_a_blank_token_in_config_ignores_no_key(blank):
    settings = read({"auth_token": blank}, {"account_sid": ACCOUNT, "api_key": KEY, "api_secret": SECRET})

    assert (settings.api_key, settings.api_secret) == (KEY, SECRET)


@pytest.mark.parametrize("blank", BLANK)
def test_beside_a_blank_key_in_config_a_token_still_ignores_the_environments(blank):
    settings = read({**CREDENTIALS, "api_key": blank}, {"api_key": KEY, "api_secret": SECRET})

    assert settings.api_key is None


@pytest.mark.parametrize(
    ("given", "missing", "cure"),
    [
        ({}, "account SID", "twilio:accountSid"),
        ({"auth_token": TOKEN}, "account SID", "TWILIO_ACCOUNT_SID"),
        (
            {"account_sid": ACCOUNT},
            "auth token or API key",
            "`pulumi config set twilio:authToken ... --secret`",
        ),
        ({"account_sid": ACCOUNT, "api_secret": SECRET}, "auth token or API key", "twilio:apiKey"),
        ({"account_sid": ACCOUNT, "api_key": KEY}, "secret of the API key", "TWILIO_API_SECRET"),
        ({**CREDENTIALS, "api_key": KEY}, "secret of the API key", "twilio:apiSecret ... --secret"),
    ],
)
def test_what_is_missing_is_named_with_the_way_to_set_it(given, missing, cure):
    said = refusal(read(given))

    assert said.startswith(f"Twilio's {missing} is not set.\nNothing was changed.\nSet it: ")
    assert cure in said


@pytest.mark.parametrize(
    "given", [CREDENTIALS, {"account_sid": ACCOUNT, "api_key": KEY, "api_secret": SECRET}, {**CREDENTIALS, "region": "us1", "edge": "dublin"}]
)  # fmt: skip
def test_what_is_whole_can_be_used(given):
    settings = read(given)

    settings.require_valid()
    assert settings.usable


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_sid", "AC123"),
        ("account_sid", ACCOUNT + "0"),
        ("account_sid", KEY),
        ("account_sid", "AC" + "g" * 32),
        ("account_sid", f"{ACCOUNT}/../{OTHER_ACCOUNT}"),
        ("api_key", "SK123"),
        ("api_key", ACCOUNT),
    ],
)
def test_a_sid_of_the_wrong_shape_is_refused(name, value):
    said = refusal(Settings(**{**CREDENTIALS, "api_secret": SECRET, name: value}))

    assert said.startswith(f"{CONFIG_OF[name][0]} is not a SID of the form ")
    assert value not in said


@pytest.mark.parametrize("name", ["auth_token", "api_secret"])
@pytest.mark.parametrize("value", ["two words", "“quoted”", "tab\tbed", "line\nbreak", "nul\x00", "é"])
def test_a_mangled_secret_is_refused_without_being_said(name, value):
    said = refusal(Settings(**{**CREDENTIALS, "api_key": KEY, "api_secret": SECRET, name: value}))

    assert said.startswith(f"{CONFIG_OF[name][0]} holds characters that no Twilio credential has")
    assert value not in said


@pytest.mark.parametrize("region", ["ie1", "au1", "US1", "us2"])
def test_a_region_without_emergency_work_is_refused(region):
    said = refusal(Settings(**CREDENTIALS, region=region))

    assert said.startswith(f"twilio:region is {region!r}; emergency addresses are managed in us1 only.\n")
    assert "Remove twilio:region (or TWILIO_REGION)" in said


@pytest.mark.parametrize(
    "url",
    [
        "https://proxy.example.com",
        "https://proxy.example.com:8443/twilio/",
        "HTTPS://proxy.example.com",
        "http://localhost:8080",
        "http://LOCALHOST",
        "http://127.0.0.1:9",
        "http://127.8.9.10",
        "http://[::1]:8080",
    ],
)
def test_https_goes_anywhere_and_http_to_this_machine(url):
    Settings(**CREDENTIALS, api_url=url).require_valid()


@pytest.mark.parametrize(
    "host",
    [
        "proxy.example.com",
        "10.0.0.1",
        "0.0.0.0",
        "127.0.0.1.example.com",
        "localhost.example.com",
        "127.1",
        "2130706433",
        "[::]",
        "[2001:db8::1]",
    ],
)
def test_http_to_another_machine_is_refused(host):
    said = refusal(Settings(**CREDENTIALS, api_url=f"http://{host}:8080/"))

    assert said.startswith(f"twilio:apiUrl would send credentials to {host.strip('[]')} in clear.\n")
    assert "Use https" in said


UNCLEAR = [
    "proxy.example.com",
    "ftp://proxy.example.com",
    "file:///etc/passwd",
    "https://",
    "https:///path",
    "https://user:pass@proxy.example.com",
    "https://user@proxy.example.com",
    "https://:pass@proxy.example.com",
    "https://proxy.example.com?x=1",
    "https://proxy.example.com?",
    "https://proxy.example.com#x",
    "https://proxy.example.com:0",
    "https://proxy.example.com:99999",
    "https://proxy.example.com:port",
    "https://[::1",
    "//proxy.example.com",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("url", UNCLEAR)
def test_what_is_no_plain_address_is_refused(url):
    said = refusal(Settings(**CREDENTIALS, api_url=url))

    assert said.startswith("twilio:apiUrl is not a plain http or https address.\n")
    assert "pass" not in said


@pytest.mark.parametrize("text", [None, "1", "16", "256", "016"])
def test_a_number_of_requests_is_taken(text):
    settings = Settings(**CREDENTIALS, max_concurrent_requests=text)

    settings.require_valid()
    assert settings.in_flight == int(text or 16)


@pytest.mark.parametrize("text", ["0", "257", "-1", "1.5", "many", "1e2", "²", "0x10", "9" * 5000])
def test_another_number_of_requests_is_refused(text):
    settings = Settings(**CREDENTIALS, max_concurrent_requests=text)

    said = refusal(settings)
    assert "not a whole number from 1 to 256" in said
    assert settings.in_flight == 16


@pytest.mark.parametrize(
    ("value", "unsafe"), [("1", True), ("0", False), ("true", False), ("", False), ("1 ", False)]
)
def test_the_guards_are_switched_off_by_a_one_in_the_environment_only(value, unsafe):
    environ = {"TWILIO_EMERGENCY_ALLOW_UNSAFE": value}

    assert Settings.read({}.get, environ).unsafe is unsafe
    assert not Settings.read(environ.get, {}).unsafe


ANY_URL = st.builds("".join, st.tuples(st.sampled_from(["", "http://", "https://"]), st.text()))


@unhurried
@given(st.fixed_dictionaries({}, optional={name: st.text() for name in CONFIG_OF} | {"api_url": ANY_URL}))
def test_whatever_is_set_is_used_or_refused_with_a_sentence(values):
    for settings in (read(values), read(values | CREDENTIALS)):
        if not settings.usable:
            assert len(refusal(settings).split("\n")) == 3


def test_no_secret_shows_in_a_repr_or_in_any_refusal():
    wrong = {
        "region": "ie1",
        "api_url": "http://example.com",
        "account_sid": "AC1",
        "max_concurrent_requests": "0",
    }
    for count in range(len(wrong) + 1):
        for names in itertools.combinations(wrong, count):
            settings = Settings(
                **{
                    **CREDENTIALS,
                    "api_key": KEY,
                    "api_secret": SECRET,
                    **{each: wrong[each] for each in names},
                }
            )
            shown = repr(settings) + str(settings) + (refusal(settings) if names else "")
            assert TOKEN not in shown
            assert SECRET not in shown


def test_settings_are_equal_where_they_say_the_same():
    assert read(CREDENTIALS) == read(CREDENTIALS)
    assert read(CREDENTIALS) != read(CREDENTIALS, {"edge": "dublin"})
    assert len({read(CREDENTIALS), read(CREDENTIALS)}) == 1
