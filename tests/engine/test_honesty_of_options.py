"""What Pulumi's resource options, components, explicit providers and the Automation API leave behind."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pulumi import automation

from engine.conftest import ALL, PROGRAM, Copy, program, rows
from support.stack import IMPORTS, Ran


@dataclass(frozen=True, slots=True)
class Row:
    """
    Options that are brought into the program by an `up`, and the command under them.

    Attributes:
        id: What it is about.
        options: Options by name of resource.
        words: The command.
        edited: The program of the command, where it is another one.
        leaves, kept, succeeds, then: As in `test_honesty`.
        names: Texts that the output must contain where it fails.
        slow: Whether it is more of a kind that is there already.

    """

    id: str
    options: dict[str, str]
    words: tuple[str, ...]
    leaves: tuple[str, ...] = ALL
    kept: tuple[str, ...] = ()
    succeeds: bool | None = True
    edited: str | None = None
    then: str = "destroy"
    names: tuple[str, ...] = ()
    slow: bool = False


_RETAIN = dict.fromkeys(ALL, "retain_on_delete=True")
ROWS = (
    Row("all retained, destroy", _RETAIN, ("destroy",), (), ALL, then="up that takes back"),
    Row("all retained, destroy --refresh", _RETAIN, ("destroy", "--refresh"), (), ALL, then="up that takes back",
        slow=True),
    Row("all retained, removed from the program", _RETAIN, ("up",), (), ALL, edited="\n",
        then="up that takes back", slow=True),
    Row("a number retained, destroy", {"desk": "retain_on_delete=True"}, ("destroy",), ("office",), ("desk",),
        succeeds=False, then="up", names=("+14155550100",)),
    Row("the domain retained, destroy", {"phones": "retain_on_delete=True"}, ("destroy",),
        ("office", "desk"), ("phones",), succeeds=False, then="up", names=("example.sip.twilio.com",), slow=True),
    Row("a number protected, destroy", {"desk": "protect=True"}, ("destroy",), ("office", "desk"),
        succeeds=False, then="up", slow=True),
    Row("a number protected, removed", {"desk": "protect=True"}, ("up",), succeeds=False, edited="\n", then="up", slow=True),
    Row("a number protected, destroy --exclude-protected", {"desk": "protect=True"},
        ("destroy", "--exclude-protected"), ("office", "desk"), then="up", slow=True),
    Row("everything protected, destroy --ignore-protect --refresh", dict.fromkeys(ALL, "protect=True"),
        ("destroy", "--ignore-protect", "--refresh"), (), then="up"),
    Row("delete_before_replace of a number, --replace", {"lobby": "delete_before_replace=True"},
        ("up", "--replace", "**lobby"), names=("+14155550101",)),
    Row("delete_before_replace of a caller, --replace", {"desk": "delete_before_replace=True"},
        ("up", "--replace", "**desk"), succeeds=None, then="up", slow=True),
    Row("delete_before_replace of the domain, --replace", {"phones": "delete_before_replace=True"},
        ("up", "--replace", "**phones"), slow=True),
    Row("delete_before_replace of an address in use, --replace", {"office": "delete_before_replace=True"},
        ("up", "--replace", "**office"), succeeds=None, then="up", names=("delete_before_replace",), slow=True),
    Row("delete_before_replace of an address in use, moved", {"office": "delete_before_replace=True"},
        ("up",), succeeds=None, then="up", names=("delete_before_replace",),
        edited=program(office="delete_before_replace=True").replace("645", "650")),
    Row("a number deleted_with its address, destroy", {"lobby": "deleted_with=office"}, ("destroy",),
        ("office",), ("lobby",), succeeds=False, then="up", names=("+14155550101",)),
    Row("the domain deleted_with its caller, destroy", {"phones": "deleted_with=desk"}, ("destroy",),
        ("office", "desk"), ("phones",), succeeds=False, then="up", names=("example.sip.twilio.com",), slow=True),
    Row("a street ignored, moved", {"office": "ignore_changes=['street']"}, ("up",),
        edited=program(office="ignore_changes=['street']").replace("645", "650"), slow=True),
    Row("replace_with, --replace", {"lobby": "replace_with=[desk]"}, ("up", "--replace", "**desk"), slow=True),
)  # fmt: skip


@pytest.mark.parametrize("row", rows(ROWS))
def test_state_and_twilio_agree_under_options(covered, row, report_counts):
    report_counts("honesty: a command under resource options, and the next one")
    covered.stack.program(program(**row.options))
    covered.stack.up()
    before = covered.moment()
    assert before.entries, "the options alone change nothing"
    if row.edited is not None:
        covered.stack.program(row.edited)
    ran = covered.stack.run(row.words[0], "--yes", "--skip-preview", *row.words[1:])
    if row.succeeds is not None:
        assert (ran.code == 0) is row.succeeds, ran.text
    if ran.code == 0:
        assert set(covered.stack.resources()) == set(row.leaves), ran.text
    else:
        for name in row.names:
            assert name in ran.errors, ran.text
    covered.judge(before, ran, kept=row.kept if set(row.kept).isdisjoint(covered.stack.resources()) else ())
    covered.stack.program(PROGRAM)
    covered.converges_by(row.then)


def test_renamed_binding_with_an_alias_is_the_same_one(covered, report_counts):
    report_counts("honesty: a command with aliases, and the next one")
    before = covered.moment()
    covered.stack.program(
        program(desk='aliases=[pulumi.Alias(name="desk")]').replace('Binding("desk"', 'Binding("front"')
    )
    ran = covered.stack.up()
    assert before.writes() == []
    assert set(covered.stack.resources()) == {"office", "front", "lobby", "phones"}
    covered.judge(before, ran)
    covered.converges_by_destroy()


@pytest.mark.parametrize(
    "flags", [(), pytest.param(("--refresh",), marks=pytest.mark.slow)], ids=["plain", "with --refresh"]
)
def test_renamed_binding_without_an_alias_stays_registered(covered, flags, report_counts):
    report_counts("honesty: a command after a rename, and the next one")
    before = covered.moment()
    covered.stack.program(PROGRAM.replace('Binding("desk"', 'Binding("front"'))
    ran = covered.stack.up(*flags)
    assert set(covered.stack.resources()) == {"office", "front", "lobby", "phones"}
    covered.judge(before, ran)
    covered.converges_by_up()


@pytest.mark.parametrize(
    "flags", [(), pytest.param(("--refresh",), marks=pytest.mark.slow)], ids=["plain", "with --refresh"]
)
def test_address_and_its_bindings_renamed_together_are_honest_and_the_way_back_converges(
    covered, flags, report_counts
):
    report_counts("honesty: a command after a rename of everything, and the next one")
    before = covered.moment()
    renamed = PROGRAM
    for name in ("office", "desk", "lobby"):
        renamed = renamed.replace(f'("{name}"', f'("new-{name}"')
    covered.stack.program(renamed)
    # A refresh shows that the old address is of this stack, so that the numbers may be moved off it.
    ran = covered.stack.up(*flags, expect=0 if flags else 1)
    covered.judge(before, ran)
    covered.stack.program(PROGRAM)
    refused = covered.stack.preview(expect=1) if flags else ran
    assert "aliases" in refused.errors, refused.text
    covered.converges_by_up(*flags)


_COMPONENT = """
class Site(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("my:index:Site", name)
        child = pulumi.ResourceOptions(parent=self{alias})
        office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
            region="CA", postal_code="94105", iso_country="US", opts=child)
        desk = NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid, opts=child)
        NumberEmergencyBinding("lobby", phone_number="+14155550101", address_sid=office.sid, opts=child)
        SipDomainEmergency("phones", domain_name="example.sip.twilio.com", emergency_caller_sid=desk.number_sid, opts=child)

