"""What is not there: parts of an older state, an engine, a URN's last part, the time to finish."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.places import ACROSS, HARRISON
from support.plugin_process import Failed, PluginProcess
from support.twilio import PluginHarness
from twilio_emulator import Pace


def submitted(number_sid, address_sid):
    return ("POST", f"IncomingPhoneNumbers/{number_sid}", (("EmergencyAddressSid", address_sid),))


class TestStateWithMissingParts:
    """A state of an older release, or one edited by hand, has less in it than ours."""

    @pytest.fixture
    def there(self, harness):
        office, desk, phones = harness.emergency_address(), harness.binding(), harness.sip_domain()
        office.up(**HARRISON)
        desk.up(number_sid=harness.number(), address_sid=office.id)
        phones.up(domain_sid=harness.world.add_domain("example.sip.twilio.com"), emergency_caller_sid=desk.id)
        harness.new_run()
        harness.forget()
        for each in (office, desk, phones):
            each.outputs = {}
        return {"office": office, "desk": desk, "phones": phones}

    @pytest.mark.parametrize("name", ["office", "desk", "phones"])
    def test_read_fills_in_what_is_missing(self, there, name):
        one = there[name]

        assert one.refresh()

        assert one.outputs["account_sid"].startswith("AC")
        assert one.id in one.outputs.values()

    def test_address_read_without_outputs_in_state_is_the_same_place(self, there):
        there["office"].refresh()

        assert there["office"].preview(**HARRISON) == "same"

    @pytest.mark.parametrize("name", ["office", "desk", "phones"])
    def test_update_without_outputs_in_state_succeeds(self, harness, there, name):
        one = there[name]

        outputs = harness.plugin.update(one.urn, one.provider, one.id, {}, one.inputs)

        assert one.id in outputs.values()
        assert harness.writes == []

    def test_diff_without_outputs_in_state_finds_something_to_do(self, there):
        assert there["phones"].preview(**there["phones"].inputs) != "same"
        assert there["desk"].preview(**there["desk"].inputs) != "same"
        assert there["office"].preview(**HARRISON) != "same"

    def test_address_without_outputs_in_state_is_deleted_by_its_id(self, harness, there):
        harness.world.rebind(there["desk"].id, None)

        there["office"].delete()

        assert harness.world.addresses() == []

    def test_domain_without_outputs_in_state_is_switched_off_by_its_id(self, harness, there):
        there["phones"].delete()

        assert not harness.world.domains()[0]["emergency_calling_enabled"]

    def test_delete_leaves_a_number_whose_address_neither_state_nor_machine_knows(
        self, harness, there, forget_submissions
    ):
        forget_submissions()
        there["desk"].delete()

        assert harness.writes == []


class TestImpossibleInputs:
    """The engine passes only checked inputs; a plugin must not stop should others come."""

    @pytest.mark.parametrize("method", ["create", "update", "diff", "read", "delete"])
    @pytest.mark.parametrize("kind", ["EmergencyAddress", "NumberEmergencyBinding", "SipDomainEmergency"])
    def test_call_with_impossible_inputs_is_answered(self, harness, kind, method):
        one = harness.resource(kind)
        junk = {
            "sid": 5,
            "address_sid": [],
            "domain_sid": {},
            "number_sid": 1.5,
            "friendly_name": True,
            "street": {},
        }
        arguments = {
            "create": (junk,),
            "update": ("AD1", junk, junk),
            "diff": ("AD1", junk, junk),
            "read": ("AD1", junk),
            "delete": ("AD1", junk),
        }[method]

        answer = ""
        try:
            getattr(harness.plugin, method)(one.urn, one.provider, *arguments)
        except Failed as failure:
            answer = failure.message

        assert "Traceback" not in answer
        assert harness.plugin.process.poll() is None
        assert harness.world.history == []


class TestTimeLimits:
    @pytest.mark.parametrize(
        ("method", "timeout", "shown"),
        [
            ("create", 0.5, "0.5 s"),
            ("update", 0.5, "0.5 s"),
            ("delete", 0.5, "0.5 s"),
            ("create", 7 * 24 * 3600 + 1, "604801 s"),
            ("create", 1e12, "1e+12 s"),
        ],
    )
    def test_invalid_time_limit_is_named(self, harness, method, timeout, shown):
        desk, home, across = harness.binding(), harness.address(), harness.address(ACROSS)
        number = harness.number()
        if method != "create":
            desk.up(number_sid=number, address_sid=home)
            harness.new_run()
            harness.forget()

        with pytest.raises(Failed) as failure:
            {
                "create": lambda: desk.up(number_sid=number, address_sid=home, timeout=timeout),
                "update": lambda: desk.up(number_sid=number, address_sid=across, timeout=timeout),
                "delete": lambda: desk.delete(timeout=timeout),
            }[method]()

        assert failure.value.message.startswith(f"custom_timeouts.{method} is ")
        assert f"is {shown}.\nNothing was changed.\nSet it to between 1s and 168h." in failure.value.message
        assert harness.writes == []

    @pytest.mark.parametrize("trouble", ["429 every=1", "503 every=1", "429 every=1 retry-after=250"])
    def test_time_limit_bounds_retries_too(self, harness, trouble):
        desk, home, number = harness.binding(), harness.address(), harness.number()
        harness.twilio.faults.add(trouble)
        began = time.monotonic()

        with pytest.raises(Failed) as failure:
            harness.plugin.create(desk.urn, desk.provider, {"number_sid": number, "address_sid": home}, 3)

        assert time.monotonic() - began < 10
        assert failure.value.message.count("\n") == 2

    def test_preview_is_impatient_whatever_twilio_answers(self, harness):
        harness.twilio.faults.add("429 every=1 retry-after=250")
        began = time.monotonic()

        assert (
            harness.binding().preview(number_sid=harness.number(), address_sid=harness.address()) == "create"
        )

        assert time.monotonic() - began < 20
        assert len(harness.warnings()) == 1

    def test_concurrent_waits_share_their_lists(self, harness):
        harness.world.pace(registration=Pace.after(1.5))
        home = harness.address()
        desks = [(harness.binding(f"desk-{index}"), harness.number()) for index in range(12)]

        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda each: each[0].up(number_sid=each[1], address_sid=home), desks))

        assert {desk.outputs["emergency_address_status"] for desk, _ in desks} == {"registered"}
        # One fetch before and one as the confirmation for each; what lies between is seen by lists.
        fetches = [
            path
            for method, path, _ in harness.requests
            if method == "GET" and "IncomingPhoneNumbers/" in path
        ]
        assert len(fetches) <= 3 * len(desks)
        assert len(harness.writes) == len(desks)


class TestInterruption:
    @pytest.fixture
    def own(self, twilio):
        """A process of its own, since an interruption is for good."""
        with PluginProcess(env={"CI": "1"}) as process:
            yield PluginHarness(process, twilio)

    def interrupted(self, harness, call):
        """Interrupt a call as soon as it has written something."""
        written = len(harness.writes)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(call)
            give_up = time.monotonic() + 20
            while len(harness.writes) == written and time.monotonic() < give_up:
                time.sleep(0.02)
            harness.plugin.cancel()
            with pytest.raises(Failed) as failure:
                waiting.result(timeout=20)
        return failure.value

    def test_interrupted_wait_is_kept_as_unfinished(self, own):
        own.world.pace(registration=Pace.never())
        desk, number, home = own.binding(), own.number("+14155550100"), own.address()

        failure = self.interrupted(own, lambda: desk.up(number_sid=number, address_sid=home))

        assert failure.message == (
            f"Interrupted: +14155550100 is pending-registration at {home}.\n"
            "Until Twilio reports registered, count the number as not covered.\n"
            "Run `pulumi up` again to go on from here; nothing needs undoing."
        )
        assert desk.id == failure.init_failed.id == number
        assert desk.outputs["emergency_address_status"] == "pending-registration"
        assert own.writes == [submitted(number, home)]

    def test_interrupted_change_keeps_its_previous_address(self, own):
        desk, number, home = own.binding(), own.number(), own.address()
        across = own.address(ACROSS)
        desk.up(number_sid=number, address_sid=home)
        own.world.pace(unregistration=Pace.never())

        failure = self.interrupted(own, lambda: desk.up(number_sid=number, address_sid=across))

        assert failure.message.startswith("Interrupted: ")
        assert desk.outputs["previous_address_sid"] == home
        assert desk.outputs["uncovered_since"] == pytest.approx(time.time(), abs=30)

    def test_interrupted_unbinding_fails_and_keeps_the_resource(self, own):
        desk, number, home = own.binding(), own.number("+14155550100"), own.address()
        desk.up(number_sid=number, address_sid=home)
        own.new_run()
        own.world.pace(unregistration=Pace.never())

        failure = self.interrupted(own, desk.delete)

        assert failure.message.startswith("Interrupted: +14155550100 is pending-unregistration")
        assert failure.init_failed is None

    def test_create_after_an_interruption_begins_nothing(self, own):
        own.world.pace(registration=Pace.never())
        own.binding().check()  # the process listens from the first call on
        own.plugin.cancel()
        began = time.monotonic()

        with pytest.raises(Failed, match="Interrupted"):
            own.binding().up(number_sid=own.number(), address_sid=own.address())

        assert time.monotonic() - began < 5


def test_plugin_without_an_engine_works_and_logs_warnings(twilio):
    with PluginProcess(with_engine=False) as process:
        process.configure(
            {
                "twilio:accountSid": twilio.account_sid,
                "twilio:authToken": twilio.auth_token,
                "twilio:apiUrl": twilio.url,
            }
        )
        office_sid = twilio.world.add_address(**HARRISON)
        number = twilio.world.add_number("+14155550100")
        urn = "urn:pulumi:dev::shop::pulumi-python:dynamic/twilio:NumberEmergencyBinding::desk"
        from pulumi_twilio_emergency import providers

        _, outputs = process.create(
            urn, providers.number_binding(), {"number_sid": number, "address_sid": office_sid}
        )
        across = twilio.world.add_address(**ACROSS)
        news = {"number_sid": number, "address_sid": across}
        process.check(urn, providers.number_binding(), news, outputs)
        process.diff(urn, providers.number_binding(), number, outputs, news)

    assert outputs["emergency_address_status"] == "registered"
    assert "is uncovered while its address changes" in process.printed
