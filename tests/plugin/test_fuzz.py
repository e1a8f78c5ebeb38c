"""
Thousands of wrong inputs through the plugin process: each is named, none reaches Twilio, none stops the plugin.

Every input is wrong by how it is made, so that a check which lets it pass without a word is caught. What Twilio
only advises against may pass with a warning; what is not even a text of the right form must be refused.
"""

from __future__ import annotations

import random
import string

import pytest

from support.places import HARRISON
from support.plugin_process import Failed

SEED = 911
REQUESTS = 1_100  # for each kind of resource; each holds one wrong input or more

SIDS = {
    "account_sid": "AC",
    "address_sid": "AD",
    "number_sid": "PN",
    "domain_sid": "SD",
    "emergency_caller_sid": "PN",
}
# Each is wrong in a text, whatever the text is for, since no address or SID has control characters in it.
CONTROL = [
    "\x00",
    "\x07",
    "\t",
    "\n",
    "\r\n",
    "\x1b[31m",
    "\x7f",
    "\u200b",
    "\u202e",
    "\u2028",
    "\ufeff",
    "\xa0",
]
# Each is wrong wherever a text must have a certain form.
HOSTILE = [
    "../../../etc/passwd",
    "..%2f..%2fAccounts",
    "AD00000000000000000000000000000000/../../IncomingPhoneNumbers",
    "%s%s%s%n",
    "{0.__class__.__mro__}",
    "${jndi:ldap://example.com/a}",
    "$(reboot)",
    "'; DROP TABLE numbers; --",
    '{"sid": "AD00000000000000000000000000000000"}',
    "[1, 2]",
    "null",
    "None",
    "true",
    "x\r\nAuthorization: Basic eDp5",
    "x\r\n\r\nGET / HTTP/1.1",
    "<script>alert(1)</script>",
    "https://example.com/",
    "\u0661\u0662\u0663",
    "\U0001f691",
    "e\u0301" * 20,
    "?EmergencyAddressSid=",
    "#",
    "0" * 34,
]
NO_TEXTS = [
    0,
    -1,
    94105,
    94105.0,
    0.1,
    1e308,
    -1e308,
    2**53 + 1,
    2**200,
    float("nan"),
    float("inf"),
    float("-inf"),
    True,
    False,
    [],
    {},
    [[]],
    [""],
    ["94105"],
    {"": ""},
    {"value": "94105"},
    {"a": {"b": {"c": [{"d": [None, 1, "x"]}]}}},
    [[[[[[[[["deep"]]]]]]]]],
]
NO_FLAGS = ["true", "false", "yes", "", "1", 0, 1, 1.0, 0.0, float("nan"), [], [True], {}, {"enabled": True}]


