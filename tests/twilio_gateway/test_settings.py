"""Credentials and endpoint: config, then environment, and no secret in any message."""

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
    with pytest.raises(Refused) as refused:
        settings.require_valid()
    return str(refused.value)


def test_no_config_and_no_environment_reads_empty_settings():
    settings = read()

    assert [getattr(settings, name) for name in CONFIG_OF] == [None] * len(CONFIG_OF)
    assert not settings.unsafe


@pytest.mark.parametrize("name", CONFIG_OF)
def test_setting_in_config_and_environment_is_read_from_config(name):
    assert getattr(read({name: "one"}, {name: "other"}), name) == "one"


@pytest.mark.parametrize("name", CONFIG_OF)
def test_setting_absent_from_config_is_read_from_environment(name):
    assert getattr(read({}, {name: " other "}), name) == "other"


@pytest.mark.parametrize("blank", BLANK)
@pytest.mark.parametrize("name", CONFIG_OF)
def test_blank_setting_counts_as_absent(name, blank):
    assert getattr(read({name: blank}, {name: "other"}), name) == "other"
    assert getattr(read({}, {name: blank}), name) is None


def test_token_in_config_ignores_key_in_environment():
    settings = read(CREDENTIALS, {"api_key": KEY, "api_secret": SECRET})

    assert (settings.auth_token, settings.api_key, settings.api_secret) == (TOKEN, None, None)
    settings.require_valid()


def test_key_and_token_in_config_are_both_read():
    settings = read({**CREDENTIALS, "api_key": KEY, "api_secret": SECRET})

    assert (settings.api_key, settings.api_secret) == (KEY, SECRET)


def test_key_in_config_takes_secret_from_environment():
    settings = read({**CREDENTIALS, "api_key": KEY}, {"api_secret": SECRET})

    assert (settings.api_key, settings.api_secret) == (KEY, SECRET)


def test_token_in_environment_keeps_key_in_environment():
    settings = read({"account_sid": ACCOUNT}, {"auth_token": TOKEN, "api_key": KEY, "api_secret": SECRET})

    assert settings.api_key == KEY


@pytest.mark.parametrize("blank", BLANK)
def test_blank_token_in_config_keeps_key_in_environment(blank):
    settings = read({"auth_token": blank}, {"account_sid": ACCOUNT, "api_key": KEY, "api_secret": SECRET})

    assert (settings.api_key, settings.api_secret) == (KEY, SECRET)


@pytest.mark.parametrize("blank", BLANK)
def test_token_beside_blank_key_in_config_ignores_key_in_environment(blank):
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
def test_missing_credential_is_named_with_the_way_to_set_it(given, missing, cure):
    said = refusal(read(given))

    assert said.startswith(f"Twilio's {missing} is not set.\nNothing was changed.\nSet it: ")
    assert cure in said


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"TWILIO_ACCOUNT_SID": ACCOUNT},
        {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_API_KEY": KEY},
        {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": TOKEN},
        {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "two words"},
        *(
            {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, name: value}
            for name, value in {
                "TWILIO_REGION": "ie1",
                "TWILIO_EDGE": "a b",
                "TWILIO_API_URL": "ftp://x",
                "TWILIO_MAX_CONCURRENT_REQUESTS": "many",
            }.items()
        ),
    ],
)
def test_setting_without_stack_is_named_by_its_environment_variable_alone(environ):
    said = refusal(Settings.from_environment(environ))

    assert "TWILIO_" in said
    assert "twilio:" not in said
    assert "pulumi" not in said


@pytest.mark.parametrize(
    "given", [CREDENTIALS, {"account_sid": ACCOUNT, "api_key": KEY, "api_secret": SECRET}, {**CREDENTIALS, "region": "us1", "edge": "dublin"}]
)  # fmt: skip
def test_valid_settings_are_accepted(given):
    settings = read(given)

    settings.require_valid()
    assert settings.complete


KEY_ALONE = {"account_sid": ACCOUNT, "api_key": KEY}


