"""What the commands that edit state leave behind: they write nothing, and the next `up` or `destroy` converges."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from engine.conftest import ALL, OVERRIDE, PROGRAM, rows
from engine.invariants import in_force

MOVED = PROGRAM.replace("645 HARRISON", "650 HARRISON")


@dataclass(frozen=True, slots=True)
class Row:
    """
    A command on state.

    Attributes:
        words: The command; `{office}` stands for the resource's URN.
        leaves: Names in state afterwards.
        succeeds: Whether the engine does it.
        then: What must converge afterwards.
        renewed: Names whose object is another one after `then`.
        slow: Whether it is more of a kind that is there already.

    """

    words: str
    leaves: tuple[str, ...] = ALL
    succeeds: bool = True
    then: str = "up"
    renewed: tuple[str, ...] = ()
    slow: bool = False

    @property
    def id(self) -> str:
        return f"{self.words.replace('{', '').replace('}', '')}, then {self.then}"


ROWS = (
    Row("state delete {phones}", ("office", "desk", "lobby")),
    Row("state delete {lobby}", ("office", "desk", "phones"), slow=True),
    Row("state delete {desk}", succeeds=False, then="destroy", slow=True),
    Row("state delete {desk} --target-dependents", ("office", "lobby"), slow=True),
    Row("state delete {office} --target-dependents", (), then="up that takes back"),
    Row("state delete {office} --target-dependents", (), then="up without checkpoints"),
    Row("state delete --all", (), then="up that takes back", slow=True),
    Row("state rename {lobby} hall", ("office", "desk", "hall", "phones")),
    Row("state rename {desk} front", ("office", "front", "lobby", "phones"), slow=True),
    Row("state rename {phones} voice", ("office", "desk", "lobby", "voice"), slow=True),
    Row("state rename {phones} voice", ("office", "desk", "lobby", "voice"), then="destroy"),
    Row("state taint {office}", renewed=("office",)),
    Row("state taint {desk}"),
    Row("state taint {lobby}", slow=True),
    Row("state taint {phones}", slow=True),
    Row("state taint {office}", then="destroy", slow=True),
    Row("state protect {desk}", then="up", slow=True),
)


@pytest.mark.parametrize("row", rows(ROWS))
def test_edited_state_is_put_right_by_the_next_command(covered, row, report_counts):
    report_counts("honesty: a command on state, and the next one")
    before, office = covered.moment(), covered.stack.outputs("office")["sid"]
    urns = {name: entry["urn"] for name, entry in covered.stack.resources().items()}
    ran = covered.stack.run(*(word.format(**urns) for word in row.words.split()), "--yes")
    assert (ran.code == 0) is row.succeeds, ran.text
    assert set(covered.stack.resources()) == set(row.leaves)
    assert before.writes() == []
    covered.judge(before, ran, kept=set(ALL) - set(row.leaves) if "delete" in row.words else ())
    covered.converges_by(row.then)
    if row.then == "destroy":
        return
    assert (covered.stack.outputs("office")["sid"] != office) is ("office" in row.renewed)


@pytest.mark.parametrize("then", ["up", pytest.param("destroy", marks=pytest.mark.slow)])
def test_renamed_stack_goes_on(covered, then, report_counts):
    report_counts("honesty: a rename of a stack, and the next command")
    before = covered.moment()
    covered.stack.run("stack", "rename", "prod", expect=0)
    covered.stack.name = covered.stack.env["PULUMI_STACK"] = "prod"
    assert set(covered.stack.resources()) == set(ALL)
    if then == "up":
        ran = covered.stack.up()
        covered.judge(before, ran)
        covered.converges_by_up()
        return
    covered.converges_by_destroy()


def test_exported_and_imported_state_is_the_same(covered, report_counts):
    report_counts("honesty: an export and import, and the next command")
    before = covered.moment()
    covered.stack.run("stack", "export", "--file", "state.json", expect=0)
    ran = covered.stack.run("stack", "import", "--file", "state.json", expect=0)
    covered.judge(before, ran)
    covered.stack.has_nothing_to_do()
    assert before.writes() == []
    covered.converges_by_destroy()


@pytest.mark.parametrize(
    "then",
    [
        "up",
        *(pytest.param(then, marks=pytest.mark.slow) for then in ("refresh and up", "refresh and destroy")),
    ],
)
def test_state_of_before_a_change_of_address_is_put_right(covered, then, report_counts):
    report_counts("honesty: an import of an old export, and the next command")
    covered.stack.run("stack", "export", "--file", "state.json", expect=0)
    covered.stack.program(MOVED)
    covered.stack.up()
    covered.stack.run("stack", "import", "--file", "state.json", expect=0)
    if then.startswith("refresh"):
        covered.stack.refresh()
        assert "Traceback" not in covered.stack.preview(expect=None).text
    if then.endswith("destroy"):
        gone = covered.stack.destroy()
        assert covered.stack.entries() == []
        # No binding in that state has submitted the new address: it is left, and said to be.
        left = {row["phone_number"] for row in covered.world.numbers() if row.get("emergency_address_sid")}
        for number in left:
            assert any(number in line and "left as it is" in line for line in gone.errors.splitlines())
        return
    ran = covered.stack.up(expect=None)
    if ran.code:
        # The engine cannot know; what is to be done has to be said, and to work.
        assert "refresh" in ran.errors, ran.text
        covered.stack.refresh()
        covered.stack.up()
    used = {sid for sid in covered.addresses_of_numbers().values() if sid}
    assert used == {covered.stack.outputs("office")["sid"]}
    assert {row["street"] for row in covered.world.addresses()} == {"650 HARRISON ST"}
    covered.stack.has_nothing_to_do()
    # What the lost run had made is unused by now; the next destroy finds it by its tag.
    covered.converges_by_destroy()


def test_resource_moved_to_another_stack_is_in_force_until_that_stack_is_destroyed(covered, report_counts):
    report_counts("honesty: a move to another stack, and 4 commands")
    stack, before = covered.stack, covered.moment()
    phones = stack.urn("phones")
    stack.run("stack", "init", "voice", expect=0)
    ran = stack.run("state", "move", "--source", "dev", "--dest", "voice", phones, "--yes", expect=0)
    assert set(stack.resources()) == {"office", "desk", "lobby"}
    assert before.writes() == []
    covered.judge(before, ran, elsewhere=stack.entries("voice"))

    stack.program(PROGRAM.partition("phones =")[0])
    ran = stack.up()
    assert before.writes() == []
    covered.judge(before, ran, elsewhere=stack.entries("voice"))
    refused = stack.destroy("--target", stack.urn("desk"), expect=1)
    assert "example.sip.twilio.com" in refused.errors
    assert all(in_force(covered.world, entry) for entry in before.entries)

    stack.run("destroy", "--yes", "--skip-preview", "--stack", "voice", expect=0)
    assert stack.entries("voice") == []
    assert not covered.world.domains()[0]["emergency_calling_enabled"]
    covered.converges_by_destroy()


@pytest.mark.slow
def test_numbers_of_a_lost_address_move_to_the_one_that_was_made_without_a_preview(covered, report_counts):
    """A refused `up --skip-preview` has made a new address by then: the old one cannot be taken back any more."""
    report_counts("honesty: a command without a preview on lost state, and 2 commands")
    covered.stack.run(
        "state", "delete", covered.stack.urn("office"), "--target-dependents", "--yes", expect=0
    )
    numbers, refused = covered.addresses_of_numbers(), covered.stack.up(expect=1)
    assert f"{OVERRIDE}=1" in refused.errors, refused.text
    assert covered.addresses_of_numbers() == numbers
    moved = covered.stack.up(env={OVERRIDE: "1"})
    for entry in covered.stack.entries():
        if entry["name"] in {"desk", "lobby"}:
            number = entry["outputs"]["phone_number"]
            assert any(number in line and "uncovered" in line for line in moved.errors.splitlines())
    assert {covered.stack.outputs(name)["emergency_address_status"] for name in ("desk", "lobby")} == {
        "registered"
    }
    covered.converges_by_destroy()
