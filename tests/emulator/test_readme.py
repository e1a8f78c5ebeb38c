"""The README says what is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

import twilio_emulator
from twilio_emulator import Fault, Faults, Pace, Seed, Switches, World, create_app, pytest_plugin
from twilio_emulator.__main__ import main
from twilio_emulator.address_book import LANDMARKS
from twilio_emulator.seed import KEYS, schema

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


def test_readme_names_every_switch_with_its_positions_and_the_default_first():
    assert {words(name)[0]: words(values) for name, values, _ in rows("Switches")} == Switches.choices()


@pytest.mark.parametrize("text", [words(row[0])[0] for row in rows("Paces")])
def test_paces_of_the_readme_can_be_written(text):
    assert Pace.parse(text)


@pytest.mark.parametrize("text", [text for row in rows("Faults") for text in words(row[0])])
def test_faults_of_the_readme_can_be_written(text):
    assert Fault.parse(text)


def test_grammar_of_faults_in_the_readme_is_the_commands():
    (grammar,) = blocks("Faults", "text")
    with pytest.raises(ValueError, match="is not a fault") as error:
        Fault.parse("?")

    said = [" ".join(line.split()) for line in str(error.value).splitlines()[1:]]
    assert [" ".join(line.split()) for line in grammar.splitlines() if line] == said


def test_readme_names_every_route_of_the_control_api():
    routes = {f"{method} /_emulator{path}" for method, path in create_app().control.routes}

    assert {words(row[0])[0] for row in rows("Control")} == routes


def test_readme_names_every_option_of_the_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    options -= {"--help"}

    assert {option for row in rows("Start") for option in words(row[0])} == options


def test_seed_of_the_readme_is_taken():
    (seed,) = blocks("Seed", "yaml")
    assert set(yaml.safe_load(seed)) == set(KEYS), "it shows every key there is"
    world = World()

    added = Seed.parse(seed, "README").apply(world, Faults())

    assert {kind: len(sids) for kind, sids in added.items()} == {
        "accounts": 1,
        "api_keys": 1,
        "places": 1,
        "addresses": 1,
        "numbers": 3,
        "domains": 1,
    }
    jsonschema.validate(yaml.safe_load(seed), schema())


def test_readme_names_every_option_of_ask(capsys):
    with pytest.raises(SystemExit):
        main(["ask", "--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE)) - {"--help"}

    assert {option for row in rows("Ask") for option in words(row[0])} == options


def test_python_reference_of_the_readme_names_what_is_there():
    world = World()
    world.add_account()
    app = create_app(world)
    names = {
        "world": world,
        "faults": app.faults,
        "app": app,
        "Seed": Seed,
        "serve": twilio_emulator.serve,
        "Authority": twilio_emulator.Authority,
    }

    for cell, _ in rows("In Python"):
        for text in words(cell):
            path = re.split(r"[( ]", text)[0]
            path = f"world{path}" if path.startswith(".") else path
            root, *attributes = path.split(".")
            thing = names[root]
            for attribute in attributes:
                thing = world.switches if attribute == "NAME" else getattr(thing, attribute)
            parameters = inspect.signature(thing).parameters if callable(thing) else {}
            kinds = {each.kind for each in parameters.values()}
            for keyword in re.findall(r"(\w+)=[,)]", text):
                assert keyword in parameters or inspect.Parameter.VAR_KEYWORD in kinds, text


def test_pytest_options_of_the_readme_are_those_of_the_plugin():
    (table,) = (block for block in [section("In pytest")] if "Option" in block)
    named = set(re.findall(r"^\| `(\w+)`[^|]*\| [^|]+ \| [^|]+\|$", table, re.MULTILINE))

    assert named == {"scope", *pytest_plugin._OPTIONS}


def test_python_of_the_readme_runs(capsys):
    (program,) = blocks("In Python", "python")

    exec(compile(program, "README.md", "exec"), {})

    assert "http://127.0.0.1:" in capsys.readouterr().out


def test_readme_knows_the_account_that_a_new_emulator_has():
    assert World().add_account().sid in README


def test_dozen_landmarks_are_a_dozen():
    assert 12 <= len(LANDMARKS) <= 15
