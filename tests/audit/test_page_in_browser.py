"""The HTML report in a real browser, as a person uses it: offline, filtered, sorted, searched, printed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape, unescape
from typing import TYPE_CHECKING

import pytest

from pulumi_twilio_emergency.audit import html_report
from pulumi_twilio_emergency.audit.desired import Declared
from pulumi_twilio_emergency.audit.report import audit
from pulumi_twilio_emergency.core.model.finding import DesiredNumber
from support.accounts import OWN, FakeAccount, domain, number, record, sid

if TYPE_CHECKING:
    from pathlib import Path

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
NOTICED = 200
"""Milliseconds of the median filter, sort or search, layout included; one alone may meet a busy machine."""
MOST_PAGES = 10
"""Of 50 numbers and 20 findings on paper: 7 in 2026-11."""
EVIL = "</script><img src=x onerror=window.hit=1><b>"

# Run in the page after it has drawn itself; what is returned is read from the title of the page around it.
PROBE = """
<script>
(() => {
const rows = id => [...document.querySelectorAll(`#${id} tbody tr`)];
const column = (id, n) => rows(id).map(row => row.cells[n].textContent);
const said = {}, times = [];
const timed = action => { const began = performance.now(); action(); document.body.offsetHeight; times.push(performance.now() - began); };
const chip = (id, value) => timed(() => document.querySelector(`#${id} .chip[data-value="${value}"]`).click());
const head = (id, n) => timed(() => document.querySelectorAll(`#${id} th button`)[n].click());
const search = (id, text) => timed(() => { const box = document.querySelector(`#${id} input`); box.value = text; box.dispatchEvent(new Event("input")); });
said.first = {findings: rows("findings").length, numbers: rows("numbers").length};
chip("findings", "critical"); said.critical = [...new Set(column("findings", 0))]; chip("findings", "");
chip("numbers", "uncovered"); said.uncovered = [...new Set(column("numbers", 1))]; chip("numbers", "");
head("numbers", 0); said.ascending = column("numbers", 0).slice(0, 3);
head("numbers", 0); said.descending = column("numbers", 0).slice(0, 3);
search("numbers", "+16172000002 unregistered"); said.searched = column("numbers", 0);
search("numbers", "nothing of that kind"); said.nothing = [rows("numbers").length, document.querySelector("#numbers [role=status]").textContent];
search("numbers", "");
const more = document.querySelector("#numbers .more"); said.more = more.hidden ? "" : more.textContent;
window.dispatchEvent(new Event("beforeprint")); said.printed = rows("numbers").length; window.dispatchEvent(new Event("afterprint"));
said.wait = times.sort((a, b) => a - b)[times.length >> 1];
said.hit = window.hit || 0;
said.images = document.images.length;
said.width = window.innerWidth;
said.wide = document.documentElement.scrollWidth <= window.innerWidth;
said.requests = performance.getEntriesByType("resource").length;
window.parent.document.title = JSON.stringify(said);
})();
</script>
"""


def account(count: int) -> FakeAccount:
    numbers = [
        number(
            index,
            None if index % 5 == 2 else sid("AD", 1),
            "registration-failure" if index % 5 == 3 else None,
        )
        for index in range(1, count + 1)
    ]
    return FakeAccount(numbers, [record(1)], [domain(1, caller=sid("PN", 1))])


def page(folder: Path, count: int, *, probe: bool = True) -> Path:
    source = account(count)
    declared = Declared({None: {each.phone_number: DesiredNumber(EVIL) for each in source.all_numbers}})
    report = audit([source], own_account_sid=OWN, now=0.0, declared=declared, compared_with=EVIL)
    path = folder / "report.html"
    with path.open("w", encoding="utf-8") as out:
        html_report.write_html(report, out)
    if probe:
        path.write_text(path.read_text().replace("</body>", PROBE + "</body>"))
    return path


def browse(folder: Path, *words: str) -> str:
    assert BROWSER is not None, "install Debian's chromium: apt-get install chromium"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
    done = subprocess.run([BROWSER, *flags, *words], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def framed(page: Path, width: int) -> Path:
    """Return a page that shows the other one so wide; the window of a headless Chromium is 500 at least."""
    path = page.with_name("framed.html")
    style = f"border: 0; width: {width}px; height: 900px"
    path.write_text(f'<title></title><iframe style="{style}" srcdoc="{escape(page.read_text())}"></iframe>')
    return path


@pytest.mark.parametrize("width", [360, 1121, 1600])
@pytest.mark.parametrize("count", [5, 5_000])
def test_page_is_filtered_sorted_searched_and_printed(tmp_path, count, width):
    path = framed(page(tmp_path, count), width)
    dumped = browse(tmp_path, "--window-size=1700,1000", "--dump-dom", path.as_uri())
    said = json.loads(unescape(re.search(r"<title>(.*?)</title>", dumped).group(1)))
    assert said.pop("wait") < NOTICED
    shown = min(count, 100)
    last = f"+1617{2_000_000 + count}"
    assert said == {
        "first": {"findings": min(2 * count // 5, 100), "numbers": shown},
        "critical": ["critical"],
        "uncovered": ["not covered"],
        "ascending": ["+16172000001", "+16172000002", "+16172000003"],
        "descending": [last, f"+1617{2_000_000 + count - 1}", f"+1617{2_000_000 + count - 2}"],
        "searched": ["+16172000002"],
        "nothing": [0, "0 of 0 shown"],
        "more": "Show 1,000 more" if count > 100 else "",
        "printed": count,
        "hit": 0,
        "images": 0,
        "width": width,
        "wide": True,
        "requests": 0,
    }


def test_page_prints_to_pdf(tmp_path):
    path = page(tmp_path, 50, probe=False)
    browse(tmp_path, f"--print-to-pdf={tmp_path}/report.pdf", path.as_uri())
    printed = (tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    # As a table; as the cards of a narrow screen, it takes 18.
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= MOST_PAGES


def test_page_is_readable_without_javascript(tmp_path):
    path = page(tmp_path, 5, probe=False)
    text = path.read_text()
    assert "The tables need JavaScript." in text
    assert "3 of 5 numbers are covered." in text
