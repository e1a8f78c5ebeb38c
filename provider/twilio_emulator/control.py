"""
The control API under `/_emulator`: what a test changes while the emulator runs.

No authentication: the emulator listens on this machine only, unless it is told otherwise.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

from twilio_emulator import hosts
from twilio_emulator.clockwork import ManualClock, Pace
from twilio_emulator.faults import Fault
from twilio_emulator.messages import JSON, TEXT, Answer, UnreadableError
from twilio_emulator.seed import Seed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twilio_emulator.faults import Faults
    from twilio_emulator.messages import Request
    from twilio_emulator.world import World

PREFIX = "/_emulator"


class Control:
    """
    The routes; each takes the request and the SID in its path, and returns what is shown, or nothing.

    Attributes:
        own_names: Host names, in lower case, by which it may be reached besides IP addresses and the like.

    """

    def __init__(self, world: World, faults: Faults, reset: Callable[[], object] | None = None) -> None:
        self.own_names: set[str] = set()
        self._world = world
        self._faults = faults
        self._reset_to = reset
        self.routes: Mapping[tuple[str, str], Callable[[Request, str], object]] = {
            ("GET", "/state"): self._state,
            ("GET", "/requests"): lambda *_: self._recorded(world.requests),
            ("GET", "/history"): lambda *_: self._recorded(world.history),
            ("POST", "/seed"): self._seed,
            ("POST", "/reset"): self._reset,
            ("POST", "/faults"): self._add_faults,
            ("DELETE", "/faults"): lambda *_: faults.clear(),
            ("POST", "/pace"): self._pace,
            ("POST", "/switches"): lambda request, _: world.switches.set_all(_form(request)),
            ("POST", "/clock"): self._clock,
            ("POST", "/accounts/<sid>"): lambda request, sid: world.set_account(
                sid, **_form(request, "status")
            ),
            ("POST", "/addresses/<sid>"): lambda request, sid: world.set_address(sid, **_form(request)),
            ("POST", "/numbers/<sid>"): self._number,
            ("POST", "/domains/<sid>"): lambda request, sid: world.set_domain(sid, **_form(request)),
            ("DELETE", "/objects/<sid>"): lambda _, sid: world.remove(sid),
        }

    def answer(self, request: Request) -> Answer:
        """Do what a request says; a sentence tells why it cannot be done."""
        problem = hosts.problem_with(request.headers, self.own_names)
        if problem:
            return _sentence(403, problem)
        path = request.path.removeprefix(PREFIX)
        methods = {}
        for (method, pattern), route in self.routes.items():
            match = re.fullmatch(pattern.replace("<sid>", "([^/]+)"), path)
            if match:
                methods[method] = (route, match[1] if match.groups() else "")
        if request.method not in methods:
            return self._nothing_there(request, list(methods))
        route, sid = methods[request.method]
        try:
            shown = route(request, sid)
        except KeyError as error:
            return _sentence(404, f"there is no {error.args[0]}")
        except (ValueError, UnreadableError) as error:
            return _sentence(400, str(error))
        return Answer(204) if shown is None else Answer(200, json.dumps(shown).encode(), JSON)

    def _nothing_there(self, request: Request, methods: list[str]) -> Answer:
        if methods:
            answer = _sentence(405, f"{request.path} takes {' and '.join(methods)}, not {request.method}")
            answer.headers["Allow"] = ", ".join(methods)
            return answer
        paths = sorted({PREFIX + pattern for _, pattern in self.routes})
        return _sentence(404, f"there is no {request.path}; there are: {', '.join(paths)}")

    def _recorded(self, record: Sequence[Any]) -> object:
        with self._world.lock:
            entries = list(record)
        return [dataclasses.asdict(each) for each in entries]

    def _state(self, *_: object) -> object:
        with self._world.lock:
            return self._shown()

    def _shown(self) -> object:
        world = self._world
        return {
            "accounts": [
                {name: value for name, value in dataclasses.asdict(each).items() if name != "auth_token"}
                for each in world.accounts.values()
            ],
            "numbers": world.numbers(),
            "addresses": world.addresses(),
            "domains": world.domains(),
            "switches": dataclasses.asdict(world.switches),
            "region": world.region,
        }

    def _seed(self, request: Request, _: str) -> object:
        return Seed.parse(_text(request), "seed").apply(self._world, self._faults)

    def _reset(self, *_: object) -> None:
        with self._world.lock:
            self._faults.clear()
            (self._reset_to or self._world.reset)()

    def _add_faults(self, request: Request, _: str) -> None:
        lines = [line for line in _text(request).splitlines() if line.strip()]
        if not lines:
            raise ValueError("a fault is missing")
        for fault in [Fault.parse(line) for line in lines]:
            self._faults.add(fault)

    def _pace(self, request: Request, _: str) -> None:
        form = _form(request, "registration", "unregistration", "sid")
        sid = form.pop("sid", None)
        if not form:
            raise ValueError("registration or unregistration is missing")
        given = {name: Pace.parse(text) for name, text in form.items()}
        if sid:
            self._world.pace_for(sid, **given)
        else:
            self._world.pace(**given)

    def _clock(self, request: Request, _: str) -> None:
        text = _form(request, "advance").get("advance")
        if not isinstance(self._world.clock, ManualClock):
            raise ValueError("this emulator runs on real time; start it with --clock manual")  # noqa: TRY004
        if text is None:
            raise ValueError("advance is missing")
        if not re.fullmatch(r"\d+(\.\d+)?", text):
            raise ValueError(f"advance must be a number of seconds, not {text!r}")
        self._world.clock.advance(float(text))

    def _number(self, request: Request, sid: str) -> None:
        form = _form(request)
        if "status" in form:
            if "emergency_address_status" in form:
                raise ValueError("status and emergency_address_status are the same; write one of them")
            form["emergency_address_status"] = form.pop("status")
        self._world.set_number(sid, **form)


def _form(request: Request, *allowed: str) -> dict[str, Any]:
    form = request.form()
    unknown = form.keys() - set(allowed) if allowed else set()
    if unknown:
        raise ValueError(f"there is no {min(unknown)!r} here; there are: {', '.join(allowed)}")
    if not form:
        raise ValueError(f"{' or '.join(allowed) or 'a field'} is missing")
    return dict(form)


def _text(request: Request) -> str:
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        raise UnreadableError("the body is not UTF-8") from None


def _sentence(status: int, text: str) -> Answer:
    return Answer(status, f"{text}\n".encode(), TEXT)