@pytest.mark.parametrize(
    ("given", "complete"),
    [
        ({}, False),
        ({"account_sid": ACCOUNT}, False),
        ({"auth_token": TOKEN}, False),
        ({"api_key": KEY, "api_secret": SECRET}, False),
        ({"account_sid": ACCOUNT, "api_secret": SECRET}, False),
        (KEY_ALONE, True),
        (CREDENTIALS, True),
        ({**CREDENTIALS, "account_sid": "AC1"}, True),
        ({**CREDENTIALS, "region": "ie1"}, True),
        ({**CREDENTIALS, "api_url": "http://proxy.example.com"}, True),
        ({**CREDENTIALS, "max_concurrent_requests": "many"}, True),
    ],
)
def test_settings_are_incomplete_only_without_any_credentials(given, complete):
    """A preview is silent without credentials, and reports invalid ones."""
    assert read(given).complete is complete


@pytest.mark.parametrize("edge", ["evil.example.com/", "a b", "dublin.ie1", "@x", "\x1b[2J"])
def test_edge_that_would_change_the_host_is_refused(edge):
    said = refusal(Settings(**CREDENTIALS, edge=edge))

    assert said.startswith("twilio:edge is not the name of an edge")
    assert edge not in said


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
def test_sid_of_wrong_shape_is_refused(name, value):
    said = refusal(Settings(**{**CREDENTIALS, "api_secret": SECRET, name: value}))

    assert said.startswith(f"{CONFIG_OF[name][0]} is not a SID of the form ")
    assert value not in said


@pytest.mark.parametrize("name", ["auth_token", "api_secret"])
@pytest.mark.parametrize("value", ["two words", "“quoted”", "tab\tbed", "line\nbreak", "nul\x00", "é"])
def test_mangled_secret_is_refused_without_being_quoted(name, value):
    said = refusal(Settings(**{**CREDENTIALS, "api_key": KEY, "api_secret": SECRET, name: value}))

    assert said.startswith(f"{CONFIG_OF[name][0]} contains characters that no Twilio credential has")
    assert value not in said


@pytest.mark.parametrize("region", ["ie1", "au1", "US1", "us2"])
def test_region_other_than_us1_is_refused(region):
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
def test_https_url_and_http_loopback_url_are_accepted(url):
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
def test_http_url_of_another_machine_is_refused(host):
    said = refusal(Settings(**CREDENTIALS, api_url=f"http://{host}:8080/"))

    assert said.startswith(f"twilio:apiUrl would send credentials to {host.strip('[]')} unencrypted.\n")
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
def test_malformed_url_is_refused_without_its_password(url):
    said = refusal(Settings(**CREDENTIALS, api_url=url))

    assert said.startswith("twilio:apiUrl is not an http or https URL without user name and query.\n")
    assert "pass" not in said


@pytest.mark.parametrize("text", [None, "1", "16", "256", "016"])
def test_number_of_requests_in_range_is_accepted(text):
    settings = Settings(**CREDENTIALS, max_concurrent_requests=text)

    settings.require_valid()
    assert settings.in_flight == int(text or 16)


@pytest.mark.parametrize("text", ["0", "257", "-1", "1.5", "many", "1e2", "²", "0x10", "9" * 5000])
def test_number_of_requests_out_of_range_is_refused(text):
    settings = Settings(**CREDENTIALS, max_concurrent_requests=text)

    said = refusal(settings)
    assert "not a whole number from 1 to 256" in said
    assert settings.in_flight == 16


@pytest.mark.parametrize(
    ("value", "unsafe"), [("1", True), ("0", False), ("true", False), ("", False), ("1 ", False)]
)
def test_guards_are_overridden_only_by_1_in_environment(value, unsafe):
    environ = {"TWILIO_EMERGENCY_ALLOW_UNSAFE": value}

    assert Settings.read({}.get, environ).unsafe is unsafe
    assert not Settings.read(environ.get, {}).unsafe


ANY_URL = st.builds("".join, st.tuples(st.sampled_from(["", "http://", "https://"]), st.text()))


@unhurried
@given(st.fixed_dictionaries({}, optional={name: st.text() for name in CONFIG_OF} | {"api_url": ANY_URL}))
def test_any_settings_are_accepted_or_refused_in_three_parts(values):
    for settings in (read(values), read(values | CREDENTIALS)):
        problem = settings._problem()
        assert problem is None or len(str(problem).split("\n")) == 3


def test_secrets_appear_in_no_repr_and_no_refusal():
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


def test_settings_with_equal_values_are_equal():
    assert read(CREDENTIALS) == read(CREDENTIALS)
    assert read(CREDENTIALS) != read(CREDENTIALS, {"edge": "dublin"})
    assert len({read(CREDENTIALS), read(CREDENTIALS)}) == 1
