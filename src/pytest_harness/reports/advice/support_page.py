"""The support page: what there is, and what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC

from pytest_harness.reports.advice.records import Measured, MeasuredModel, Support
from pytest_harness.reports.evidence.markdown import p_text, rate_text
from pytest_harness.reports.evidence.records import Summary
from pytest_harness.reports.plain import one_line

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")

HEAD = """\
# What is supported

Made by `pytest-harness support`, which writes the same page again where nothing has changed;
`pytest-harness support --check` fails where it has."""


def measured(summary: Summary) -> Measured:
    """Return what a run found out about plain models."""
    return Measured(
        run=summary.run,
        date=summary.started_at.astimezone(UTC).date(),
        path=summary.path,
        version=summary.version,
        models=tuple(
            MeasuredModel(
                model=name,
                local=name in summary.local,
                verdict=entry.verdict,
                confidence=entry.confidence,
                preferred=entry.preferred,
                native=entry.native,
                text=entry.text,
                p_value=entry.p_value,
            )
            for name, entry in sorted(summary.parity.items())
        ),
    )


def support_page(support: Support) -> str:
    """Return ``support.md``."""
    parts = [
        HEAD,
        "## Backends",
        _table(
            ("backend", "provider"),
            ((_code(each.name), _code(each.provider)) for each in support.backends),
        ),
        "## Providers",
        _table(
            ("provider", "program", "tested versions", "reports dollars"),
            (
                (
                    _code(each.name),
                    _text(each.program or "-"),
                    "-" if each.tested is None else " to ".join(dict.fromkeys(each.tested)),
                    "yes" if each.reports_cost else "no",
                )
                for each in support.providers
            ),
        ),
        "## Vendors of plain models",
        _table(
            ("vendor", "protocol", "address", "key", "local", "further names"),
            (
                (
                    _code(each.name),
                    each.protocol,
                    _either(each.base_url, each.base_variable),
                    _codes(each.keys),
                    "yes" if each.local else "no",
                    _codes(each.other_names),
                )
                for each in support.vendors
            ),
        ),
        "Any other server with one of these protocols is declared under `[vendors]` in "
        "`harness.toml`.",
        "## Formats",
        f"Plain models are given their tools as {_codes(support.formats)}.",
        "## Runtimes",
        _table(
            ("runtime", "keys in harness.toml"),
            ((_code(each.name), _codes(each.keys)) for each in support.runtimes),
        ),
    ]
    if support.measured is not None:
        parts += _measured(support.measured)
    return "\n\n".join(parts) + "\n"


def _measured(found: Measured) -> list[str]:
    by = "" if found.version is None else f", by pytest-harness {_text(found.version)}"
    told = f"In the run {_text(found.run)} of {found.date} ({_text(found.path)}){by}."
    if not found.models:
        return ["## What was measured", f"{told} It has no plain models."]
    return [
        "## What was measured",
        f"{told} Rates stand with their interval of 95%; p is of McNemar's exact test on pairs.",
        _table(
            ("model", "local", "native", "text", "verdict", "confidence", "format", "p"),
            map(_row, found.models),
        ),
    ]


def _row(each: MeasuredModel) -> Sequence[str]:
    return (
        _text(each.model),
        "yes" if each.local else "no",
        rate_text(each.native),
        rate_text(each.text),
        each.verdict,
        each.confidence,
        each.preferred or "-",
        p_text(each.p_value),
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _either(address: str | None, variable: str | None) -> str:
    found = [] if address is None else [_code(address)]
    if variable is not None:
        found.append(f"what {_code(variable)} holds")
    return " or ".join(found) or "-"


def _codes(words: Iterable[str]) -> str:
    return ", ".join(map(_code, words)) or "-"


def _code(word: str) -> str:
    """Return one of our own words, which holds nothing that Markdown would obey."""
    return f"`{word}`"


def _text(text: str) -> str:
    """Return text of somebody else's as Markdown that shows it as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", one_line(text)).replace("&", "&amp;")
