"""Where the processes of one proposal, or of one evaluation, work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What processes may change, and what else there is around them. All paths are absolute."""

    workspace: Path
    """The directory under work: the usual working directory."""
    scratch: Path
    """A directory beside it for homes and temporary files."""
    readable: tuple[Path, ...] = ()
    """What they need to read beside the system's own files."""
    hidden: tuple[Path, ...] = ()
    """What must stay out of sight, even below something that is readable."""
    project: Path | None = None
    """The user's project: out of sight but for what is named readable in it."""

    @property
    def writable(self) -> tuple[Path, ...]:
        """What they may change."""
        return (self.workspace, self.scratch)
