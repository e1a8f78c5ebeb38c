"""From the tree of a file to Sites, or to everything that is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from pulumi_twilio_emergency.core.model.address import LOCATION, Address
from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.core.rules import address_inputs, site_inputs
from pulumi_twilio_emergency.sites.keys import (
    ADDRESS_KEYS,
    DOMAIN_KEYS,
    SITE_KEY_PATTERN,
    SITE_KEYS,
    TOP_KEYS,
    Key,
)
from pulumi_twilio_emergency.sites.model import Site, SiteDomain, SiteNumber, Sites
from pulumi_twilio_emergency.sites.nodes import (
    FileProblem,
    Mapping,
    Node,
    Position,
    Scalar,
    Sequence,
    is_empty,
    kind_of,
)
from pulumi_twilio_emergency.sites.unknown_keys import suggestion, unknown_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_twilio_emergency.core.model.address import OnCorrection

# What YAML reads as nothing; as text it would send help to suite "null".
_NULLS = frozenset({"~", "null", "Null", "NULL"})
# `#5` or `#B`, as units are written; comments have a blank behind the #.
_LOOKS_MEANT = re.compile(r"#\w")
_COMMENT_REMEDY = "An unquoted # begins a comment in YAML: put the value in quotes if that belongs to it."


def read_sites(root: Node, problems: list[FileProblem]) -> Sites:
    """
    Return the sites of a file; complete only where no problem was added.

    Args:
        root: The tree, of YAML or CSV.
        problems: Where everything that is wrong is added, in no order.

    """
    # What the YAML reader has refused is not judged a second time as the text it is not.
    return _Reader(problems, frozenset(each.at for each in problems)).read(root)


@dataclass(frozen=True, slots=True)
class _Owned:
    """Where a number or a domain was declared first."""

    site: str
    at: Position
    account_sid: str | None


@dataclass
class _Reader:
    problems: list[FileProblem]
    refused: frozenset[Position]
    numbers: dict[str, _Owned] = field(default_factory=dict)
    domains: dict[str, _Owned] = field(default_factory=dict)

    def read(self, root: Node) -> Sites:
        top = self._mapping(root, "", TOP_KEYS)
        listed = top.get("sites")
        sites = []
        if listed is not None and is_empty(listed):
            self._note(listed.at, "sites", "there is no site in the file.", "Add one under `sites:`.")
        elif listed is not None:
            sites = [self._site(key, node) for key, node in self._entries(listed, "sites")]
        self._check_callers(sites)
        return Sites(tuple(sites))

    def _site(self, key: Scalar, node: Node) -> Site:
        path = f"sites.{key.text}"
        if not re.match(SITE_KEY_PATTERN, key.text):
            what = f"{quoted(key.text)} cannot be the key of a site."
            self._note(key.at, path, what, "Use letters, digits, point, hyphen and underscore; 100 at most.")
        values = self._mapping(node, path, SITE_KEYS, at=key.at)
        account_sid = self._text(values.get("account_sid"), f"{path}.account_sid") or None
        if account_sid and not re.match(r"AC[0-9a-fA-F]{32}\Z", account_sid):
            what = f"{quoted(account_sid)} is not an account SID."
            self._note(
                values["account_sid"].at, f"{path}.account_sid", what, "Write AC and 32 hexadecimal digits."
            )
        fields = self._address(values.get("address"), f"{path}.address")
        owner = _Owned(key.text, key.at, account_sid)
        return Site(
            key.text,
            Address(**{name: fields.get(name, "") for name in LOCATION}),
            fields.get("friendly_name") or None,
            cast("OnCorrection | None", fields.get("on_correction") or None),
            account_sid,
            tuple(
                self._numbers(values.get("numbers"), f"{path}.numbers", owner, fields.get("iso_country", ""))
            ),
            tuple(self._domains(values.get("domains"), f"{path}.domains", owner)),
            key.at,
        )

    def _address(self, node: Node | None, path: str) -> dict[str, str]:
        if node is None:
            return {}
        typed = self._mapping(node, path, ADDRESS_KEYS, demand=False)
        if not isinstance(node, Mapping):
            return {}
        fields = {name: self._text(value, f"{path}.{name}") for name, value in typed.items()}
        # A value that is there and cannot be read has been reported, and is not missing as well.
        unread = {name for name, text in fields.items() if text is None} | _meant(node, ADDRESS_KEYS)
        values: dict[str, object] = {name: text for name, text in fields.items() if text is not None}
        found = [*address_inputs.problems(values, unread), *address_inputs.missing(values, unread)]
        if values.get("on_correction"):
            found += address_inputs.on_correction_problems(values["on_correction"])
        advice = address_inputs.advice(values, unread)
        hidden = _hidden_by_comments(node)
        for problem in (*found, *advice):
            name = problem.where
            at = typed[name].at if name in typed else node.at
            if name in hidden and name not in typed:
                at, _ = hidden.pop(name)
                problem = replace(problem, remedy=_COMMENT_REMEDY)  # noqa: PLW2901 - the same, with a better remedy
            self._add(at, f"{path}.{name}", problem, is_advice=problem in advice)
        for name, (at, comment) in hidden.items():
            if _LOOKS_MEANT.match(comment):
                what = f"{quoted(comment)} is a comment in YAML and is not part of {name}."
                self._add(at, f"{path}.{name}", Problem(what, remedy=_COMMENT_REMEDY), is_advice=True)
        return {name: text or "" for name, text in fields.items()}

    def _numbers(self, node: Node | None, path: str, owner: _Owned, country: str) -> Iterator[SiteNumber]:
        for index, item in enumerate(self._items(node, path)):
            place = f"{path}[{index}]"
            text = self._text(item, place)
            if text is None:
                continue
            self._add(item.at, place, site_inputs.phone_number_problem(text, country))
            self._claim(self.numbers, text, _Owned(owner.site, item.at, owner.account_sid), place)
            yield SiteNumber(text, item.at)

    def _domains(self, node: Node | None, path: str, owner: _Owned) -> Iterator[SiteDomain]:
        for index, item in enumerate(self._items(node, path)):
            place = f"{path}[{index}]"
            values = self._mapping(item, place, DOMAIN_KEYS)
            name = self._text(values.get("domain_name"), f"{place}.domain_name")
            caller = self._text(values.get("emergency_caller"), f"{place}.emergency_caller")
            if not name:
                continue
            at = values["domain_name"].at
            self._add(at, f"{place}.domain_name", site_inputs.domain_name_problem(name))
            self._claim(self.domains, name, _Owned(owner.site, at, owner.account_sid), f"{place}.domain_name")
            yield SiteDomain(name, caller or None, values["emergency_caller"].at if caller else at)

    def _claim(self, owners: dict[str, _Owned], name: str, owner: _Owned, path: str) -> None:
        first = owners.setdefault(name, owner)
        if first is not owner:
            what = f"{name} is in sites.{first.site} already, in line {first.at.line}."
            self._note(owner.at, path, what, "Keep it in one place.")

    def _check_callers(self, sites: list[Site]) -> None:
        for site in sites:
            for index, domain in enumerate(site.domains):
                caller = domain.emergency_caller
                path = f"sites.{site.key}.domains[{index}].emergency_caller"
                found = self.numbers.get(caller or "")
                if caller and found is None:
                    remedy = "Add it to the numbers of a site, so that it has an address."
                    self._note(domain.at, path, f"{caller} is not a number of this file.", remedy)
                elif found and found.account_sid != site.account_sid:
                    what = f"{caller} is a number of another account than the domain's."
                    self._note(domain.at, path, what, "Name a number of the same account.")

    # Shapes: what stands where.

    def _mapping(
        self, node: Node, path: str, keys: tuple[Key, ...], *, at: Position | None = None, demand: bool = True
    ) -> dict[str, Node]:
        """Return the values of known keys; say which keys are unknown, and on demand which are missing."""
        names = [key.name for key in keys]
        if not isinstance(node, Mapping) and not is_empty(node):
            remedy = f"Keys: {', '.join(names)}."
            self._note(node.at, path, f"must hold keys with values, not {kind_of(node)}.", remedy)
            return {}
        entries = node.entries if isinstance(node, Mapping) else ()
        for key, _ in entries:
            if key.text not in names:
                self.problems.append(unknown_key(key, f"{path}.{key.text}".lstrip("."), names))
        values = {
            key.text: value
            for key, value in entries
            if key.text in names and (key.text == "sites" or not is_empty(value))
        }
        needed = {key.name for key in keys if demand and key.required} - values.keys() - _meant(node, keys)
        for name in sorted(needed):
            what = f"{name} is missing." if path else f"there is no `{name}:` in the file."
            self._note(at or node.at, path, what, f"Add `{name}:`")
        return values

    def _entries(self, node: Node, path: str) -> Iterator[tuple[Scalar, Node]]:
        if isinstance(node, Mapping):
            yield from node
        else:
            remedy = "Write each site as `key:` with its address and numbers below it."
            self._note(node.at, path, f"must hold keys with values, not {kind_of(node)}.", remedy)

    def _items(self, node: Node | None, path: str) -> tuple[Node, ...]:
        if node is None or isinstance(node, Sequence):
            return node.items if node else ()
        self._note(
            node.at, path, f"must be a list, not {kind_of(node)}.", "Write each entry on a line with `- `."
        )
        return ()

    def _text(self, node: Node | None, path: str) -> str | None:
        if node is None:
            return ""
        if not isinstance(node, Scalar):
            self._note(node.at, path, f"must be a single value, not {kind_of(node)}.", "Write one text.")
            return None
        if not node.quoted and node.text in _NULLS:
            self._note(
                node.at, path, f"{node.text} is not a text.", "Leave the key out, or put the value in quotes."
            )
            return None
        return node.text

    def _add(self, at: Position, path: str, problem: Problem | None, *, is_advice: bool = False) -> None:
        if problem is not None and at not in self.refused:
            self.problems.append(FileProblem(at, path, problem, is_advice))

    def _note(self, at: Position, path: str, what: str, remedy: str) -> None:
        self._add(at, path, Problem(what, remedy=remedy))


def _hidden_by_comments(node: Mapping) -> dict[str, tuple[Position, str]]:
    """Return the comment behind each key's value, and where the value stands."""
    return {
        key.text: (value.at, value.comment)
        for key, value in node
        if isinstance(value, Scalar) and value.comment and key.text in LOCATION
    }


def _meant(node: Node, keys: tuple[Key, ...]) -> set[str]:
    """Return the keys that unknown ones of the node were probably meant to be."""
    names = [key.name for key in keys]
    entries = node.entries if isinstance(node, Mapping) else ()
    guesses = [suggestion(key.text, names) for key, _ in entries if key.text not in names]
    return {guess for guess in guesses if guess}