class Wrong:
    """Makes wrong inputs of each kind; the same ones in the same order for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def unicode(self, length):
        """Any characters that a text on the wire may have."""
        ranges = [(0x20, 0x7E), (0xA1, 0x2FF), (0x370, 0x5FF), (0x4E00, 0x9FFF), (0x1F300, 0x1F6FF)]
        return "".join(chr(self.random.randint(*self.random.choice(ranges))) for _ in range(length))

    def nested(self, depth=0):
        """A list or a mapping of anything."""
        if depth > 4 or (depth and self.random.random() < 0.3):
            return self.random.choice([*NO_TEXTS, *HOSTILE])
        if self.random.random() < 0.5:
            return [self.nested(depth + 1) for _ in range(self.random.randint(0, 4))]
        return {self.unicode(3): self.nested(depth + 1) for _ in range(self.random.randint(0, 4))}

    def no_text(self):
        choice = self.random.random()
        if choice < 0.5:
            return self.random.choice(NO_TEXTS)
        return self.nested() if choice < 0.7 else self.random.uniform(-1e6, 1e6)

    def spoilt(self, text):
        """A text with something in it that is wrong everywhere."""
        at = self.random.randint(0, len(text))
        return text[:at] + self.random.choice(CONTROL) + text[at:]

    def no_form(self):
        """A text that no SID, number, code, choice or name has."""
        return self.random.choice(
            [
                self.random.choice(HOSTILE),
                self.spoilt("0"),
                "\u00df" + self.unicode(self.random.randint(0, 50)),
                "x!" * self.random.choice([50, 500, 5_000]),
            ]
        )

    def sid(self, prefix):
        hexadecimal = "".join(self.random.choices("0123456789abcdef", k=32))
        others = [other for other in ("AC", "AD", "PN", "SD", "SK", "AP", "ad", "") if other != prefix]
        return self.random.choice(
            [
                self.random.choice(others) + hexadecimal,
                prefix + hexadecimal[:-1],
                prefix + hexadecimal + "0",
                prefix + hexadecimal[:-1] + self.random.choice("ghxyz/. "),
                " " + prefix + hexadecimal,
                self.spoilt(prefix + hexadecimal),
                self.no_form(),
                self.no_text(),
                "",
            ]
        )

    def flag(self):
        return self.random.choice([self.random.choice(NO_FLAGS), self.nested(), self.no_form()])

    def phone_number(self):
        digits = "".join(self.random.choices(string.digits, k=10))
        return self.random.choice(
            [
                digits,
                f"+1 {digits}",
                f"+1{digits}x",
                f"+{digits}{digits}{digits}",
                f"tel:+1{digits}",
                self.spoilt("+14155550100"),
                "+" + self.unicode(12).replace("+", "-") + "-",
                self.no_form(),
                self.no_text(),
                "",
            ]
        )

    def domain_name(self):
        return self.random.choice(
            [
                "example",
                "example.com",
                "Example.sip.twilio.com",
                " example.sip.twilio.com",
                "example.twilio.com",
                "exa mple.sip.twilio.com",
                "example.sip.example.org",
                f"{self.random.choice('/%$ ;<{')}{self.random.choice(HOSTILE)}.sip.twilio.com",
                self.spoilt("example.sip.twilio.com"),
                self.no_form(),
                self.no_text(),
                "",
            ]
        )

    def place(self, name):
        """A wrong part of an address in the US."""
        some = [
            self.no_text(),
            self.spoilt(HARRISON.get(name, "Suite 5")),
            self.random.choice("&@#") + self.unicode(5),
        ]
        some += [" " + HARRISON.get(name, "Suite 5"), HARRISON.get(name, "Suite") + "  5"]
        if name in HARRISON:
            some += [""]
        if name in {"customer_name", "friendly_name"}:
            some += ["n" * self.random.randint(33, 5_000), "\u4e00" * 32, self.unicode(33)]
        if name == "street":
            some += [
                f"{HARRISON['street']} {unit} {self.random.randint(1, 99)}"
                for unit in ("Suite", "apt", "FL", "#")
            ]
        if name in {"region", "postal_code", "iso_country"}:
            some += [self.no_form(), HARRISON[name].lower() + "x", HARRISON[name][:-1], HARRISON[name] * 2]
        if name == "region":
            some += ["ca", "California", "ON", "XX"]
        if name == "postal_code":
            some += ["9410", "94105-", "94105-12", "M5V 3L9", "941O5", "\uff19\uff14\uff11\uff10\uff15x"]
        if name == "iso_country":
            some += ["us", "USA", "FR", "Canada"]
        return self.random.choice(some)


def address(wrong):
    good = dict(HARRISON)
    makers = {
        name: lambda name=name: wrong.place(name) for name in (*HARRISON, "street_secondary", "friendly_name")
    }
    makers["on_correction"] = lambda: wrong.random.choice(
        [wrong.no_form(), wrong.no_text(), "Cosmetic", "accept ", ""]
    )
    makers["account_sid"] = lambda: wrong.sid("AC")
    # What a region and a postal code look like is known only where the country is right.
    for name in {"iso_country"} if wrong.random.random() < 0.7 else {"region", "postal_code"}:
        del makers[name]
    return good, makers


def number_binding(wrong):
    by_name = wrong.random.random() < 0.4
    good = {"phone_number": "+14155550100"} if by_name else {"number_sid": "PN" + "0" * 32}
    makers = {
        "address_sid": lambda: wrong.sid("AD"),
        "wait_for_registration": wrong.flag,
        "take_over": wrong.flag,
        "account_sid": lambda: wrong.sid("AC"),
    }
    makers |= {"phone_number": wrong.phone_number} if by_name else {"number_sid": lambda: wrong.sid("PN")}
    return {**good, "address_sid": "AD" + "0" * 32}, makers


def sip_domain(wrong):
    by_name = wrong.random.random() < 0.4
    good = {"domain_name": "example.sip.twilio.com"} if by_name else {"domain_sid": "SD" + "0" * 32}
    makers = {
        "enabled": wrong.flag,
        "emergency_caller_sid": lambda: wrong.sid("PN"),
        "account_sid": lambda: wrong.sid("AC"),
    }
    makers |= {"domain_name": wrong.domain_name} if by_name else {"domain_sid": lambda: wrong.sid("SD")}
    return good, makers


KINDS = {
    "EmergencyAddress": address,
    "NumberEmergencyBinding": number_binding,
    "SipDomainEmergency": sip_domain,
}


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_inputs_are_each_named_and_never_sent_to_twilio(harness, kind, report_counts):
    wrong = Wrong(f"{SEED} {kind}")
    resource = harness.resource(kind)
    passed, blamed, unnamed, tracebacks = [], [], [], []
    tried = advised = 0

    for _ in range(REQUESTS):
        good, makers = KINDS[kind](wrong)
        bad = {
            name: makers[name]()
            for name in wrong.random.sample(list(makers), wrong.random.choice([1, 1, 1, 2, len(makers)]))
        }
        tried += len(bad)
        try:
            _, failures = resource.check(**{**good, **bad})
        except Failed as failure:
            tracebacks.append((bad, failure.message))
            continue
        warnings = {warning.split()[0] for warning in harness.warnings(resource.urn)}
        harness.plugin.lines.clear()
        advised += len(warnings - failures.keys())
        passed += [(name, value) for name, value in bad.items() if name not in failures.keys() | warnings]
        passed += [
            (name, bad[name]) for name in bad.keys() - failures.keys() if not isinstance(bad[name], str)
        ]
        blamed += [(name, bad, failures[name]) for name in failures if name not in bad]
        for name, reasons in failures.items():
            unnamed += [(name, reason) for reason in reasons if not reason.strip() or "Traceback" in reason]

    report_counts(
        f"{kind}: {tried} wrong inputs in {REQUESTS} programs, each named, {advised} of them in a warning"
    )
    assert tried >= 1_800, "fewer than this test is worth"
    assert {message.split(". ")[0] for _, message in tracebacks} == set()
    assert passed == []
    assert blamed == []
    assert unnamed == []
    assert harness.requests == []
    assert harness.plugin.process.poll() is None
    good, _ = KINDS[kind](wrong)
    harness.new_run({})
    assert resource.check(**good)[1] == {}


@pytest.mark.parametrize("kind", ["NumberEmergencyBinding", "SipDomainEmergency"])
def test_alternatives_given_together_are_named(harness, kind):
    first, second = {
        "NumberEmergencyBinding": ("number_sid", "phone_number"),
        "SipDomainEmergency": ("domain_sid", "domain_name"),
    }[kind]

    assert second in harness.resource(kind).check(**{first: "PN" + "0" * 32, second: "+14155550100"})[1]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("EmergencyAddress", "street"),
        ("EmergencyAddress", "postal_code"),
        ("EmergencyAddress", "iso_country"),
        ("EmergencyAddress", "on_correction"),
        ("EmergencyAddress", "account_sid"),
        ("NumberEmergencyBinding", "address_sid"),
        ("NumberEmergencyBinding", "phone_number"),
        ("NumberEmergencyBinding", "take_over"),
        ("SipDomainEmergency", "domain_name"),
        ("SipDomainEmergency", "enabled"),
    ],
)
def test_wrong_text_of_a_whole_page_is_shortened_in_its_message(harness, kind, name):
    """Say, a file where its name was meant: an operator must find the sentence, and logs not the file."""
    page = "&@# a whole page\n" * 1_000
    resource = harness.resource(kind)

    reasons = resource.check(**{name: page})[1].get(name, [])

    said = [*reasons, *harness.warnings(resource.urn)]
    assert said
    assert max(map(len, said)) < 1_000