Site("site")
"""


@pytest.mark.parametrize(
    "flags", [pytest.param((), marks=pytest.mark.slow), ("--refresh",)], ids=["plain", "with --refresh"]
)
def test_component_takes_over_by_aliases_and_is_destroyed_whole(covered, flags, report_counts):
    report_counts("honesty: 2 commands on a component")
    before = covered.moment()
    covered.stack.program(
        _COMPONENT.format(alias=", aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]")
    )
    moved = covered.stack.up(*flags)
    assert before.writes() == []
    covered.judge(before, moved)
    covered.stack.has_nothing_to_do()
    before = covered.moment()
    gone = covered.stack.destroy(*flags)
    covered.judge(before, gone)
    assert covered.stack.entries() == []
    covered.converges_by_destroy()


@pytest.mark.parametrize("target", ["**site", pytest.param("**desk", marks=pytest.mark.slow)])
def test_targeted_destroy_in_a_component_takes_down_what_leaves_state(covered, target, report_counts):
    report_counts("honesty: a targeted command on a component, and the next one")
    covered.stack.program(
        _COMPONENT.format(alias=", aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]")
    )
    covered.stack.up()
    before = covered.moment()
    ran = covered.stack.destroy("--target", target, "--target-dependents")
    covered.judge(before, ran)
    covered.converges_by_destroy()


def _explicit(covered: Copy, *names: str, rename: bool = False) -> str:
    env = covered.stack.env
    made = program(**dict.fromkeys(names, "provider=explicit"))
    if rename:
        for name in names:
            made = made.replace(f'("{name}"', f'("new-{name}"')
    return (
        f'\nexplicit = pulumi.ProviderResource("pulumi-python", "explicit", {{"twilio:accountSid": "{env["TWILIO_ACCOUNT_SID"]}",'
        f' "twilio:authToken": "{env["TWILIO_AUTH_TOKEN"]}", "twilio:apiUrl": "{env["TWILIO_API_URL"]}"}})\n'
        + made
    )


@pytest.mark.parametrize(
    ("names", "flags"),
    [
        pytest.param(ALL, (), marks=pytest.mark.slow),
        (ALL, ("--refresh",)),
        pytest.param(("desk",), (), marks=pytest.mark.slow),
        pytest.param(("lobby", "phones"), ("--refresh",), marks=pytest.mark.slow),
    ],
    ids=["everything", "everything, --refresh", "one number", "a number and the domain, --refresh"],
)
def test_resources_moved_to_an_explicit_provider_stay_in_force(covered, names, flags, report_counts):
    report_counts("honesty: 2 commands with an explicit provider, and the next ones")
    before = covered.moment()
    covered.stack.program(_explicit(covered, *names))
    ran = covered.stack.up(*flags)
    covered.judge(before, ran)
    covered.converges_by_up()
    before = covered.moment()
    gone = covered.stack.destroy(*flags)
    covered.judge(before, gone)
    covered.converges_by_destroy()


@pytest.mark.parametrize(
    "name", ["desk", *(pytest.param(name, marks=pytest.mark.slow) for name in ("lobby", "phones"))]
)
def test_resource_renamed_and_moved_to_another_provider_in_one_run_stays_in_force(
    covered, name, report_counts
):
    report_counts("honesty: a command that moves to another provider, and the next ones")
    before = covered.moment()
    covered.stack.program(_explicit(covered, name, rename=True))
    ran = covered.stack.up()
    assert f"new-{name}" in covered.stack.resources()
    covered.judge(before, ran)
    covered.converges_by_up()
    covered.converges_by_destroy()


def _automated(covered: Copy, monkeypatch: pytest.MonkeyPatch) -> automation.Stack:
    monkeypatch.setenv("PATH", covered.stack.env["PATH"])
    env = {name: text for name, text in covered.stack.env.items() if name.startswith(("PULUMI", "TWILIO"))}
    options = automation.LocalWorkspaceOptions(env_vars=env, pulumi_home=covered.stack.env["PULUMI_HOME"])
    return automation.select_stack("dev", work_dir=str(covered.stack.project), opts=options)


@pytest.mark.parametrize("refresh", [pytest.param(False, marks=pytest.mark.slow), True])
def test_automation_api_takes_down_what_it_destroys(covered, monkeypatch, refresh, report_counts):
    report_counts("honesty: 2 commands of the Automation API, and the next one")
    stack = _automated(covered, monkeypatch)
    before = covered.moment()
    said: list[str] = []
    stack.up(refresh=refresh, on_output=said.append)
    assert before.writes() == []
    stack.destroy(refresh=refresh, on_output=said.append)
    assert covered.stack.entries() == []
    covered.judge(before, Ran(0, "\n".join(said), 0.0))
    covered.converges_by_up()


@pytest.mark.slow
def test_program_without_its_bindings_takes_them_down_by_the_automation_api(
    covered, monkeypatch, report_counts
):
    report_counts("honesty: a command of the Automation API, and the next one")
    stack = _automated(covered, monkeypatch)
    before = covered.moment()
    said: list[str] = []
    (covered.stack.project / "__main__.py").write_text(IMPORTS + PROGRAM.partition("desk =")[0])
    stack.up(refresh=True, on_output=said.append)
    assert set(covered.stack.resources()) == {"office"}
    covered.judge(before, Ran(0, "\n".join(said), 0.0))
    covered.converges_by_destroy()
