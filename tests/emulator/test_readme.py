"""The README says what is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import twilio_emulator
from twilio_emulator import Fault, Pace, Switches, World, create_app
from twilio_emulator.__main__ import main
from twilio_emulator.address_book import LANDMARKS

README = (Path(twilio_emulator.__file__).parent / "README.md").read_text(encoding="utf-8")


def section(title):
    """Return the text under a heading that begins so."""
    return re.search(rf"^## {title}[^\n]*\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)[1]


def rows(title):
    """Return the cells of a section's table, without its head."""
    lines = [line.strip("|").split(" | ") for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in cells] for cells in lines[2:]]


def blocks(title, language):
    return re.findall(rf"```{language}\n(.*?)```", section(title), re.DOTALL)


def words(cell):
    return tuple(re.findall(r"`([^`]+)`", cell))


def test_it_names_every_switch_with_its_positions_and_the_default_first():
    assert {words(name)[0]: words(values) for name, values, _ in rows("Switches")} == Switches.choices()


@pytest.mark.parametrize("text", [words(row[0])[0] for row in rows("Paces")])
def test_its_paces_can_be_written(text):
    assert Pace.parse(text)


@pytest.mark.parametrize("text", [words(row[0])[0] for row in rows("Faults")])
def test_its_faults_can_be_written(text):
    assert Fault.parse(text)


def test_its_grammar_of_faults_is_the_commands():
    (grammar,) = blocks("Faults", "text")
    with pytest.raises(ValueError, match="is no fault") as error:
        Fault.parse("?")

    said = [" ".join(line.split()) for line in str(error.value).splitlines()[1:]]
    assert [" ".join(line.split()) for line in grammar.splitlines() if line] == said


def test_it_names_every_route_of_the_control_api():
    routes = {
        f"{method} {rule.rule}"
        for rule in create_app().app.url_map.iter_rules()
        if rule.rule.startswith("/_emulator")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert {words(row[0])[0] for row in rows("Control")} == routes


def test_it_names_every_option_of_the_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))

    assert {option for row in rows("Start") for option in words(row[0])} == options


def test_its_seed_is_taken(tmp_path, monkeypatch, capsys):
    (seed,) = blocks("Seed", "yaml")
    assert set(yaml.safe_load(seed)) == {
        "account_sid",
        "auth_token",
        "address_book",
        "numbers",
        "domains",
        "addresses",
        "places",
    }
    (tmp_path / "seed.yaml").write_text(seed, encoding="utf-8")
    monkeypatch.setattr(
        "twilio_emulator.__main__.serve", lambda *_, **__: (_ for _ in ()).throw(OSError(1, "enough"))
    )

    main(["--seed", str(tmp_path / "seed.yaml")])

    assert capsys.readouterr().err.endswith("enough\n"), "it came as far as the socket"


def test_its_python_runs(capsys):
    (program,) = blocks("In Python", "python")

    exec(compile(program, "README.md", "exec"), {})

    assert "http://127.0.0.1:" in capsys.readouterr().out


def test_it_knows_the_account_that_a_new_emulator_has():
    assert World().add_account().sid in README


def test_a_dozen_landmarks_are_a_dozen():
    assert 12 <= len(LANDMARKS) <= 15
