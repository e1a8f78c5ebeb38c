"""
What exists at the start, or is added later: one document, from a file, the command line or the control API.

YAML (and so JSON). Every row has the fields of Twilio's JSON, plus `account_sid` where it is not the first
account's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from twilio_emulator import fields as tables
from twilio_emulator.address_book import MODES
from twilio_emulator.clockwork import PACE_PATTERN, PACES, Pace
from twilio_emulator.fault_schema import pattern
from twilio_emulator.faults import Fault
from twilio_emulator.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twilio_emulator.faults import Faults
    from twilio_emulator.world import World

_ROWS: Mapping[str, tuple[Mapping[str, tables.Field], tuple[str, ...]]] = {
    "accounts": (tables.ACCOUNT, ()),
    "api_keys": (tables.API_KEY, ()),
    "places": (tables.PLACE, ("street", "city", "region", "postal_code")),
    "addresses": (tables.NEW_ROWS["address"], tables.REQUIRED["address"]),
    "numbers": (tables.NEW_ROWS["number"], tables.REQUIRED["number"]),
    "domains": (tables.NEW_ROWS["domain"], tables.REQUIRED["domain"]),
}
"""In the order in which they are added: numbers name addresses, and domains numbers."""

_OF_AN_ACCOUNT = frozenset({"api_keys", "addresses", "numbers", "domains"})
_ADD: Mapping[str, Callable[[World], Callable[..., Any]]] = {
    "accounts": lambda world: lambda **row: world.add_account(**row).sid,
    "api_keys": lambda world: lambda **row: world.add_api_key(**row)[0],
    "places": lambda world: lambda **row: world.knows(**row).street,
    "addresses": lambda world: world.add_address,
    "numbers": lambda world: world.add_number,
    "domains": lambda world: world.add_domain,
}
_PACES = ("registration", "unregistration")
KEYS = ("account_sid", "auth_token", "address_book", "region", *_PACES, "switches", "faults", *_ROWS)


_DEEPEST = 10
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C where PyYAML has it: it is eight times as fast."""


class _Loader(_PARSER):  # type: ignore[misc] # one of two, both safe loaders
    """Refuses a key that is there twice, of which YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - yaml's
        """Return a mapping."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key must be a text", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value!r} is there twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True, slots=True)
class Seed:
    """
    A document that has been read and found well formed.

    Attributes:
        where: Where it came from, for messages.
        content: What it says.

    """

    where: str
    content: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, where: str) -> Seed:
        """
        Read a document.

        Raises:
            ValueError: It is wrong; one sentence names the place and the field.

        """
        if not isinstance(text, str):
            raise ValueError(f"{where} must be a text, not {tables.shown(text)}")  # noqa: TRY004 - one kind of error
        content = loaded(text, where)
        if not isinstance(content, dict):
            raise ValueError(f"{where} must be a mapping of: {', '.join(KEYS)}")  # noqa: TRY004 - the file's fault
        for name, value in content.items():
            _check(where, name, value)
        return cls(where, content)

    @classmethod
    def read(cls, path: Path | str) -> Seed:
        """
        Read a file.

        Raises:
            OSError: It cannot be read.
            ValueError: It is wrong.

        """
        return cls.parse(text_of(Path(path)), str(path))

    @classmethod
    def of_switches(cls, text: str, where: str) -> Seed:
        """
        Read a document that is a mapping of switches to positions.

        Raises:
            ValueError: It is wrong.

        """
        positions = loaded(text, where)
        _check(where, "switches", positions)
        return cls(where, {"switches": positions})

    def apply(self, world: World, faults: Faults) -> dict[str, list[str]]:
        """
        Add everything, or nothing if something is wrong; return the SIDs of what was added, by kind.

        Raises:
            ValueError: A row contradicts another, or what exists.

        """
        with world.all_or_nothing():
            self._add_first_account(world)
            added = {kind: self._add_rows(world, kind) for kind in _ROWS if self.content.get(kind)}
        world.addresses_known.mode = self.content.get("address_book", world.addresses_known.mode)
        world.region = self.content.get("region", world.region)
        world.pace(**{name: Pace.parse(self.content[name]) for name in _PACES if name in self.content})
        world.switches.set_all(self.content.get("switches", {}))
        for fault in self.content.get("faults", []):
            faults.add(fault)
        return added

    def _add_first_account(self, world: World) -> None:
        sid, token = self.content.get("account_sid"), self.content.get("auth_token")
        if not world.accounts or sid or token:
            try:
                world.add_account(sid, token)
            except ValueError as error:
                raise ValueError(f"{self.where}: account_{error}") from None

    def _add_rows(self, world: World, kind: str) -> list[str]:
        added = []
        for index, row in enumerate(self.content[kind]):
            try:
                added.append(_ADD[kind](world)(**row))
            except ValueError as error:
                raise ValueError(f"{self.where}: {kind}[{index}]: {error}") from None
        return added


