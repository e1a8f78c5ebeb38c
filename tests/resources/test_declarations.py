"""What a program is told where it declares a resource wrongly, before anything is sent to the engine."""

from __future__ import annotations

import pulumi
import pytest

from pulumi_twilio_emergency import EmergencyAddress, NumberEmergencyBinding, SipDomainEmergency

ADDRESS = {
    "customer_name": "Twilio",
    "street": "645 Harrison St",
    "city": "San Francisco",
    "region": "CA",
    "postal_code": "94105",
    "iso_country": "US",
}
BINDING = {"number_sid": "PN" + "0" * 32, "address_sid": "AD" + "0" * 32}
DOMAIN = {"domain_sid": "SD" + "0" * 32}
KINDS = {EmergencyAddress: ADDRESS, NumberEmergencyBinding: BINDING, SipDomainEmergency: DOMAIN}


@pytest.mark.parametrize("name", ADDRESS)
@pytest.mark.parametrize("absent", ["left out", "None"])
def test_required_input_of_an_address_that_is_absent_is_named(name, absent):
    inputs = {**ADDRESS, name: None}
    if absent == "left out":
        del inputs[name]

    with pytest.raises(TypeError, match=f"^EmergencyAddress office needs {name}\\.$"):
        EmergencyAddress("office", **inputs)


@pytest.mark.parametrize(
    ("kind", "inputs", "said"),
    [
        (
            NumberEmergencyBinding,
            {"address_sid": BINDING["address_sid"]},
            "NumberEmergencyBinding first needs number_sid or phone_number.",
        ),
        (NumberEmergencyBinding, {"number_sid": BINDING["number_sid"]}, "needs address_sid."),
        (NumberEmergencyBinding, {"phone_number": "+14155550100"}, "needs address_sid."),
        (SipDomainEmergency, {"enabled": True}, "needs domain_sid or domain_name."),
    ],
)
def test_required_alternatives_that_are_absent_are_named(kind, inputs, said):
    with pytest.raises(TypeError, match=said):
        kind("first", **inputs)


@pytest.mark.parametrize(
    ("kind", "wrong", "hint"),
    [
        (EmergencyAddress, "stret", "did you mean street?"),
        (NumberEmergencyBinding, "adress_sid", "did you mean address_sid?"),
        (SipDomainEmergency, "emergency_caller", "did you mean emergency_caller_sid?"),
        (
            SipDomainEmergency,
            "xyz",
            "there are account_sid, domain_name, domain_sid, emergency_caller_sid, enabled.",
        ),
    ],
)
def test_unknown_input_is_named_with_a_near_one(kind, wrong, hint):
    with pytest.raises(TypeError) as error:
        kind("first", **KINDS[kind], **{wrong: "x"})

    assert str(error.value).startswith(f"{kind.__name__} first has no input {wrong!r}; ")
    assert str(error.value).endswith(hint)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", ["office", 5, ["x"]])
def test_second_argument_that_is_neither_args_nor_options_is_refused(kind, value):
    with pytest.raises(
        TypeError, match=f"^{kind.__name__} first takes {kind.__name__}Args or ResourceOptions"
    ):
        kind("first", value, **KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["create", "update", "delete"])
@pytest.mark.parametrize("value", ["0s", "0", "", "0h0m"])
def test_time_limit_of_zero_is_refused(kind, method, value):
    """It would reach the provider as "unset", which means 30 minutes."""
    opts = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(**{method: value}))

    with pytest.raises(
        ValueError,
        match=f"^{kind.__name__} first: custom_timeouts.{method} is {value!r}; write how long to wait",
    ):
        kind("first", opts, **KINDS[kind])
