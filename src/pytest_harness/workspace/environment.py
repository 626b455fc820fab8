"""What a proposer finds on its machine and in its workspace, as text."""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.runtime.locks import exclusive
from pytest_harness.runtime.process import ProcessSpec, Runner
from pytest_harness.workspace.manifest import RESERVED, display, ignoring, unusable

TOOLS = ("python3", "git", "node", "npm", "bash", "make", "uv", "rg")
"""Programs that agents look for."""

_TIMEOUT = 20.0
# All at once: one after the other, they would take as long as all of them together.
_SCRIPT = """\
for tool in "$@"; do
    (printf '%s\\t%s\\n' "${tool##*/}" "$("$tool" --version 2>&1 </dev/null | head -n 1)") &
done
wait
"""

_described: dict[str, EnvironmentSnapshot] = {}


@dataclass(frozen=True, slots=True)
class EnvironmentSnapshot:
    """The machine as a proposer sees it."""

    platform: str
    """Operating system and processor."""
    tools: tuple[tuple[str, str | None], ...]
    """Names of programs with the first line each says of its version; ``None`` if it is missing,
    empty if it says nothing."""

    @property
    def text(self) -> str:
        """The same as Markdown."""
        lines = [f"- system: {self.platform}"]
        lines += [f"- {name}: {_said(version)}" for name, version in self.tools]
        return "\n".join(lines) + "\n"


def _said(version: str | None) -> str:
    if version is None:
        return "not installed"
    return version or "installed, version unknown"


def describe(
    runner: Runner, env: Mapping[str, str], shared: Path | None = None
) -> EnvironmentSnapshot:
    """Find out which tools the environment ``env`` offers; once per process and ``PATH``.

    ``shared`` is a file through which the processes of one session find out once in all. A tool
    that cannot be asked for its version counts as installed with an unknown version.
    """
    path = env.get("PATH", os.defpath)
    known = _described.get(path)
    if known is None:
        if shared is None:
            known = _describe(runner, env, path)
        else:
            known = _share(shared, runner, env, path)
        _described[path] = known
    return known


def _share(file: Path, runner: Runner, env: Mapping[str, str], path: str) -> EnvironmentSnapshot:
    with exclusive(file.with_suffix(".lock")):
        if file.exists():
            told = json.loads(file.read_text(encoding="utf-8"))
            if told["path"] == path:
                tools = tuple((name, version) for name, version in told["tools"])
                return EnvironmentSnapshot(told["platform"], tools)
        found = _describe(runner, env, path)
        text = json.dumps({"path": path, "platform": found.platform, "tools": found.tools})
        file.write_text(text, encoding="utf-8")
        return found


def _describe(runner: Runner, env: Mapping[str, str], path: str) -> EnvironmentSnapshot:
    found = {tool: shutil.which(tool, path=path) for tool in TOOLS}
    versions: dict[str, str] = {}
    programs = []
    for tool, program in found.items():
        packaged = None if program is None else _packaged_version(Path(program))
        if packaged is not None:
            versions[tool] = packaged
        elif program is not None:
            programs.append(program)
    if programs:
        spec = ProcessSpec(
            argv=("sh", "-c", _SCRIPT, "sh", *programs),
            cwd=Path("/"),
            env=env,
            timeout=_TIMEOUT,
        )
        for line in runner.run(spec).stdout.text().splitlines():
            name, tab, version = line.partition("\t")
            if tab:
                versions[name] = version.strip()
    return EnvironmentSnapshot(
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        tools=tuple(
            (tool, None if program is None else versions.get(tool, ""))
            for tool, program in found.items()
        ),
    )


def _packaged_version(program: Path) -> str | None:
    """Read the version of a program of Node.js, which takes long to say it, from its package."""
    real = Path(os.path.realpath(program))
    if real.suffix != ".js":
        return None
    try:
        version = json.loads((real.parent.parent / "package.json").read_bytes())["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, str) else None


def layout(root: Path, limit: int = 200, ignore: Sequence[str] = ()) -> str:
    """List the paths below ``root``, at most ``limit`` of them, the ones nearest the root first.

    Directories end in ``/``; links show where they point. What ``ignore`` matches is left out.
    Raises `WorkspaceError` for a directory that cannot be read.
    """
    top = os.fsencode(root)
    ignored = ignoring(ignore)
    lines: list[tuple[bytes, str]] = []
    more = False
    level = [b""]
    path = b""
    try:
        while level and not more:
            below: list[bytes] = []
            for prefix in level:
                with os.scandir(top + b"/" + prefix) as items:
                    found = sorted(items, key=lambda item: item.name)
                for item in found:
                    path = prefix + item.name
                    directory = item.is_dir(follow_symlinks=False)
                    if path in RESERVED or ignored.matches(path, directory=directory):
                        continue
                    if len(lines) == limit:
                        more = True
                        break
                    lines.append((path, _shown(item, path)))
                    if directory:
                        below.append(path + b"/")
            level = below
    except OSError as error:
        raise unusable("read", top, path, error) from error
    text = "".join(f"{shown}\n" for _, shown in sorted(lines))
    return text + f"... and more than these {limit}\n" if more else text


def _shown(item: os.DirEntry[bytes], path: bytes) -> str:
    name = display(path).replace("\n", "\\n")
    mode = item.stat(follow_symlinks=False).st_mode
    if stat.S_ISDIR(mode):
        return name + "/"
    if stat.S_ISLNK(mode):
        return f"{name} -> {display(os.readlink(item.path))}"  # noqa: PTH115 - the path is bytes
    return name
