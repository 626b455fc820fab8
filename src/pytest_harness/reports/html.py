"""What the cells add to the report of pytest-html: columns, details and the matrix."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from pytest_harness._keys import RECORD
from pytest_harness.reports.plain import one_line
from pytest_harness.reports.terminal import DEFAULTED

_SHOWN: pytest.StashKey[bool] = pytest.StashKey()
_PLACE: Final = 2
"""Our columns stand behind pytest-html's result and test."""
_COLUMNS: Final = (
    ("backend", "Backend", "harness.backend"),
    ("model", "Model", "harness.model"),
    ("format", "Format", "harness.format"),
    ("variant", "Variant", "harness.variant"),
    ("before", "Before", "harness.score.baseline"),
    ("after", "After", "harness.score.best"),
    ("outcome", "Outcome", "harness.outcome"),
    ("tokens", "Tokens", ""),
    ("cost", "Cost", "harness.cost_usd"),
)
_NUMBERS: Final = frozenset({"before", "after", "tokens", "cost"})
_PHASES: Final = frozenset({"setup", "call", "teardown", "collect"})


class HtmlReport:
    """A plugin, for the controller and for each worker, of a session that writes HTML."""

    def __init__(self, config: pytest.Config, run: Path) -> None:
        self._config = config
        self._run = run
        self._known: dict[str, dict[str, str]] = {}
        self._cells_seen = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the cell's details to the first report that can have them."""
        report = yield
        path = item.stash.get(RECORD, None)
        if path is not None and _SHOWN not in item.stash:
            item.stash[_SHOWN] = True
            _add_extra(report, self._details(Path(path)))
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a test's properties, and make the row of a test whose worker died."""
        properties = _properties(report)
        if properties:
            self._known[report.nodeid] = properties
        if report.when not in _PHASES:
            self._add_crashed(report)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Forget the properties of a test that is over."""
        self._known.pop(nodeid, None)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the headings."""
        cells[_PLACE:_PLACE] = [
            f'<th class="sortable" data-column-type="{name}">{heading}</th>'
            for name, heading, _ in _COLUMNS
        ]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(
        self, report: pytest.TestReport | pytest.CollectReport, cells: list[str]
    ) -> None:
        """Add the values; ``-`` for what a test does not have."""
        properties = _properties(report) or self._known.get(report.nodeid, {})
        self._cells_seen = self._cells_seen or bool(properties)
        cells[_PLACE:_PLACE] = [_cell(name, key, properties) for name, _, key in _COLUMNS]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Add the matrix and the ledger's place; hide our columns where no cell ran."""
        if not self._cells_seen:
            hidden = ",".join(f'th[data-column-type="{n}"],.col-{n}' for n, _, _ in _COLUMNS)
            prefix.append(f"<style>{hidden}{{display:none}}</style>")
            return
        from pytest_harness.reports.stylesheet import STYLE

        prefix.append(f"<style>{STYLE}</style>")
        if (self._run / "run.json").is_file():
            prefix.append(self._summary())

    def _summary(self) -> str:
        from pytest_harness.ledger import RunReader
        from pytest_harness.reports import fragments, matrix

        reader = RunReader(self._run)
        table = matrix.build(reader.cells())
        for record in reader.unfinished():
            table.add(record)
        note = f'<p class="warn">{escape(DEFAULTED)}</p>' if reader.run.defaulted else ""
        ledger = self._run / "ledger.jsonl"
        place = fragments.address(self._base(), ledger.name)
        return (
            f'{fragments.matrix(table)}<div class="hx">{note}'
            f'<p>Ledger: <a href="{escape(place)}">{escape(str(ledger))}</a></p></div>'
        )

    def _details(self, path: Path) -> str:
        from pytest_harness.records import CellRecord
        from pytest_harness.reports import fragments

        try:
            record = CellRecord.from_json(path.read_bytes())
        except OSError as error:
            return f"<p>{escape(f'{path} cannot be read: {error.strerror}')}</p>"
        return fragments.cell(record, self._run, self._base())

    def _base(self) -> str:
        """Return the address of the run's directory as seen from the page."""
        page = (
            Path.cwd() / Path(os.path.expandvars(self._config.getoption("htmlpath"))).expanduser()
        )
        return quote(os.path.relpath(self._run.resolve(), page.parent.resolve()))

    def _add_crashed(self, report: pytest.TestReport) -> None:
        """Hand pytest-html the reports that a dead worker could not send.

        It makes a row when a tear-down is reported, and this test will have none.
        """
        from pytest_html.basereport import BaseReport  # type: ignore[import-untyped]

        pages = [
            each
            for each in self._config.pluginmanager.get_plugins()
            if isinstance(each, BaseReport)
        ]
        properties, details = self._crash(report)
        failed = pytest.TestReport(
            nodeid=report.nodeid,
            location=report.location,
            keywords={},
            outcome="failed",
            longrepr=report.longreprtext,
            when="setup",
            user_properties=list(properties.items()),
        )
        over = pytest.TestReport(
            nodeid=report.nodeid,
            location=report.location,
            keywords={},
            outcome="passed",
            longrepr=None,
            when="teardown",
        )
        if details:
            _add_extra(failed, details)
        for page in pages:
            page.pytest_runtest_logreport(failed)
            page.pytest_runtest_logreport(over)

    def _crash(self, report: pytest.TestReport) -> tuple[dict[str, str], str]:
        from pytest_harness.reports import crashed, facts, fragments, junit

        gateway = getattr(getattr(report, "node", None), "gateway", None)
        record = crashed.find_record(self._run, report.nodeid, getattr(gateway, "id", None))
        if record is None:
            return self._known.get(report.nodeid, {}), ""
        path = self._run / facts.cell_folder(record) / "cell.json"
        properties = junit.record_point_properties(record, self._run.name)
        properties |= junit.result_properties(record, str(path))
        return properties, fragments.cell(record, self._run, self._base())


def _add_extra(report: pytest.TestReport, content: str) -> None:
    from pytest_html import extras  # type: ignore[import-untyped]

    report.extras = [*getattr(report, "extras", []), extras.html(content)]  # type: ignore[attr-defined]


def _properties(report: pytest.TestReport | pytest.CollectReport) -> dict[str, str]:
    """Return our own properties of a report."""
    return {
        name: str(value)
        for name, value in getattr(report, "user_properties", ())
        if name.startswith("harness.")
    }


def _cell(name: str, key: str, properties: Mapping[str, str]) -> str:
    """Return one cell of a row.

    Clicks are seen on the cell itself only, hence no visible element in it; columns are sorted as
    text, hence numbers stand behind a hidden form of fixed width.
    """
    if name == "tokens":
        counts = [properties.get(f"harness.tokens.{half}") for half in ("input", "output")]
        known = [int(count) for count in counts if count is not None]
        number, shown = (float(sum(known)), f"{sum(known):,}") if known else (None, "-")
    elif name in _NUMBERS and key in properties:
        number = float(properties[key])
        shown = f"${number:,.4f}" if name == "cost" else f"{number:.3f}"
    else:
        number = None
        shown = one_line(_word(key, properties), 80)
    hidden = "" if number is None else f"<span hidden>{number:020.6f}</span>"
    return f'<td class="col-{name}">{hidden}{escape(shown)}</td>'


def _word(key: str, properties: Mapping[str, str]) -> str:
    if key == "harness.model" and key not in properties:
        key = "harness.backend_model"
    if key == "harness.outcome" and "harness.fault" in properties:
        return properties["harness.fault"]
    return properties.get(key, "-")
