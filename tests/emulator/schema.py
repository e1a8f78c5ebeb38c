"""
Twilio's OpenAPI facts as a check: whether an answer is what Twilio's own file says it is.

The facts stand in `twilio_openapi.yaml`. `Watch` checks every answer of the apps that it observes.
"""

from __future__ import annotations

import json
import re
import threading
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import yaml

FACTS = yaml.safe_load(Path(__file__).with_name("twilio_openapi.yaml").read_text(encoding="utf-8"))

ERROR_KEYS = {"code", "message", "more_info", "status"}
EMPTY_IN_SAMPLES = re.compile("(_application_sid|_url|status_callback)$")
"""Fields that the emergency calling page's own samples show as an empty text (read 2026-11)."""
DELIBERATE = {
    (
        "emergency_address_status",
        None,
    ): "the switch never_bound_status=null tries what a number without a past shows",
    ("emergency_address_status", "a-status-nobody-knows"): "a test of what Twilio might add",
    ("emergency_address_sid", ""): "the switch cleared_sid=empty tries what a cleared SID reads as",
}
"""Where a switch goes beyond the file on purpose."""


def check_answer(method, path, status, body, content_type="application/json"):
    """
    Raise AssertionError where an answer is not what the file says.

    `path` is the path of the request, with or without `/2010-04-01` and `.json`; `body` is text or bytes.
    """
    if not content_type.startswith("application/json") and status != 204:
        return
    if status >= 400:
        _check_error(status, json.loads(body))
        return
    operation = operation_for(method, path)
    assert operation is not None, f"{method} {path} is not among the operations, and was answered {status}"
    assert status == operation["status"], f"{method} {path} answers {operation['status']}, not {status}"
    if operation["answer"] == "nothing":
        assert not body, f"{method} {path} has a body"
        return
    list_name, _, kind = operation["answer"].rpartition(" of ")
    if list_name:
        _check_list(json.loads(body), list_name, kind)
    else:
        _check_body(json.loads(body), FACTS["bodies"][kind], kind)


class Watch:
    """
    Check answers as they are given, and keep what is wrong with them for the test to ask about.

    An observer that raised would only end the connection, which the client under test may well survive.
    `file` is where emulators in other processes write what is wrong with theirs.
    """

    def __init__(self, file=None):
        self._lock = threading.Lock()
        self._wrong = []
        self._file = file

    def observe(self, request, answer):
        """Check an answer of the emulator; for `Traffic.observers`."""
        if answer.ending != "as-usual":
            return
        try:
            check_answer(request.method, request.path, answer.status, answer.body, answer.content_type)
        except AssertionError as error:
            with self._lock:
                self._wrong.append(f"{request.method} {request.path}: {error}")

    def take(self):
        """Return what was wrong since the last call."""
        with self._lock:
            wrong, self._wrong = self._wrong, []
            if self._file is not None and self._file.exists():
                wrong += self._file.read_text(encoding="utf-8").splitlines()
                self._file.unlink()
        return wrong


def operation_for(method, path):
    """Return what the file says of a request, or None."""
    bare = path.partition("?")[0].removeprefix("/2010-04-01").removesuffix(".json")
    return next(
        (facts for verb, regex, facts in _operations() if verb == method and regex.fullmatch(bare)), None
    )


@cache
def _operations():
    found = []
    for name, facts in FACTS["operations"].items():
        method, _, path = name.partition(" ")
        found.append((method, re.compile(re.sub(r"\{[A-Za-z]+\}", "[^/]+", path)), facts))
    return found


def _check_error(status, body):
    assert set(body) == ERROR_KEYS, f"an error has {sorted(ERROR_KEYS)}, not {sorted(body)}"
    assert body["status"] == status
    assert isinstance(body["code"], int)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{body['code']}"
    assert body["message"]


def _check_list(body, list_name, kind):
    rows = body.pop(list_name)
    _check_body(body, FACTS["list_frame"], "list")
    assert len(rows) <= body["page_size"]
    for row in rows:
        _check_body(row, FACTS["bodies"][kind], kind)


def _check_body(body, properties, kind):
    missing, surplus = properties.keys() - body.keys(), body.keys() - properties.keys()
    assert not missing, f"{kind} lacks {sorted(missing)}"
    assert not surplus, f"{kind} has {sorted(surplus)}, which Twilio's file does not know"
    for name, value in body.items():
        _check_value(f"{kind}.{name}", name, value, properties[name])


def _check_value(where, name, value, wanted):
    kind = wanted.removesuffix(" !")
    deliberate = (name, value) in DELIBERATE if isinstance(value, (str, type(None))) else False
    if deliberate or (value is None and kind == wanted) or (value == "" and EMPTY_IN_SAMPLES.search(name)):
        return
    assert value is not None, f"{where} is never null"
    assert _fits(kind, value), f"{where} is {value!r}, not {kind}"


def _fits(kind, value):
    if kind in PREDICATES:
        return PREDICATES[kind](value)
    if re.fullmatch("[A-Z]{2}", kind):
        return isinstance(value, str) and bool(re.fullmatch(f"{kind}[0-9a-fA-F]{{32}}", value))
    assert "|" in kind, f"{kind} is not a type"
    return value in kind.split("|")


def _is_date(value):
    return bool(re.search(r" \+0000$", value)) and parsedate_to_datetime(value) is not None


def _is_uri(value):
    # The file calls them URIs; the samples show paths without a host for what is Twilio's own.
    return isinstance(value, str) and (
        value.startswith("/2010-04-01/") or urlsplit(value).scheme in {"http", "https"}
    )


PREDICATES = {
    "anything": lambda _: True,
    "capabilities": lambda value: set(value) == {"voice", "sms", "mms", "fax"} and _all_flags(value),
    "country": lambda value: bool(re.fullmatch("[A-Z]{2}", value)),
    "date": _is_date,
    "flag": lambda value: isinstance(value, bool),
    "phone": lambda value: bool(re.fullmatch(r"\+[1-9]\d{6,14}", value)),
    "text": lambda value: isinstance(value, str),
    "uris": lambda value: bool(value) and all(map(_is_uri, value.values())),
    "url": _is_uri,
    "whole": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
}


def _all_flags(value):
    return all(isinstance(each, bool) for each in value.values())
