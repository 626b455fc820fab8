"""Which engine is there, and how it is able to start containers here: found out by trying."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_harness.runtime.container.command import fence, own_variables
from pytest_harness.runtime.container.options import ContainerOptions
from pytest_harness.runtime.container.owner import LABEL, is_orphan, neighbourhood, new_name
from pytest_harness.runtime.process import ProcessResult, ProcessSpec, Runner
from pytest_harness.runtime.refusal import Refusal
from pytest_harness.vocabulary import ContainerEngine, Ended

SHORT = 60.0
"""Seconds for what an engine does beside running a container."""

_LOW = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024")
_RUNC = ("--runtime=runc", "--cgroup-manager=cgroupfs")

_STARTED_BUT_NO_TRUE = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine and the way in which it works here."""

    kind: ContainerEngine
    """Which one."""
    program: str
    """Its client."""
    environment: Mapping[str, str]
    """What the client is given."""
    before: tuple[str, ...] = ()
    """Arguments before the sub-command."""
    flags: tuple[str, ...] = ()
    """Arguments of ``run`` that are needed here."""
    init: bool = True
    """Whether a small program inside collects orphans and hands signals on."""
    how: str = ""
    """Engine and version."""
    notes: tuple[str, ...] = ()
    """What is worth knowing."""

    def spec(
        self, *arguments: str, timeout: float = SHORT, env: Mapping[str, str] | None = None
    ) -> ProcessSpec:
        """Describe a call of the client, with further variables."""
        return ProcessSpec(
            argv=(self.program, *self.before, "--log-level=fatal", *arguments),
            cwd=Path(tempfile.gettempdir()),
            env={**self.environment, **(env or {})},
            timeout=timeout,
        )

    @property
    def run(self) -> tuple[str, ...]:
        """How ``run`` is called here."""
        return ("run", *self.flags, *(("--init",) if self.init else ()))

    def remove(self, name: str, runner: Runner) -> str:
        """End and remove a container; return what is wrong, or nothing if it is gone."""
        result = runner.run(self.spec("rm", "--force", "--volumes", name))
        said = last_line(result)
        if result.exit == 0 or "no such container" in said.lower():
            return ""
        return said or "it did not answer"


_known: dict[object, Engine | Refusal] = {}


def choose(
    options: ContainerOptions, environment: Mapping[str, str], runner: Runner
) -> Engine | Refusal:
    """Find an engine that starts containers of the image, and remember it for this process."""
    variables = own_variables(environment)
    key = (options, tuple(sorted(variables.items())))
    if key not in _known:
        _known[key] = _find(options, variables, runner)
    return _known[key]


def last_line(result: ProcessResult) -> str:
    """Return the last thing an engine said, as one line of bounded length."""
    if result.ended is Ended.NOT_STARTED:
        return result.reason
    lines = [line for line in result.stderr.text().splitlines() if line.strip()]
    if result.ended is not Ended.EXIT:
        return f"it did not answer within {SHORT:g} s"
    return lines[-1].removeprefix("Error: ").strip()[:300] if lines else ""


def _find(
    options: ContainerOptions, variables: Mapping[str, str], runner: Runner
) -> Engine | Refusal:
    kinds = tuple(ContainerEngine) if options.engine is None else (options.engine,)
    refusals = []
    for kind in kinds:
        program = shutil.which(kind, path=variables.get("PATH"))
        if program is None:
            continue
        engine = Engine(kind=kind, program=program, environment=variables)
        found = _try(engine, options, runner)
        if isinstance(found, Engine):
            return found
        refusals.append(found)
    if refusals:
        return refusals[0]
    wanted = " nor ".join(kinds)
    return Refusal(
        f"{'neither ' if len(kinds) > 1 else ''}{wanted} is {'' if len(kinds) > 1 else 'not '}"
        "on PATH",
        "install podman, for example with: apt install podman",
    )


def _try(engine: Engine, options: ContainerOptions, runner: Runner) -> Engine | Refusal:
    version = runner.run(engine.spec("--version")).stdout.text().split()
    title = f"{engine.kind} {version[2].rstrip(',') if len(version) > 2 else ''}".strip()
    if refusal := _no_image(engine, title, options.image, runner):
        return refusal
    _remove_orphans(engine, runner)
    tried: list[str] = []
    for way, title_of_way in _ways(engine):
        for each in (way, replace(way, init=False)):
            said = _start(each, options, runner)
            if not said:
                notes = () if each.init else (f"{title} has no program for --init",)
                return replace(each, how=f"{title}{title_of_way}", notes=notes)
            if "init" not in said:
                break
        tried.append(f"{title_of_way.removeprefix(', ') or 'as it is'} ({said})")
    return Refusal(
        f"{title} starts no container of {options.image}; tried {'; '.join(tried)}",
        f"make this work: {engine.kind} run --rm --pull=never {options.image} true",
    )


def _ways(engine: Engine) -> tuple[tuple[Engine, str], ...]:
    """Return the known ways of starting containers, the plain one first."""
    low = replace(engine, flags=_LOW)
    plain = ((engine, ""), (low, ", with lower limits on files and processes"))
    if engine.kind is not ContainerEngine.PODMAN:
        return plain
    return (
        *plain,
        (replace(engine, before=_RUNC), ", with runc and cgroupfs"),
        (
            replace(low, before=_RUNC),
            ", with runc and cgroupfs and lower limits on files and processes",
        ),
    )


def _no_image(engine: Engine, title: str, image: str, runner: Runner) -> Refusal | None:
    """Say why the image cannot be used, if it cannot."""
    result = runner.run(engine.spec("image", "inspect", "--format={{.Id}}", image))
    if result.ended is Ended.EXIT and result.exit == 0:
        return None
    said = last_line(result)
    if any(word in said.lower() for word in ("not known", "no such image", "no such object")):
        return Refusal(
            f"{title} has no image {image}, and none is fetched by itself",
            f"run: {engine.kind} pull {image}, or build it",
        )
    return Refusal(
        f"{title} does not answer ({said})",
        f"start it, so that this works: {engine.kind} image inspect {image}",
    )


def _start(engine: Engine, options: ContainerOptions, runner: Runner) -> str:
    """Start a container; return what is wrong, or nothing if that works."""
    name = new_name()
    fenced = fence(options, engine.kind)
    try:
        result = runner.run(
            engine.spec(*engine.run, f"--name={name}", *fenced, options.image, "true")
        )
    finally:
        engine.remove(name, runner)
    said = last_line(result)
    if result.ended is Ended.EXIT and result.exit in (0, _STARTED_BUT_NO_TRUE):
        return ""
    if lacks_program(result):
        return ""
    return said or f"it exited with {result.exit}"


def lacks_program(result: ProcessResult) -> str:
    """Return what the program for ``--init`` says of one that it could not start; or nothing."""
    text = result.stderr.text()
    if result.stdout.total or result.stderr.total > 500 or text.count("\n") > 1:
        return ""
    if result.exit == 1 and "catatonit" in text and "failed to exec pid1: " in text:
        return text.partition("failed to exec pid1: ")[2].strip()
    if result.exit in (126, 127) and text.startswith("[FATAL tini"):
        return text.rpartition(": ")[2].strip()
    return ""


def _remove_orphans(engine: Engine, runner: Runner) -> None:
    """Remove the containers of sessions that were killed."""
    result = runner.run(
        engine.spec(
            "ps", "--all", f"--filter=label={LABEL}={neighbourhood()}", "--format={{.Names}}"
        )
    )
    for name in result.stdout.text().split():
        if is_orphan(name):
            engine.remove(name, runner)
