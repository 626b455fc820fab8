from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from pytest_harness.ledger import RunReader
from pytest_harness.reports.page import write_page
from tests.reports.samples import Run, cell, write_run

VOID = frozenset({"meta", "br", "img", "link", "input"})


class Balance(HTMLParser):
    """Holds that every element is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> Balance:
    parser = Balance()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def test_the_page_is_whole_and_its_links_lead_somewhere(sample: Run) -> None:
    file = sample.root / "some where/report.html"
    assert write_page(RunReader(sample.path), file) == 6
    text = file.read_text()
    page = parsed(text)
    assert "script" not in page.tags
    assert page.links
    for link in page.links:
        assert (file.parent / unquote(link)).exists(), link
    assert "0.750 (n=2, 1 fault)" in text
    assert "\x1b" not in text
    assert "\x00" not in text
    assert "&lt;script&gt;alert" in text


def test_a_long_diff_is_cut_and_says_so(tmp_path: Path) -> None:
    run = write_run(tmp_path, [cell()])
    patch = RunReader(run.path).cell_directory(run.cells[0]) / "best.patch"
    patch.write_text("+x\n" * 100_000)
    write_page(RunReader(run.path), tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "240000 more bytes in best.patch" in text
    assert text.count('<span class="add">') == 20_000


def test_a_default_backend_is_said(tmp_path: Path) -> None:
    run = write_run(tmp_path, [cell(backend="fake", model=None)], defaulted=True)
    write_page(RunReader(run.path), tmp_path / "page.html")
    assert "no backend was named" in (tmp_path / "page.html").read_text()


def browse(file: Path, *options: str) -> str:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no browser was found; install chromium")
    profile = file.parent / "profile"
    command = [
        program,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={profile}",
        *options,
        file.as_uri(),
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    return result.stdout


@pytest.mark.browser
def test_a_browser_shows_the_page_and_runs_nothing_of_what_agents_said(sample: Run) -> None:
    file = sample.root / "report.html"
    write_page(RunReader(sample.path), file)
    file.write_text(file.read_text().replace("<details", "<details open"))
    image = sample.root / "page.png"
    dom = browse(file, f"--screenshot={image}", "--window-size=1200,2400", "--dump-dom")
    if not dom.strip():
        dom = browse(file, "--dump-dom")
    assert re.search(r"<td[^>]*>0.750 \(n=2, 1 fault\)</td>", dom)
    assert "<script>" not in dom
    assert '<span class="add">+new words</span>' in dom
    assert image.exists() or browse(file, f"--screenshot={image}") is not None
    assert image.stat().st_size > 10_000
