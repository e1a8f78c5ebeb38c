"""Broken, hostile and huge files: a clear line each, never a traceback, never half read."""

from __future__ import annotations

import re
import tracemalloc
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_twilio_emergency.sites import yaml_reader
from pulumi_twilio_emergency.sites.file import LARGEST, check
from support.sites import BOSTON, BOSTON_CSV, many_sites

if TYPE_CHECKING:
    from pathlib import Path

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def lines(path: Path) -> list[str]:
    found = check(path)
    assert (found.sites is None) == bool(found.problems)
    return [line.replace(f"{path.parent}/", "") for line in found.lines]


@pytest.fixture
def told(tmp_path):
    def tell(content: str | bytes, name: str = "sites.yaml") -> list[str]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return lines(path)

    return tell


@pytest.fixture(params=["libyaml", "python"])
def parser(request, monkeypatch):
    """Run with and without libyaml, which wheels of some platforms lack."""
    if request.param == "python":
        monkeypatch.setattr(yaml_reader, "_LOADER", yaml.SafeLoader)
    else:
        assert yaml.__with_libyaml__
    return request.param


@pytest.mark.parametrize(
    "content", [b"", b"   \n\n", b"# nothing\n", b"---\n", b"\xef\xbb\xbf", "\ufeff".encode("utf-16-le")]
)
@pytest.mark.parametrize("name", ["sites.yaml", "sites.csv"])
def test_empty_file_is_said_to_be_empty(told, content, name, parser):
    if name == "sites.csv" and content.startswith((b"#", b"-")):
        return
    assert told(content, name) == [
        f"{name}:1:1: the file is empty; add a site; `twilio-emergency check --help` shows one"
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(("name", "text"), [("sites.yaml", BOSTON), ("sites.csv", BOSTON_CSV)])
def test_file_with_byte_order_mark_works(told, encoding, name, text):
    assert told(text.encode(encoding), name) == []


def test_utf_16_without_mark_is_refused(told):
    assert told(BOSTON.encode("utf-16-le")) == [
        "sites.yaml:1:2: not a text file; save it as YAML or CSV in UTF-8"
    ]


def test_latin_1_is_refused_where_it_begins(told):
    assert told(BOSTON.replace("1 Main St", "1 Rue Québec").encode("latin-1")) == [
        "sites.yaml:5:23: not UTF-8 text; save the file as UTF-8"
    ]


def test_tabs_are_named(told, parser):
    assert told("sites:\n\tboston:\n") == [
        "sites.yaml:2:1: a tab is used for indentation; replace tabs by spaces"
    ]


def test_aliases_are_never_expanded(told, parser):
    """A file of 400 bytes that would expand to a billion values takes no memory."""
    tracemalloc.start()
    found = told(BOMB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "sites.yaml:2:8: b[0]: the alias *a is not read; write the value out" in found
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sites: &x {}\n", "sites.yaml:1:8: sites: the anchor &x is not read; remove it; two sites may have the same address"),
        ("sites: !!python/object:os.system {}\n", "sites.yaml:1:8: sites: the tag '!!python/object:os.system' is not read; remove it; all values are text"),
        ("<<: {}\nsites: {}\n", "sites.yaml:1:1: merge keys (<<) are not read; write the values out"),
        ("? [a]\n: b\nsites: {}\n", "sites.yaml:1:3: a key must be a single text; write `key: value`"),
        ("sites: {}\n---\nsites: {}\n", "sites.yaml:2:1: a second YAML document begins here; keep one file to a document"),
        ("sites: {}\nsites: {}\n", "sites.yaml:2:1: sites: 'sites' is there already, in line 1; keep one of them"),
        ("sites: " + "[" * 500, "sites.yaml:1:23: nested more than 16 levels deep; a sites file has five levels"),
        ("- a\n", "sites.yaml:1:1: must hold keys with values, not a list; keys: sites"),
        ("sites: []\n", "sites.yaml:1:8: sites: must hold keys with values, not a list; write each site as `key:` with its address and numbers below it"),
        ("sites:\n", "sites.yaml:1:7: sites: there is no site in the file; add one under `sites:`"),
        ("site: {}\n", "sites.yaml:1:1: site: unknown key 'site'; did you mean sites?"),
    ],
)  # fmt: skip
def test_content_that_the_format_does_not_have_is_refused(told, text, line, parser):
    found = told(text)
    assert line in found or (text == "- a\n" and found[0] == line)
    assert len(found) <= 2


def test_unclosed_bracket_is_a_syntax_problem(told, parser):
    (line,) = told("sites: {a: [1\n")
    assert re.match(r"sites\.yaml:2:1: not YAML: .*; correct it; nothing after it was read$", line)


def test_control_characters_are_named_with_their_place(told, parser):
    (line,) = told("sites:\n  bos\x07ton: {}\n")
    assert line == "sites.yaml:2:6: the character U+0007 cannot stand in a YAML file; retype the line by hand"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("sites.txt", ".txt is not the suffix of a sites file"),
        ("sites.xlsx", ".xlsx is not the suffix of a sites file"),
        ("sites", "the name has no suffix"),
    ],
)
def test_other_suffixes_are_refused(told, name, what):
    assert told(BOSTON, name) == [
        f"{name}:1:1: {what}; name it with one of .yaml, .yml, .json, .csv, by what is in it"
    ]


def test_control_characters_of_a_key_stay_off_the_terminal(told):
    assert "\x1b" not in "".join(told('sites: {"a\\e[31m": {address: x}}\n'))


def test_missing_file_and_folder_are_refused(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    assert lines(tmp_path / "none.yaml") == [
        "none.yaml:1:1: cannot be opened: No such file or directory; check name and permissions"
    ]
    assert lines(tmp_path / "folder.yaml") == [
        "folder.yaml:1:1: cannot be opened: Is a directory; check name and permissions"
    ]


def test_file_without_end_is_refused(tmp_path):
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    assert lines(tmp_path / "zero.yaml") == [
        f"zero.yaml:1:1: larger than {LARGEST // 1024 // 1024} MB; split it into several files"
    ]


def test_fifty_thousand_rows_are_read(told, tmp_path):
    assert told(many_sites(50_000)) == []
    assert len(check(tmp_path / "sites.yaml").sites.phone_numbers) == 50_000


def test_zip_archive_is_refused(told):
    (line,) = told(b"PK\x03\x04\x14\x00\x06\x00", "sites.csv")
    assert line.startswith("sites.csv:1:6: not a text file")


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=200), suffix=st.sampled_from([".yaml", ".csv"]))
def test_any_bytes_get_an_answer(tmp_path_factory, content, suffix):
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(content)
    assert lines(path)


@settings(max_examples=300, deadline=None)
@given(
    start=st.integers(0, len(BOSTON)), length=st.integers(0, 20), put=st.text(max_size=5), csv=st.booleans()
)
def test_any_edit_gets_an_answer(tmp_path_factory, start, length, put, csv):
    base = BOSTON_CSV if csv else BOSTON
    path = tmp_path_factory.getbasetemp() / ("edited.csv" if csv else "edited.yaml")
    path.write_text(base[:start] + put + base[start + length :], encoding="utf-8", errors="replace")
    lines(path)
