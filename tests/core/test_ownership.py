"""Evidence of ownership: which copy of which resource stands for which Twilio object."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.account.ownership import (
    INSTANCE,
    Holder,
    MemoryLedger,
    Ownership,
    instance_of,
    new_instance,
)
from support.fake_twilio import Crowd, sid

OLD, NEW = (Holder(f"urn:pulumi:dev::site::Binding::{name}", name) for name in ("old", "new"))
NEW_COPY = Holder(OLD.urn, "new copy")
DESK, LOBBY = sid("PN", 1), sid("PN", 2)
OFFICE, BRANCH = sid("AD", 1), sid("AD", 2)


@pytest.fixture
def ownership():
    return Ownership()


class TestClaims:
    def test_object_without_claim_has_no_holder(self, ownership):
        assert ownership.other_holder(DESK, OLD) is None
        assert not ownership.is_held(DESK)

    def test_claim_is_seen_by_others_and_not_by_its_own_copy(self, ownership):
        ownership.claim(DESK, NEW)

        assert ownership.other_holder(DESK, OLD) == NEW
        assert ownership.other_holder(DESK, NEW) is None
        assert ownership.is_held(DESK)
        assert not ownership.is_held(LOBBY)

    def test_latest_of_several_holders_is_returned(self, ownership):
        third = Holder("urn:third", "third")
        for holder in (OLD, NEW, third, NEW):
            ownership.claim(DESK, holder)

        assert ownership.other_holder(DESK, OLD) == NEW

    def test_second_copy_of_the_same_resource_is_another_holder(self, ownership):
        ownership.claim(DESK, NEW_COPY)

        assert ownership.other_holder(DESK, OLD) == NEW_COPY

    def test_renamed_resource_with_the_same_token_is_the_same_copy(self, ownership):
        """An alias changes the URN; what stands in state, the token included, stays."""
        ownership.claim(DESK, Holder("urn:renamed", OLD.instance))

        assert ownership.other_holder(DESK, OLD) is None

    def test_dropped_claim_leaves_no_holder(self, ownership):
        ownership.claim(DESK, NEW)
        ownership.drop(DESK, NEW)

        assert ownership.other_holder(DESK, OLD) is None
        assert not ownership.is_held(DESK)

    def test_drop_of_one_copy_keeps_the_claim_of_another(self, ownership):
        ownership.claim(DESK, OLD)
        ownership.claim(DESK, NEW)
        ownership.drop(DESK, OLD)

        assert ownership.other_holder(DESK, OLD) == NEW

    def test_drop_without_claim_changes_nothing(self, ownership):
        ownership.drop(DESK, OLD)

        assert not ownership.is_held(DESK)

    def test_claim_after_drop_counts_again(self, ownership):
        for record in (ownership.claim, ownership.drop, ownership.claim):
            record(DESK, NEW)

        assert ownership.other_holder(DESK, OLD) == NEW


class TestWhatIsNoClaim:
    @pytest.mark.parametrize(
        "record",
        [
            lambda ownership: ownership.see_in_state(DESK),
            lambda ownership: ownership.see_submitted(DESK, "AD1"),
            lambda ownership: ownership.declare(DESK, NEW.urn),
        ],
        ids=["seen in state", "submitted", "declared"],
    )
    def test_other_entries_make_no_holder(self, ownership, record):
        record(ownership)

        assert ownership.other_holder(DESK, OLD) is None
        assert not ownership.is_held(DESK)

    def test_claim_is_not_taken_for_knowledge_of_state(self, ownership):
        ownership.claim(OFFICE, NEW)

        assert not ownership.is_in_state(OFFICE)

    def test_object_seen_in_state_is_remembered(self, ownership):
        ownership.see_in_state(OFFICE)

        assert ownership.is_in_state(OFFICE)
        assert not ownership.is_in_state(BRANCH)


class TestDeclaredByAnother:
    def test_another_resource_of_the_program_is_named_by_any_key(self, ownership):
        ownership.declare("+14155550100", NEW.urn)

        assert ownership.declared_by_another([DESK, "+14155550100"], OLD.urn) == NEW.urn

    def test_resource_itself_is_no_other(self, ownership):
        ownership.declare(DESK, OLD.urn)

        assert ownership.declared_by_another([DESK], OLD.urn) is None

    def test_claim_is_no_declaration(self, ownership):
        ownership.claim(DESK, NEW)

        assert ownership.declared_by_another([DESK], OLD.urn) is None


class TestSubmittedAddresses:
    def test_address_counts_for_the_number_it_was_submitted_to_alone(self, ownership):
        ownership.see_submitted(DESK, "AD1")

        assert ownership.was_submitted(DESK, "AD1")
        assert not ownership.was_submitted("PN-other", "AD1")
        assert not ownership.is_in_state("AD1")


class TestDeclarations:
    def test_first_declaration_has_no_rival(self, ownership):
        assert ownership.declare(DESK, OLD.urn) is None

    def test_repeated_declaration_by_the_same_resource_has_no_rival(self, ownership):
        """Check runs twice for a resource that is replaced."""
        ownership.declare(DESK, OLD.urn)

        assert ownership.declare(DESK, OLD.urn) is None

    def test_second_resource_is_told_the_first(self, ownership):
        ownership.declare(DESK, OLD.urn)

        assert ownership.declare(DESK, NEW.urn) == OLD.urn
        assert ownership.declare(LOBBY, NEW.urn) is None


class TestTokens:
    def test_new_tokens_never_repeat(self):
        assert len({new_instance() for _ in range(100)}) == 100

    def test_token_in_outputs_is_used_as_it_is(self):
        assert instance_of({INSTANCE: "token", "sid": OFFICE}) == "token"

    def test_outputs_of_0_1_0_get_a_token_that_depends_on_all_of_them(self):
        outputs = {"sid": OFFICE, "street": "645 HARRISON ST"}

        assert instance_of(outputs) == instance_of(dict(reversed(outputs.items())))
        assert instance_of(outputs) != instance_of({**outputs, "street": "650 HARRISON ST"})
        assert instance_of(outputs).startswith("0.1.0-")

    @pytest.mark.parametrize("urn", ["urn:pulumi:dev::site::Binding::desk", "desk", ""])
    def test_name_of_a_holder_is_the_last_part_of_its_urn(self, urn):
        assert Holder(urn, "token").name == urn.rpartition("::")[2]


class TestLedger:
    def test_claims_of_another_process_are_seen_through_a_shared_ledger(self):
        ledger = MemoryLedger()
        first, second = Ownership(ledger), Ownership(ledger)
        assert second.other_holder(DESK, OLD) is None

        first.claim(DESK, NEW)
        assert second.other_holder(DESK, OLD) == NEW

        second.drop(DESK, NEW)
        assert first.other_holder(DESK, OLD) is None

    def test_claims_without_a_shared_ledger_stay_apart(self):
        Ownership().claim(DESK, NEW)

        assert Ownership().other_holder(DESK, OLD) is None

    def test_many_threads_lose_no_claim(self, ownership):
        def claim_fifty(block):
            for each in range(50):
                ownership.claim(sid("PN", block * 50 + each), NEW)
                ownership.is_held(DESK)

        crowd = Crowd()
        for block in range(20):
            crowd.send(claim_fifty, block)

        assert crowd.outcomes() == [None] * 20
        assert sum(ownership.is_held(sid("PN", digits)) for digits in range(1000)) == 1000
