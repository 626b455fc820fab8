"""JUnit XML drawn again from a ledger, without running anything."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from pytest_harness.ledger import RunReader
from pytest_harness.records import CellRecord, TestLine
from pytest_harness.reports import facts, junit
from pytest_harness.reports.plain import one_line, printable, shortened
from pytest_harness.vocabulary import CellStatus

BODY_LIMIT: Final = 20_000
"""Characters of a failure's text; readers cut or refuse large files."""
MESSAGE_LIMIT: Final = 500
"""Characters of a failure's one-line message."""


class Attachments(enum.StrEnum):
    """How the files of a cell are named in ``[[ATTACHMENT|path]]`` lines."""

    RELATIVE = "relative"
    """To the project's root directory, as GitLab reads them."""
    ABSOLUTE = "absolute"
    """As the attachments plug-in of Jenkins reads them."""
    NONE = "none"
    """Not at all."""


def write_xml(
    reader: RunReader, destination: Path, attachments: Attachments = Attachments.RELATIVE
) -> int:
    """Write the run's tests as JUnit XML and return how many testcases there are.

    A cell that no test told of, because its worker died, is a testcase of its own. Names are
    unique. Raises `LedgerError` when the run cannot be read, and `OSError` when ``destination``
    cannot be written.
    """
    run = reader.run
    suite = ET.Element("testsuite", name="pytest-harness")
    drawing = _Drawing(reader, attachments)
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    seconds = 0.0
    for case, state in drawing.cases():
        suite.append(case)
        counts["tests"] += 1
        if state in counts:
            counts[state] += 1
        seconds += float(case.get("time", "0"))
    for name, number in counts.items():
        suite.set(name, str(number))
    suite.set("time", f"{seconds:.3f}")
    suite.set("timestamp", run.started_at.isoformat())
    root = ET.Element("testsuites", name="pytest-harness")
    root.append(suite)
    destination.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(destination, encoding="utf-8", xml_declaration=True)
    return counts["tests"]


class _Drawing:
    """Draws the testcases of one run."""

    def __init__(self, reader: RunReader, attachments: Attachments) -> None:
        self._reader = reader
        self._attachments = attachments
        self._names: set[tuple[str, str]] = set()

    def cases(self) -> Iterator[tuple[ET.Element, str]]:
        """Yield each testcase and what it counts as."""
        told: set[str] = set()
        cells: dict[str, CellRecord | None] = {}
        for line in self._reader.tests():
            if line.cell is not None and line.cell not in cells:
                cells = {line.cell: self._reader.cell(line.cell)}  # tests come cell by cell
            record = None if line.cell is None else cells[line.cell]
            if line.cell is not None:
                told.add(line.cell)
            yield self._test(line, record)
        for record in (*self._reader.cells(), *self._reader.unfinished()):
            if record.key not in told:
                yield self._untold(record)

    def _test(self, line: TestLine, record: CellRecord | None) -> tuple[ET.Element, str]:
        file, classname, name = split_nodeid(line.nodeid)
        case = self._case(classname, name, line.duration)
        case.set("file", printable(file))
        self._properties(case, record)
        state = self._verdict(case, line, record)
        self._attach(case, record)
        return case, state

    def _untold(self, record: CellRecord) -> tuple[ET.Element, str]:
        case = self._case(f"pytest_harness.{record.target_id}", record.id, record.duration)
        self._properties(case, record)
        state = ""
        if record.status is CellStatus.STARTED:
            text = f"worker {record.worker!r} died while it ran the cell"
            _child(case, "error", text, text)
            state = "errors"
        elif record.fault is not None:
            _child(case, "error", f"{record.fault}: {record.reason}", record.reason)
            state = "errors"
        self._attach(case, record)
        return case, state

    def _case(self, classname: str, name: str, duration: float) -> ET.Element:
        classname, name = printable(classname), printable(name)
        unique, number = name, 1
        while (classname, unique) in self._names:
            number += 1
            unique = f"{name} #{number}"
        self._names.add((classname, unique))
        return ET.Element("testcase", classname=classname, name=unique, time=f"{duration:.3f}")

    def _properties(self, case: ET.Element, record: CellRecord | None) -> None:
        if record is None:
            return
        path = self._reader.cell_directory(record) / "cell.json"
        known = junit.record_point_properties(record, self._reader.run.name)
        known |= junit.result_properties(record, str(path))
        holder = ET.SubElement(case, "properties")
        for name, value in known.items():
            ET.SubElement(holder, "property", name=name, value=printable(value))

    def _verdict(self, case: ET.Element, line: TestLine, record: CellRecord | None) -> str:
        match line.outcome:
            case "failed" | "error":
                tag = "failure" if line.outcome == "failed" else "error"
                _child(case, tag, line.message or line.outcome, self._body(line, record))
                return "failures" if line.outcome == "failed" else "errors"
            case "skipped" | "xfailed":
                kind = "pytest.skip" if line.outcome == "skipped" else "pytest.xfail"
                _child(case, "skipped", line.message, line.longrepr).set("type", kind)
                return "skipped"
            case "passed" | "xpassed":
                return ""

    def _body(self, line: TestLine, record: CellRecord | None) -> str:
        text = line.longrepr or line.message
        if record is None or "checks of " in text:
            return text
        sections = junit.failure_sections(record, None)
        return "\n".join([text, *(f"---- {title} ----\n{each}" for title, each in sections)])

    def _attach(self, case: ET.Element, record: CellRecord | None) -> None:
        if record is None or self._attachments is Attachments.NONE:
            return
        lines = []
        for name in facts.artifact_files(self._reader.path, record):
            path = (self._reader.path / name).resolve()
            root = Path(self._reader.run.root).resolve()
            if self._attachments is Attachments.RELATIVE and path.is_relative_to(root):
                path = path.relative_to(root)
            lines.append(f"[[ATTACHMENT|{path}]]")
        if lines:
            body = "\n".join(printable(line) for line in lines)
            ET.SubElement(case, "system-out").text = f"\n{body}\n"


def split_nodeid(nodeid: str) -> tuple[str, str, str]:
    """Return file, class name and name of a test as pytest's own JUnit names them."""
    address, bracket, parameters = nodeid.partition("[")
    file, *names = address.split("::")
    if not names:
        return file, "", nodeid
    module = re.sub(r"\.py$", "", file.replace("/", "."))
    return file, ".".join([module, *names[:-1]]), names[-1] + bracket + parameters


def _child(case: ET.Element, tag: str, message: str, text: str) -> ET.Element:
    element = ET.SubElement(case, tag, message=one_line(message, MESSAGE_LIMIT))
    element.text = shortened(text, BODY_LIMIT)
    return element
