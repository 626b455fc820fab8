"""What a session says once its run is whole: evidence about plain models, and an earlier run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.reports.plain import near
from pytest_harness.state import HarnessState

if TYPE_CHECKING:
    from pytest_harness.reports.evidence import Comparison


@dataclass(frozen=True, slots=True)
class Retrospect:
    """What was found."""

    evidence: Path | None
    """Where the files about plain models are; ``None`` where there were none to write."""
    baseline: str
    """Name of the earlier run; empty if none was named."""
    comparison: Comparison | None
    """The run beside that one."""

    def lines(self) -> list[str]:
        """Return what is shown at the end of the session."""
        found: list[str] = []
        if self.comparison is not None:
            found.append(f"beside {self.baseline}: {self.comparison.sentence()}")
            table = self.comparison.table().without("key")
            if table.rows:
                found += ["", *table.text().splitlines(), ""]
        if self.evidence is not None:
            found.append(f"evidence: {near(self.evidence)}")
        return found

    @property
    def regressions(self) -> int:
        """How many cells passed in the earlier run and fail in this one."""
        return 0 if self.comparison is None else len(self.comparison.regressions)


def look_back(state: HarnessState) -> Retrospect:
    """Write the files of evidence, and compare with the earlier run that was named.

    Raises `LedgerError` if a run cannot be read, or the files cannot be written.
    """
    from pytest_harness.ledger import RunReader, find_run

    reader = RunReader(state.run)
    given = state.settings.run.baseline
    if given is None and not any(cell.point.format for cell in reader.cells()):
        return Retrospect(None, "", None)
    from pytest_harness.reports.evidence import FOLDER, compare, gather, write

    comparison, before = None, ""
    if given is not None:
        earlier = RunReader(find_run(state.root / (state.settings.run.dir or ".harness"), given))
        before = earlier.run.name
        comparison = compare(reader.all_cells(), earlier.all_cells())
    folder = state.run / FOLDER
    write(gather(reader), folder, comparison=comparison, before=before)
    return Retrospect(folder, before, comparison)
