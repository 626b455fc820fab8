"""All that is written before Pi starts."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends import logins
from pytest_harness.backends.adapter import Room
from pytest_harness.backends.pi import instructions, settings, turns
from pytest_harness.backends.pi.program import PI, package_root

_HOST_CANNOT = ("base_url", "env_key", "retries")
"""Options that stand in a settings file, which is the user's own in the runtime ``host``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What was written for one run."""

    own: Path | None
    """The program's own directory; ``None`` where it gets the user's."""
    system_prompt: Path | None
    """File with the system prompt in place of the program's."""
    appended: tuple[Path, ...]
    """Files that are added to it: instructions of the workspace, and what was asked for."""
    extensions: tuple[Path, ...]
    """Extensions of ours."""
    secrets: tuple[str, ...]
    """Tokens of a lent login."""
    readable: tuple[Path, ...]
    """Where all of this is, and the program's own package."""


@contextlib.contextmanager
def furnished(room: Room) -> Iterator[Home]:
    """Write what the program needs, and clean up afterwards; raises `BackendError`."""
    room.need_own_home(_HOST_CANNOT, PI.title)
    options, profile, package = room.options, room.profile, package_root(room.argv)
    with contextlib.ExitStack() as stack:
        tokens: tuple[str, ...] = ()
        own = None
        if profile is None:
            made = tempfile.TemporaryDirectory(dir=room.request.scratch, prefix="pi-")
            place = Path(stack.enter_context(made))
        else:
            place = profile.config
            own = place / "agent"
            settings.write_home(room, own, lent=room.access.login is not None)
            if room.access.login is not None:
                lending = logins.lend(room.access.login, own / "auth.json", "pi")
                tokens = stack.enter_context(lending)
        texts = (("instructions.md", instructions.found(room)),)
        more = (("append.md", options.append_system_prompt or ""),)
        files = [_written(place / name, text) for name, text in (*more, *texts) if text]
        replaced, limit = options.system_prompt, options.turns
        limits = () if limit is None else (_written(place / "turns.mjs", turns.extension(limit)),)
        yield Home(
            own=own,
            system_prompt=None if replaced is None else _written(place / "system.md", replaced),
            appended=tuple(files),
            extensions=limits,
            secrets=tokens,
            readable=(place, *([package] if package else [])),
        )


def _written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file
