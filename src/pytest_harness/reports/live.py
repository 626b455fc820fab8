"""What the workers are doing just now, read from the files in which they say it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from pytest_harness.reports.plain import one_line

_SECONDS = re.compile(r"[ :]+\d+(?:\.\d+)? ?s$")


@dataclass(slots=True)
class Phases:
    """The phase of each worker, and since when it has been in it."""

    folder: Path
    """The run's ``live`` directory; it need not exist yet."""
    ignored: set[str] = field(default_factory=set)
    """Workers that died; their files stay behind."""
    _since: dict[str, tuple[str, float]] = field(default_factory=dict)

    def read(self) -> list[tuple[str, str, float]]:
        """Return worker, phase and seconds in that phase, by name of the worker."""
        now = time.monotonic()
        texts = self._texts()
        fresh: dict[str, tuple[str, float]] = {}
        for worker, text in texts.items():
            known = self._since.get(worker)
            fresh[worker] = known if known is not None and known[0] == text else (text, now)
        self._since = fresh
        return [(worker, text, now - since) for worker, (text, since) in sorted(fresh.items())]

    def _texts(self) -> dict[str, str]:
        try:
            files = [each for each in self.folder.iterdir() if each.name not in self.ignored]
        except OSError:  # no cell has begun, or the run is being removed
            return {}
        texts = {}
        for file in files:
            if file.name.startswith("."):
                continue
            try:
                # Behind the first line there may be the end of a longer text before it.
                text = one_line(file.read_text("utf-8", "replace").partition("\n")[0])
            except OSError:  # the worker has just removed it
                continue
            if text:
                texts[file.name] = _SECONDS.sub("", text)
        return texts
