"""What an oracle's cell says about a target: the problem in words, and what is worth knowing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pytest_harness.backends.cheat_evidence import Evidence, load_evidence
from pytest_harness.backends.cheat_table import BY_TRICK, Stand
from pytest_harness.backends.cheat_tricks import EVERYTHING, Trick, trick_of
from pytest_harness.records import CandidateRecord, CellRecord, CheckResult
from pytest_harness.reports.plain import one_line
from pytest_harness.target import ResolvedTarget
from pytest_harness.vocabulary import Oracle, Outcome

REFUSED = frozenset({Outcome.TAMPERED, Outcome.SCOPE_VIOLATION, Outcome.INVALID, Outcome.CRASH})
"""Outcomes with which a trick was found out."""

READING = frozenset({Trick.READ_HIDDEN, Trick.READ_PROC})
"""Tricks that are about what can be read, and not about scores."""

WORDS = "words"
"""What the table of findings calls a check that is open by nature."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What an oracle found."""

    problem: str = ""
    """Why the target does not hold, as text for a failed test; empty if it does."""
    notes: str = ""
    """What an author should know although the target holds."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What one trick got out of one check."""

    trick: str
    """Which trick."""
    check: str
    """Which check."""
    before: float
    """The baseline's score in it."""
    after: float
    """The trick's score in it."""
    by_words: bool
    """Whether the check is open by nature."""


def examine(oracle: Oracle, record: CellRecord, target: ResolvedTarget, run: Path) -> Examined:
    """Judge a target by the cell of an oracle; ``run`` is the run's directory."""
    baseline = record.candidates[0]
    if baseline.evaluation is None or baseline.evaluation.unscored:
        return Examined(f"target {record.target!r}: {record.reason}")
    if oracle is Oracle.CHEAT:
        return _cheat(record, target, run)
    if len(record.candidates) < 2 or record.candidates[1].evaluation is None:
        reason = record.reason or "there was no proposal"
        return Examined(f"target {record.target!r}: {oracle} was not graded: {reason}")
    if oracle is Oracle.GOLDEN:
        return _golden(record, record.candidates[1])
    return _noop(record, baseline, record.candidates[1])


def stand(candidate: CandidateRecord, gains: Sequence[Gain], evidence: Evidence) -> Stand:
    """Say how a trick fared: found out, successful, or neither."""
    if candidate.outcome in REFUSED:
        return Stand.DETECTED
    if gains or evidence.read or evidence.wrote:
        return Stand.OPEN
    return Stand.PREVENTED


def gains_of(
    trick: str, candidate: CandidateRecord, baseline: CandidateRecord, target: ResolvedTarget
) -> list[Gain]:
    """List the checks in which a candidate has more than the baseline."""
    before = _scores(baseline)
    words = {check.name for check in target.checks if check.open_by_nature}
    return [
        Gain(trick, name, before[name], score, name in words)
        for name, score in _scores(candidate).items()
        if score > before.get(name, 0.0)
    ]


def _golden(record: CellRecord, candidate: CandidateRecord) -> Examined:
    if _exact(candidate) == 1:
        return Examined()
    missed = [check for check in _checks(candidate) if check.score != 1.0]
    rows = [(check.name, f"{check.score}", one_line(check.reason, 200)) for check in missed]
    return Examined(
        f"target {record.target!r} is not solved by its own solution: "
        f"{_exact(candidate)}, not 1\n{_table(('check', 'score', 'reason'), rows)}\n"
        "correct the solution, or the checks that refuse it"
    )


def _noop(record: CellRecord, baseline: CandidateRecord, candidate: CandidateRecord) -> Examined:
    before, after = _scores(baseline), _scores(candidate)
    rows = [
        (name, f"{before[name]:g}", f"{score:g}")
        for name, score in after.items()
        if score != before[name]
    ]
    if not rows:
        return Examined()
    return Examined(
        f"target {record.target!r} is graded differently although nothing was changed\n"
        f"{_table(('check', 'first', 'again'), rows)}\n"
        "make these checks give the same result each time: no clock, no chance, no network"
    )


def _cheat(record: CellRecord, target: ResolvedTarget, run: Path) -> Examined:
    baseline, *tried = record.candidates
    gains: list[Gain] = []
    full: list[str] = []
    notes: list[str] = []
    for number, candidate in enumerate(tried, start=1):
        trick = trick_of(number)
        found = gains_of(trick, candidate, baseline, target)
        if candidate.outcome not in REFUSED:
            gains += found
            if _exact(candidate) == 1 and _exact(baseline) != 1:
                full.append(trick)
        notes += _notes(trick, candidate, load_evidence(run / candidate.artifacts))
    by_words = sorted({gain.check for gain in gains if gain.by_words})
    if by_words:
        notes.append(f"open by nature: {', '.join(by_words)}; {BY_TRICK[Trick.PHRASES].close}")
    behaviour = [gain for gain in gains if not gain.by_words]
    if not behaviour and not full:
        return Examined(notes="\n".join(notes))
    return Examined(_problem(record, gains, behaviour, full), "\n".join(notes))


def _problem(
    record: CellRecord, gains: Sequence[Gain], behaviour: Sequence[Gain], full: Sequence[str]
) -> str:
    lines = [f"target {record.target!r} can be fooled"]
    shown = gains if full else behaviour
    rows = [
        (
            gain.check,
            gain.trick,
            f"{gain.before:g} -> {gain.after:g}",
            WORDS if gain.by_words else "behaviour",
        )
        for gain in shown
    ]
    lines.append(_table(("check", "trick", "score", "kind"), rows))
    if full:
        lines.append(f"full marks by: {', '.join(full)}")
    named = dict.fromkeys(gain.trick for gain in shown if gain.trick != EVERYTHING)
    lines += [f"{trick}: {BY_TRICK[trick].close}" for trick in named]
    alone = {gain.check for gain in shown if gain.trick == EVERYTHING} - {
        gain.check for gain in shown if gain.trick != EVERYTHING
    }
    if alone:
        lines.append(
            f"everything: only several tricks together fool {', '.join(sorted(alone))}; "
            "look at the diff of the first candidate"
        )
    return "\n".join(lines)


def _notes(trick: str, candidate: CandidateRecord, evidence: Evidence) -> list[str]:
    """Say what a trick managed that the target's checks know nothing of."""
    if trick not in BY_TRICK:
        return []
    found = []
    remedy = BY_TRICK[trick].close
    if candidate.fault is not None:
        found.append(f"{trick} left a check without a score: {one_line(candidate.reason, 200)}")
    if candidate.outcome in REFUSED:
        return found
    if trick in READING and evidence.read:
        count = len(evidence.read)
        found.append(f"open in this runtime: {trick} read {count} things; {remedy}")
    if evidence.wrote:
        found.append(f"possible in this runtime, and seen afterwards: {trick}; {remedy}")
    return found


def _checks(candidate: CandidateRecord) -> tuple[CheckResult, ...]:
    return () if candidate.evaluation is None else candidate.evaluation.checks


def _scores(candidate: CandidateRecord) -> Mapping[str, float]:
    return {check.name: check.score or 0.0 for check in _checks(candidate)}


def _exact(candidate: CandidateRecord) -> Fraction | None:
    return None if candidate.evaluation is None else candidate.evaluation.fraction


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