def text_of(path: Path) -> str:
    """
    Return the text of a file.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not text.

    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8") from None


def loaded(text: str, where: str) -> Any:
    """
    Return what a YAML document says; nothing as an empty mapping.

    Raises:
        ValueError: It is not YAML, a key is there twice, or it is nested deep.

    """
    try:
        _check_depth(text)
        content = yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date with a 13th month
        raise ValueError(f"{where} is not YAML: {' '.join(str(error).split())}") from None
    return {} if content is None else content


def _check_depth(text: str) -> None:
    """Refuse what is nested deep: it takes the loader's time, or its stack, and no seed is."""
    depth = 0
    event: Any
    for event in yaml.parse(text, _PARSER):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1
        if depth > _DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"it is nested more than {_DEEPEST} deep", problem_mark=event.start_mark
            )


def _check(where: str, name: object, value: object) -> None:
    """Refuse what no row, switch, pace or fault can be made of."""
    if name not in KEYS:
        raise ValueError(f"{where}: there is no {name!r}; there are: {', '.join(KEYS)}")
    try:
        if name in _ROWS:
            _check_rows(str(name), value)
        else:
            _CHECKS[str(name)](value)
    except ValueError as error:
        raise ValueError(f"{where}: {name}{error}") from None


def _check_rows(kind: str, rows: object) -> None:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(" must be a list of mappings")
    table, required = _ROWS[kind]
    if kind in _OF_AN_ACCOUNT:
        table = {**table, "account_sid": tables.sid("AC")}
    for index, row in enumerate(rows):
        try:
            tables.check_names(table, row)
            for name, value in row.items():
                _check_type(str(name), table[name], value)
            tables.taken(table, row, required)
        except ValueError as error:
            raise ValueError(f"[{index}]: {error}") from None


def _check_type(name: str, described: tables.Field, value: object) -> None:
    """Refuse what YAML took for something else: +14155550100 without quotes is the number 14155550100."""
    kind = described.schema.get("type")
    if kind == "boolean":
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, without quotes, not {tables.shown(value)}")
    elif kind not in {"number", "object"} and value is not None and not isinstance(value, str):
        raise ValueError(f"{name} must be in quotes")


def _field(described: tables.Field) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if value is not None and not isinstance(value, str):
            raise ValueError(" must be in quotes")
        try:
            described.take(value)
        except ValueError as error:
            raise ValueError(f" {error}") from None

    return check


def _check_pace(value: Any) -> None:
    try:
        Pace.of(value)
    except ValueError as error:
        raise ValueError(f": {error}") from None


def _check_switches(value: Any) -> None:
    if not isinstance(value, dict):
        raise ValueError(" must be a mapping of switches to positions")  # noqa: TRY004 - the file's fault
    for name, position in value.items():
        try:
            if not isinstance(position, str):
                raise ValueError(f"{name} must be in quotes")  # noqa: TRY004, TRY301 - reported with its place
            Switches().set(str(name), position)
        except ValueError as error:
            raise ValueError(f": {error}") from None


def _check_faults(value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(" must be a list of texts")
    for index, each in enumerate(value):
        try:
            Fault.parse(each)
        except ValueError as error:
            raise ValueError(f"[{index}]: {str(error).partition('; there are')[0]}") from None


_ACCOUNT_SID, _TOKEN = tables.needed(tables.ACCOUNT["sid"]), tables.needed(tables.ACCOUNT["auth_token"])
_MODE, _REGION = tables.one_of(*MODES), tables.REGION
_CHECKS: Mapping[str, Callable[[Any], None]] = {
    "account_sid": _field(_ACCOUNT_SID),
    "auth_token": _field(_TOKEN),
    "address_book": _field(_MODE),
    "region": _field(_REGION),
    "registration": _check_pace,
    "unregistration": _check_pace,
    "switches": _check_switches,
    "faults": _check_faults,
}


def schema() -> dict[str, Any]:
    """Return the JSON schema of a seed document, for editors."""
    pace = {"type": "string", "pattern": PACE_PATTERN, "examples": list(PACES)}
    switches = {name: {"enum": list(positions)} for name, positions in Switches.choices().items()}
    properties: dict[str, Any] = {
        "account_sid": _ACCOUNT_SID.schema,
        "auth_token": _TOKEN.schema,
        "address_book": _MODE.schema,
        "region": _REGION.schema,
        **dict.fromkeys(_PACES, pace),
        "switches": {"type": "object", "properties": switches, "additionalProperties": False},
        "faults": {"type": "array", "items": {"type": "string", "pattern": pattern()}},
        **{kind: {"type": "array", "items": _row_schema(kind)} for kind in _ROWS},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Seed of twilio-emulator",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _row_schema(kind: str) -> dict[str, Any]:
    table, required = _ROWS[kind]
    if kind in _OF_AN_ACCOUNT:
        table = {**table, "account_sid": tables.sid("AC")}
    properties = {name: described.whole_schema() for name, described in table.items()}
    properties |= {name: tables.needed(table[name]).whole_schema() for name in required}
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
