"""Links, anchors, make targets and settings that the documents name exist."""

from __future__ import annotations

import os
import re

import pytest

from docs.documents import ROOT
from pulumi_twilio_emergency.twilio_gateway.settings import CONFIG_OF

DOCUMENTS = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/*/*.md"),
        *(path for path in ROOT.glob("provider/**/*.md") if "dist" not in path.parts),
    }
)
URLS = dict(
    re.findall(
        r'^(\w+) = "(.+)"$',
        (ROOT / "pyproject.toml").read_text().partition("[project.urls]\n")[2].partition("\n[")[0],
        re.MULTILINE,
    )
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_document_has_no_two_versions_of_one_passage(document):
    """As a merge leaves them that nobody has finished."""
    marks = re.findall(r"^(?:<{7} .*|={7}|>{7} .*)$", document.read_text(), re.MULTILINE)
    assert not marks


def links(document):
    return _LINK.findall(re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL))


def anchors(text):
    """Return the anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_relative_links_lead_to_files_and_headings(document):
    for link in links(document):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        file = (document.parent / target) if target else document
        assert file.exists(), link
        assert not anchor or anchor in anchors(file.read_text()), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_absolute_links_into_the_repository_lead_to_files_and_headings(document):
    for link in links(document):
        if link.startswith(f"{URLS['Repository']}/"):
            path, _, anchor = link.removeprefix(f"{URLS['Repository']}/").partition("#")
            assert path.startswith("blob/main/"), link
            file = ROOT / path.removeprefix("blob/main/")
            assert file.is_file(), link
            assert not anchor or anchor in anchors(file.read_text()), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_repository_has_one_address(document):
    """`make docs` writes the one of pyproject.toml everywhere."""
    there = re.compile(r"https://[^\s)\"`]+?/pulumi-twilio-emergency(?=[\s)\"`/])")
    if os.environ.get("REWRITE_DOCS"):
        document.write_text(there.sub(URLS["Repository"], document.read_text()))
    assert set(there.findall(document.read_text())) <= {URLS["Repository"]}


def test_readme_is_readable_on_a_package_index():
    """Relative links would be dead there, and raw HTML would be shown."""
    for link in links(ROOT / "README.md"):
        assert link.startswith("https://"), link
        here = link.removeprefix(URLS["Repository"] + "/blob/main/")
        if here != link:
            assert (ROOT / here).exists(), link
        else:
            assert re.match(r"https://www\.(pulumi|twilio)\.com/", link), link


def test_urls_of_the_package_lead_into_the_repository():
    for url in URLS.values():
        assert url.startswith(URLS["Repository"])
        here = url.removeprefix(URLS["Repository"]).removeprefix("/blob/main/")
        assert (ROOT / here.lstrip("/")).exists(), url


def test_every_make_target_that_is_named_exists():
    makefile = (ROOT / "Makefile").read_text()
    for document in DOCUMENTS:
        for word in re.findall(r"`make ([\w-]+)`|^\$ make ([\w-]+)", document.read_text(), re.MULTILINE):
            assert f"\n{''.join(word)}:" in makefile, document


def test_every_setting_is_described_in_the_readme():
    described = (ROOT / "README.md").read_text().partition("## Configuration\n")[2].partition("\n## ")[0]
    for key, variable in CONFIG_OF.values():
        assert f"`{key}`" in described
        assert f"`{variable}`" in described


def test_readme_has_about_a_thousand_words():
    prose = re.sub(
        r"```.*?```|\(https?:[^)]*\)|<!--.*?-->", "", (ROOT / "README.md").read_text(), flags=re.DOTALL
    )
    assert 800 < len(re.findall(r"\w[\w'./-]*", prose)) < 1200
