"""
The control API under `/_emulator`: what a rehearsal turns while it runs.

No authentication: the emulator listens on this machine only, unless it is told otherwise.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import flask
from werkzeug.exceptions import BadRequestKeyError

from twilio_emulator.clockwork import ManualClock, Pace
from twilio_emulator.faults import Fault

if TYPE_CHECKING:
    from twilio_emulator.faults import Faults
    from twilio_emulator.world import World


def control(world: World, faults: Faults) -> flask.Blueprint:  # noqa: C901 - a list of routes
    """Return the routes."""
    routes = flask.Blueprint("control", __name__, url_prefix="/_emulator")

    @routes.errorhandler(ValueError)
    def wrong(error: ValueError) -> tuple[str, int]:
        return f"{error}\n", 400

    @routes.errorhandler(BadRequestKeyError)
    def incomplete(error: BadRequestKeyError) -> tuple[str, int]:
        return f"{error.args[0]} is missing\n", 400

    @routes.errorhandler(KeyError)
    def missing(error: KeyError) -> tuple[str, int]:
        return f"there is no {error.args[0]}\n", 404

    @routes.get("/state")
    def state() -> flask.Response:
        with world.lock:
            return flask.jsonify(
                {
                    "numbers": world.numbers(),
                    "addresses": world.addresses(),
                    "domains": world.domains(),
                    "switches": dataclasses.asdict(world.switches),
                }
            )

    @routes.get("/requests")
    def requests() -> flask.Response:
        with world.lock:
            return flask.jsonify([dataclasses.asdict(each) for each in world.requests])

    @routes.get("/history")
    def history() -> flask.Response:
        with world.lock:
            return flask.jsonify([dataclasses.asdict(each) for each in world.history])

    @routes.post("/faults")
    def add_faults() -> tuple[str, int]:
        lines = [line for line in flask.request.get_data(as_text=True).splitlines() if line.strip()]
        for fault in [Fault.parse(line) for line in lines]:
            faults.add(fault)
        return "", 204

    @routes.delete("/faults")
    def clear_faults() -> tuple[str, int]:
        faults.clear()
        return "", 204

    @routes.post("/pace")
    def pace() -> tuple[str, int]:
        given = {
            name: Pace.parse(flask.request.form[name])
            for name in ("registration", "unregistration")
            if name in flask.request.form
        }
        sid = flask.request.form.get("sid")
        if sid:
            world.pace_for(sid, **given)
        else:
            world.pace(**given)
        return "", 204

    @routes.post("/switches")
    def switches() -> tuple[str, int]:
        for name, value in flask.request.form.items():
            world.switches.set(name, value)
        return "", 204

    @routes.post("/clock")
    def clock() -> tuple[str, int]:
        if not isinstance(world.clock, ManualClock):
            raise ValueError("this emulator runs on real time")  # noqa: TRY004 - for whoever asked
        world.clock.advance(float(flask.request.form["advance"]))
        return "", 204

    @routes.post("/numbers/<sid>")
    def number(sid: str) -> tuple[str, int]:
        form = flask.request.form
        if "address_sid" in form:
            world.rebind(sid, form["address_sid"] or None, form.get("status"))
        elif "status" in form:
            world.force_status(sid, form["status"])
        return "", 204

    @routes.post("/domains/<sid>")
    def domain(sid: str) -> tuple[str, int]:
        fields: dict[str, Any] = flask.request.form.to_dict()
        if "emergency_calling_enabled" in fields:
            fields["emergency_calling_enabled"] = fields["emergency_calling_enabled"] == "true"
        if "emergency_caller_sid" in fields:
            fields["emergency_caller_sid"] = fields["emergency_caller_sid"] or None
        world.set_domain(sid, **fields)
        return "", 204

    @routes.delete("/objects/<sid>")
    def remove(sid: str) -> tuple[str, int]:
        world.remove(sid)
        return "", 204

    return routes
