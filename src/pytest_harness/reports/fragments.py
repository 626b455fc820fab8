"""Pieces of HTML drawn from records; everything that comes from outside is escaped."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import quote

from pytest_harness.records import CellRecord
from pytest_harness.reports import facts
from pytest_harness.reports.matrix import Matrix, counted
from pytest_harness.reports.plain import one_line, printable, read_shortened, shortened
from pytest_harness.reports.tables import (
    Kind,
    Table,
    Value,
    candidate_table,
    check_table,
    format_value,
)
from pytest_harness.vocabulary import Fault, Phase

DIFF_LIMIT = 60_000
"""Bytes of a diff that are shown; the whole is one link away."""
MESSAGE_LIMIT = 20_000
"""Characters of the last message that are shown."""

_GOOD = frozenset({"passed", "keep", "finished"})
_BAD = frozenset({"failed", "crash", "tampered", "scope-violation", "error", "invalid"})
_WARN = frozenset(
    {"partial", "timeout", "discard", "no-change", "skipped", "started", "unfinished", *Fault}
)


def cell(record: CellRecord, run: Path, base: str | None) -> str:
    """Return all that is worth seeing of a cell.

    ``base`` is the address of the run's directory as seen from the page; ``None`` leaves the links
    to the evidence out.
    """
    parts = [headline(record), timeline(record)]
    candidate = facts.shown(record)
    if candidate is not None:
        checks = check_table(candidate)
        if checks.rows:
            parts.append(html_table(checks, caption=f"Checks of {candidate.id}"))
    if len(record.candidates) > 1:
        parts.append(html_table(candidate_table(record), caption="Candidates"))
    parts += [diff(record, run), message(record)]
    if base is not None:
        parts.append(links(record, run, base))
    return f'<div class="hx">{"".join(parts)}</div>'


def headline(record: CellRecord) -> str:
    """Return the result in one line, with the reason and the notes below it."""
    word = facts.fault_word(record) or (record.outcome.value if record.outcome else "-")
    total = record.spending.total
    parts = [
        f"{marked(word)} {escape(format_value(Kind.SCORE, facts.baseline_score(record)))} &rarr; "
        f"<b>{escape(format_value(Kind.SCORE, facts.best_score(record)))}</b>",
        counted(facts.proposals(record), "proposal"),
        f"{record.duration:,.1f} s",
    ]
    if total.cost_usd is not None:
        parts.append(format_value(Kind.DOLLARS, total.cost_usd))
    if rejected := facts.rejected_calls(record):
        parts.append(counted(rejected, "rejected call"))
    if record.backend_version:
        parts.append(f"version {escape(one_line(record.backend_version))}")
    lines = [" &middot; ".join(parts)]
    lines += [escape(printable(text)) for text in (record.reason, *record.notes) if text]
    return "".join(f"<p>{line}</p>" for line in lines)


def timeline(record: CellRecord) -> str:
    """Return the cell's time by phase as a bar with its legend; empty if none was measured."""
    spent = [(phase, record.durations[phase]) for phase in Phase if record.durations.get(phase)]
    total = sum(seconds for _, seconds in spent)
    if not total:
        return ""
    bars = "".join(
        f'<i class="{_phase_class(phase)}" style="width:{100 * seconds / total:.2f}%" '
        f'title="{phase.value} {seconds:.1f} s"></i>'
        for phase, seconds in spent
    )
    legend = "".join(
        f'<li><i class="{_phase_class(phase)}"></i>{phase.value} {seconds:,.1f} s</li>'
        for phase, seconds in spent
    )
    return f'<div class="bar">{bars}</div><ul class="legend">{legend}</ul>'


def diff(record: CellRecord, run: Path) -> str:
    """Return the patch with colours, folded and capped; empty if there is none."""
    file = facts.diff_file(run, record)
    text = "" if file is None else read_shortened(file, DIFF_LIMIT)
    candidate = facts.shown(record)
    if not text or candidate is None:
        return ""
    lines = "".join(_diff_line(line) for line in text.splitlines())
    added = sum(each.added_lines or 0 for each in candidate.changes)
    removed = sum(each.removed_lines or 0 for each in candidate.changes)
    title = f"{counted(candidate.changed_files, 'changed file')}, +{added} -{removed} lines"
    return f'<details><summary>{title}</summary><pre class="diff">{lines}</pre></details>'


def message(record: CellRecord) -> str:
    """Return the agent's last message, folded; empty if there is none."""
    candidate = facts.shown(record)
    proposal = None if candidate is None else candidate.proposal
    if proposal is None or not proposal.answer:
        return ""
    text = escape(shortened(proposal.answer, MESSAGE_LIMIT))
    return f'<details><summary>Last message</summary><pre class="message">{text}</pre></details>'


def links(record: CellRecord, run: Path, base: str) -> str:
    """Return links to the cell's files that exist."""
    files = facts.artifact_files(run, record)
    anchors = "".join(
        f'<a href="{escape(address(base, name))}">{escape(name.rpartition("/")[2])}</a>'
        for name in files
    )
    return f'<p class="files">{anchors}</p>' if anchors else ""


def address(base: str, name: str) -> str:
    """Return the address of a file of the run, quoted, as seen from the page."""
    return f"{base}/{quote(name)}" if base else quote(name)


def matrix(value: Matrix) -> str:
    """Return backends x targets, and what does not count, with the causes."""
    body = html_table(value.table())
    causes = html_table(value.causes_table()) if value.causes else ""
    sentence = f'<p class="soft">{escape(value.sentence())}</p>'
    return f'<div class="hx"><div class="scroll">{body}</div>{sentence}{causes}</div>'


def html_table(table: Table, *, caption: str = "") -> str:
    """Return a table; columns without a single value are left out."""
    used = [
        index
        for index, _ in enumerate(table.columns)
        if any(row[index] not in (None, "") for row in table.rows)
    ]
    head = "".join(f"<th>{escape(table.columns[index].heading)}</th>" for index in used)
    body = "".join(
        f"<tr>{''.join(_td(table, index, row[index]) for index in used)}</tr>" for row in table.rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _td(table: Table, index: int, value: Value) -> str:
    column = table.columns[index]
    if column.key == "reason" and isinstance(value, str):
        return f'<td class="wide">{escape(shortened(value, 2_000))}</td>'
    text = format_value(column.kind, value)
    if column.key in ("status", "outcome", "fault"):
        return f"<td>{marked(text)}</td>"
    number = ' class="number"' if column.kind is not Kind.TEXT else ""
    return f"<td{number}>{escape(text)}</td>"


def marked(word: str) -> str:
    """Return a word in the colour of what it means."""
    if word in _GOOD:
        return f'<span class="good">{escape(word)}</span>'
    if word in _BAD:
        return f'<span class="bad">{escape(word)}</span>'
    if word in _WARN:
        return f'<span class="warn">{escape(word)}</span>'
    return escape(word)


def _phase_class(phase: Phase) -> str:
    return "diff-phase" if phase is Phase.DIFF else phase.value


def _diff_line(line: str) -> str:
    if line.startswith("diff --git "):
        kind = "file"
    elif line.startswith("@@"):
        kind = "hunk"
    elif line.startswith("+") and not line.startswith("+++ "):
        kind = "add"
    elif line.startswith("-") and not line.startswith("--- "):
        kind = "del"
    else:
        return f"<span>{escape(line)}</span>"
    return f'<span class="{kind}">{escape(line)}</span>'
