"""A whole report as one HTML file that needs nothing beside it, drawn from a ledger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pytest_harness.ledger import RunReader
from pytest_harness.records import CellRecord, RunRecord
from pytest_harness.reports import facts, fragments, matrix
from pytest_harness.reports.plain import one_line, printable
from pytest_harness.reports.stylesheet import STYLE
from pytest_harness.reports.tables import Column, Kind, Table, format_value
from pytest_harness.reports.terminal import DEFAULTED

_FRAME: Final = """
body{margin:0;background:#fff}
main{max-width:1120px;margin:0 auto;padding:2em 1.5em 4em}
.hx h1{font-size:1.6em;margin:0 0 .2em}
.hx h2{font-size:1.15em;margin:2em 0 .5em;border-bottom:1px solid var(--line);padding-bottom:.3em}
.hx details.cell{border:1px solid var(--line);border-radius:6px;margin:.5em 0}
.hx details.cell>summary{padding:.5em .8em;font-weight:400;display:flex;gap:1em;flex-wrap:wrap;
align-items:baseline}
.hx details.cell>summary::before{content:"\\25b8";color:var(--soft)}
.hx details.cell[open]>summary::before{content:"\\25be"}
.hx details.cell[open]>summary{background:var(--back);border-bottom:1px solid var(--line)}
.hx details.cell>summary b{flex:1}
.hx details.cell>summary .score{font-variant-numeric:tabular-nums}
.hx details.cell>div{padding:.2em 1em .8em}
.hx .note{background:#fff8c5;border:1px solid #d4a72c66;border-radius:6px;padding:.6em .8em}
.hx dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1.2em;margin:.8em 0}
.hx dt{color:var(--soft)}.hx dd{margin:0;overflow-wrap:anywhere}
"""


def write_page(reader: RunReader, destination: Path) -> int:
    """Write the run as a page and return how many cells it shows.

    Cells are read and written one at a time. Raises `LedgerError` when the run cannot be read, and
    `OSError` when ``destination`` cannot be written.
    """
    reader.run  # noqa: B018 - a run that cannot be read is said before a file is made
    destination.parent.mkdir(parents=True, exist_ok=True)
    base = quote(os.path.relpath(reader.path.resolve(), destination.parent.resolve()))
    shown = 0
    with destination.open("w", encoding="utf-8") as stream:
        for part in _head(reader, base):
            stream.write(part)
        for record in reader.all_cells():
            stream.write(_cell(record, reader.path, base))
            shown += 1
        stream.write(_tests(reader))
        stream.write("</main></body></html>\n")
    return shown


def _head(reader: RunReader, base: str) -> Iterator[str]:
    run = reader.run
    title = escape(one_line(f"harness run {run.name}"))
    yield (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}{_FRAME}</style></head>"
        f'<body><main class="hx"><h1>{title}</h1>'
    )
    yield _facts(run, fragments.address(base, "ledger.jsonl"), reader.path)
    if run.defaulted:
        yield f'<p class="note">{escape(DEFAULTED)}</p>'
    yield f"<h2>Matrix</h2>{fragments.matrix(matrix.build(reader.all_cells()))}<h2>Cells</h2>"


def _facts(run: RunRecord, ledger: str, path: Path) -> str:
    commit = run.commit
    if commit is not None and run.branch:
        commit = f"{commit} on {run.branch}"
    if commit is not None and run.dirty:
        commit = f"{commit}, with uncommitted changes"
    known = {
        "Started": f"{run.started_at:%Y-%m-%d %H:%M:%S %Z}",
        "Command": " ".join(run.command),
        "Project": run.root,
        "Commit": commit,
        "CI job": run.ci_job,
        "Versions": ", ".join(f"{name} {version}" for name, version in run.versions.items()),
    }
    rows = "".join(
        f"<dt>{name}</dt><dd>{escape(one_line(value, 500))}</dd>"
        for name, value in known.items()
        if value
    )
    place = f'<a href="{escape(ledger)}">{escape(printable(str(path / "ledger.jsonl")))}</a>'
    return f"<dl>{rows}<dt>Ledger</dt><dd>{place}</dd></dl>"


def _cell(record: CellRecord, run: Path, base: str) -> str:
    word = facts.fault_word(record) or (record.outcome.value if record.outcome else "-")
    before = format_value(Kind.SCORE, facts.baseline_score(record))
    after = format_value(Kind.SCORE, facts.best_score(record))
    head = (
        f"<b>{escape(one_line(facts.cell_label(record)))}</b>"
        f'<span class="score">{before} &rarr; {after}</span>{fragments.marked(word)}'
    )
    body = fragments.cell(record, run, base)
    return f'<details class="cell"><summary>{head}</summary>{body}</details>\n'


def _tests(reader: RunReader) -> str:
    rows = tuple(
        (line.nodeid, line.outcome, line.duration, line.message) for line in reader.tests()
    )
    if not rows:
        return ""
    columns = (
        Column("test", "test"),
        Column("status", "outcome"),
        Column("duration_s", "seconds", Kind.SECONDS),
        Column("reason", "message"),
    )
    return f"<h2>Tests</h2>{fragments.html_table(Table(columns, rows))}"
