"""The example with 30 sites does what its README shows."""

from __future__ import annotations

import os
import shutil

import pytest
import yaml

from docs.documents import ROOT, Document, regular
from support.command import run

FOLDER = ROOT / "examples" / "sites"
README = Document(FOLDER / "README.md")
NEEDED = ("__main__.py", "sites.yaml")


def shows(name: str, output: str) -> None:
    """Make sure that a session shows this output, or write it there (REWRITE_DOCS=1)."""
    old = README.session(name)
    fresh = f"{old.splitlines()[0]}\n{output.strip()}\n"
    if os.environ.get("REWRITE_DOCS"):
        README.path.write_text(
            README.text.replace(
                f"<!-- session: {name} -->\n```console\n{old}",
                f"<!-- session: {name} -->\n```console\n{fresh}",
            )
        )
        return
    assert regular(old) == regular(fresh)


def words(name: str) -> list[str]:
    return README.session(name).splitlines()[0].removeprefix("$ twilio-emergency ").split()


@pytest.fixture
def example(twilio, stack):
    """Return a stack in a copy of the example, on a Twilio with what its seed file has."""
    seed = yaml.safe_load((FOLDER / "seed.yaml").read_text())
    twilio.world.addresses_known.mode = seed["address_book"]
    for row in seed["numbers"]:
        twilio.world.add_number(row["phone_number"])
    for row in seed["domains"]:
        twilio.world.add_domain(row["domain_name"])
    for name in NEEDED:
        shutil.copy(FOLDER / name, stack.project)
    return stack


def test_program_of_the_readme_is_the_program():
    assert README.program("sites") == (FOLDER / "__main__.py").read_text()


def test_schema_is_the_one_that_the_command_prints():
    assert (FOLDER / "sites.schema.json").read_text() == run("schema", "sites").out


def test_check_shows_no_problem_and_then_three(tmp_path):
    shutil.copy(FOLDER / "sites.yaml", tmp_path)
    ended = run(*words("check"), cwd=tmp_path)
    shows("check", ended.out + ended.err)
    text = (tmp_path / "sites.yaml").read_text()
    broken = text.replace("street_secondary", "suite").replace("+12125550101", "212-555-0101")
    (tmp_path / "sites.yaml").write_text(broken.replace("- +13125550101", "- +13125550100"))
    ended = run(*words("broken"), cwd=tmp_path)
    shows("broken", ended.out + ended.err)
    assert ended.code == 1


def test_sites_are_registered_audited_and_kept_from_mass_removal(example, twilio):
    example.up()
    assert {each["emergency_address_status"] for each in twilio.world.numbers()} == {"registered"}
    example.has_nothing_to_do()
    ended = run(*words("audit"), env=twilio.env, cwd=example.project)
    assert ended.code == 0
    shows("audit", ended.out)
    text = (example.project / "sites.yaml").read_text()
    (example.project / "sites.yaml").write_text(text.partition("  toronto:")[0].partition("  denver:")[0])
    refused = example.preview(expect=1)
    lines = [line.strip() for line in refused.diagnostics.splitlines()]
    begin = next(index for index, line in enumerate(lines) if "no longer has" in line)
    shows("removal", "\n".join(lines[begin : begin + 3]))
