"""Addresses that look alike and are different buildings are never taken for each other."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from pulumi_twilio_emergency.core.rules.address_abbreviations import STREET_TYPES
from pulumi_twilio_emergency.core.rules.address_normalization import acceptable_spelling, same_place_for_sure
from pulumi_twilio_emergency.core.rules.suggestions import choose
from support.address_book import BOOKS, GENERATED_STREETS, US


@pytest.mark.parametrize("book", BOOKS)
def test_two_entries_are_never_the_same_place_or_acceptable_for_each_other(book, report_counts):
    """Whatever is in the program, no other entry is found instead of it, and none is taken without asking."""
    pairs = list(combinations(BOOKS[book], 2))

    confused = [
        (one, other)
        for one, other in pairs
        if same_place_for_sure(one, other)
        or acceptable_spelling(one, other)
        or acceptable_spelling(other, one)
    ]

    assert confused == []
    report_counts(f"address book, {book}: {len(pairs):,} pairs of different buildings told apart")


@pytest.mark.parametrize("book", BOOKS)
def test_entry_in_other_case_and_spacing_matches_only_itself(book):
    entries = BOOKS[book]

    for at, entry in enumerate(entries):
        typed = replace(entry, street=f"  {entry.street.lower()} ", city=entry.city.title())
        neighbours = entries[max(0, at - 20) : at + 20]
        assert [each for each in neighbours if same_place_for_sure(typed, each)] == [entry]


def test_spelled_out_type_is_acceptable_for_same_entry_only(report_counts):
    """The street type of each entry is spelled out, and the whole book is offered as suggestions."""
    spelled_out = [
        (" ".join(STREET_TYPES.get(word, word) if word == "AVE" else word for word in street.split()), street)
        for street in GENERATED_STREETS
        if street.startswith("12 ") and "AVE" in street.split()
    ]
    book = BOOKS["streets of a generated town"]
    accepted = 0
    for street, own in spelled_out[::3]:
        taken = choose(replace(US, street=street), book, "cosmetic")
        assert taken is None or taken.street == own
        accepted += taken is not None

    assert accepted > len(spelled_out) / 10
    report_counts(
        f"address book: {len(spelled_out[::3]) * len(book):,} suggestions judged, {accepted} taken, each right",
    )


def test_address_book_is_large():
    assert sum(len(list(combinations(entries, 2))) for entries in BOOKS.values()) > 50_000
