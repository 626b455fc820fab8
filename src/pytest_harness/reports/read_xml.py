"""Cells read back from our own JUnit XML, for where nothing else was kept."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from pytest_harness.reports.matrix import Result
from pytest_harness.vocabulary import SEVERE_OUTCOMES, Cause


@dataclass(frozen=True, slots=True)
class XmlCell:
    """A cell as the properties of a testcase tell of it."""

    run: str
    """Name of the run."""
    key: str
    """The cell's key."""
    duration: str
    """Its seconds as text; with run and key it tells cells apart."""
    result: Result
    """What it came to."""


def read_xml(file: Path) -> Iterator[XmlCell]:
    """Yield the cells that a JUnit file tells of, each as often as a test used it.

    A file that is no XML, or tells of no cell, yields nothing: a directory of CI artifacts holds
    many such. Raises `OSError` when it cannot be read.
    """
    try:
        for _, element in ET.iterparse(file):  # noqa: S314 - expat limits expansion by itself
            if element.tag != "testcase":
                continue
            known = {
                each.get("name", ""): each.get("value", "") for each in element.iter("property")
            }
            element.clear()
            if known.get("harness.cell") and known.get("harness.backend"):
                yield _cell(known)
    except ET.ParseError:
        return


def _cell(known: Mapping[str, str]) -> XmlCell:
    backend, target = known["harness.backend"], known.get("harness.target", "")
    if "harness.model" in known:
        backend = f"{backend}@{known['harness.model']}"
    if "harness.format" in known:
        backend = f"{backend} {known['harness.format']}"
    if "harness.variant" in known:
        target = f"{target}/{known['harness.variant']}"
    return XmlCell(
        run=known.get("harness.run", ""),
        key=known["harness.cell"],
        duration=known.get("harness.duration_s", ""),
        result=Result(
            backend=backend,
            target=target,
            word=_word(known),
            score=_number(known, "harness.score.best") or 0.0,
            baseline=_number(known, "harness.score.baseline"),
            cost_usd=_number(known, "harness.cost_usd"),
            cause=_cause(known),
        ),
    )


def _cause(known: Mapping[str, str]) -> Cause | None:
    """Return why there is no plain result, as far as we know such a word."""
    if "harness.outcome" not in known and "harness.fault" not in known:
        return Cause.UNFINISHED
    word = known.get("harness.cause")
    return Cause(word) if word in set(Cause) else None


def _word(known: Mapping[str, str]) -> str | None:
    outcome = known.get("harness.outcome")
    if "harness.fault" in known:
        return known["harness.fault"]
    if outcome is None:
        return "unfinished"
    return outcome if outcome in SEVERE_OUTCOMES else None


def _number(known: Mapping[str, str], name: str) -> float | None:
    """Return a number, or ``None`` for what is none: files can be edited."""
    try:
        number = float(known[name])
    except (KeyError, ValueError):
        return None
    return number if math.isfinite(number) else None
