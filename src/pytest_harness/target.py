"""What is under test: a workspace, an objective, checks and a write scope.

A `Target` is what a user writes; `Target.resolve` turns it into a `ResolvedTarget` with absolute
paths, or says in one sentence what is wrong with it. Nothing here knows of pytest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_harness.allowance.caps import NO_CAPS, Caps
from pytest_harness.checks.base import Check
from pytest_harness.errors import TargetError
from pytest_harness.inputs import Message
from pytest_harness.inputs import resolved as resolved_inputs
from pytest_harness.vocabulary import Kind, Tool

if TYPE_CHECKING:
    from pytest_harness.testing.steps import Step

DEFAULT_IGNORE = (
    "__pycache__/",
    "*.py[co]",
    ".venv/",
    "venv/",
    "node_modules/",
    "*.egg-info/",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".DS_Store",
)
"""Patterns, as in ``.gitignore``, of what tools make: never followed, never part of a diff."""

PathLike = str | Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What proves that a target can be solved. Give any of these; they add up."""

    files: PathLike | None = None
    """A directory that is laid over the workspace."""
    patch: PathLike | None = None
    """A patch in git's format, applied to the workspace."""
    apply: Callable[[Path], object] | None = None
    """A callable that edits the workspace whose path it is given."""
    answer: str | None = None
    """The final text."""
    tool_calls: tuple[str, ...] = ()
    """Names of the tools called, in order."""
    steps: Sequence[Step] = ()
    """What a model does that solves it, as in `pytest_harness.testing`; the model ``mock:mock``
    plays it. Without any, that writes ``files`` and says ``answer``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A workspace, what to do with it, and what decides success.

    Relative paths are relative to the file that declares the target.
    """

    workspace: PathLike
    """The directory an agent gets a copy of."""
    objective: str
    """The prompt: what the agent is asked to do."""
    checks: Sequence[Check]
    """What decides success."""
    kind: Kind | str = Kind.OPTIMIZE
    """`optimize` improves the workspace over several proposals, `task` does one job once."""
    writable: Sequence[str] = ("**",)
    """What may be changed: paths and patterns; a directory's name means all below it."""
    solution: PathLike | Callable[[Path], object] | Solution | None = None
    """A directory or patch file, a callable, or a `Solution`."""
    hidden: PathLike | Sequence[PathLike] = ()
    """Directories laid over the workspace for evaluations only."""
    overlays: PathLike | Mapping[str, PathLike] = "overlays"
    """Where checks find an ``overlay`` by name: a directory of directories, or a mapping."""
    validation: Sequence[Check] = ()
    """Cheap checks that must all pass before the others run."""
    ignore: Sequence[str] = DEFAULT_IGNORE
    """Patterns of what tools make; see `DEFAULT_IGNORE`."""
    protected: Sequence[str] = ()
    """Files whose originals every evaluation uses: tests, graders; written as ``writable`` is."""
    keep_ignored: bool = False
    """Whether evaluations see what a proposal made at ignored paths, which no patch holds."""
    background: bool = False
    """Whether processes that an agent leaves running are no offence; they are ended anyway."""
    evidence: Sequence[PathLike] = ()
    """Files that the proposer is shown."""
    inputs: Sequence[Message] = ()
    """Messages that precede the objective; their parts are text or files."""
    tools: Sequence[Tool | str] = tuple(Tool)
    """The tools that a plain model is offered; agents' programs have their own."""
    commands: Sequence[str] | None = None
    """Programs that a plain model may run; ``None`` leaves it to its backend."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Further variables for checks."""
    cell_caps: Caps = NO_CAPS
    """What a cell may spend before its last proposal starts."""
    proposal_caps: Caps = NO_CAPS
    """What a proposal may spend: its duration is a limit, the rest ends its cell when exceeded."""

    def resolve(self, name: str, base: Path) -> ResolvedTarget:
        """Check the declaration and make its paths absolute below ``base``.

        Raises `TargetError` naming the target and the remedy.
        """
        return _Resolver(self, name, base).resolve()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedTarget:
    """A target that was found to be usable."""

    name: str
    """The fixture's name."""
    workspace: Path
    """Absolute; a directory."""
    layers: tuple[Path, ...] = ()
    """Directories laid over the workspace for good: the variant's files."""
    objective: str
    """Not empty."""
    checks: tuple[Check, ...]
    """At least one, names unique."""
    kind: Kind
    """What the target asks for."""
    writable: tuple[str, ...]
    """Patterns below the workspace."""
    solution: Solution | None
    """With absolute paths that exist."""
    hidden: tuple[Path, ...]
    """Absolute directories."""
    overlays: Mapping[str, Path]
    """By name, every one that a check asks for."""
    validation: tuple[Check, ...]
    """Cheap checks."""
    ignore: tuple[str, ...]
    """Patterns as in ``.gitignore``."""
    protected: tuple[str, ...] = ()
    """Patterns of files whose originals every evaluation uses."""
    keep_ignored: bool = False
    """Whether evaluations see what a proposal made at ignored paths."""
    background: bool = False
    """Whether processes that an agent leaves running are no offence."""
    evidence: tuple[Path, ...]
    """Absolute files."""
    inputs: tuple[Message, ...] = ()
    """With absolute paths, which need not exist yet."""
    tools: tuple[Tool, ...] = tuple(Tool)
    """The tools that a plain model is offered."""
    commands: tuple[str, ...] | None = None
    """Programs that a plain model may run; ``None`` leaves it to its backend."""
    env: Mapping[str, str]
    """Further variables for checks."""
    cell_caps: Caps = NO_CAPS
    """What a cell may spend before its last proposal starts."""
    proposal_caps: Caps = NO_CAPS
    """What a proposal may spend."""


class _Resolver:
    """Turns one target into a resolved one, or says what is wrong with it."""

    def __init__(self, target: Target, name: str, base: Path) -> None:
        self.target = target
        self.name = name
        self.base = base

    def resolve(self) -> ResolvedTarget:
        target = self.target
        if not isinstance(target.objective, str) or not target.objective.strip():
            raise self.wrong("has no objective; say in one or two sentences what the agent must do")
        workspace = self.directory("workspace", target.workspace)
        checks = self.checks("checks", target.checks)
        if not checks:
            raise self.wrong("has no checks; add at least one, for example Command(...)")
        validation = self.checks("validation", target.validation)
        return ResolvedTarget(
            name=self.name,
            workspace=workspace,
            objective=target.objective,
            checks=checks,
            kind=self.kind(),
            writable=self.scope("write scope", target.writable),
            solution=self.solution(),
            hidden=self.hidden(),
            overlays=self.overlays((*checks, *validation)),
            validation=validation,
            ignore=tuple(target.ignore),
            protected=self.scope("protected pattern", target.protected),
            keep_ignored=target.keep_ignored,
            background=target.background,
            evidence=tuple(self.file("evidence", path) for path in target.evidence),
            inputs=self.inputs(),
            tools=self.tools(),
            commands=None if target.commands is None else _sequence(target.commands),
            env=dict(target.env),
            cell_caps=self.caps("cell_caps", target.cell_caps),
            proposal_caps=self.caps("proposal_caps", target.proposal_caps),
        )

    def inputs(self) -> tuple[Message, ...]:
        try:
            return resolved_inputs(self.target.inputs, self.base)
        except (TypeError, ValueError) as error:
            raise self.wrong(f"has wrong inputs: {error}") from None

    def tools(self) -> tuple[Tool, ...]:
        try:
            return tuple(Tool(each) for each in _sequence(self.target.tools))
        except ValueError as error:
            raise self.wrong(
                f"offers a tool that does not exist: {error}; known are {', '.join(Tool)}"
            ) from None

    def caps(self, what: str, given: Caps) -> Caps:
        if not isinstance(given, Caps):
            raise self.wrong(f"has {what} {given!r}; write {what}=Caps(cost=..., tokens=...)")
        if problem := given.problem():
            raise self.wrong(f"has {what} with {problem}")
        return given

    def wrong(self, sentence: str) -> TargetError:
        return TargetError(f"target {self.name!r} {sentence}")

    def path(self, path: PathLike) -> Path:
        return (self.base / path).absolute()

    def directory(self, what: str, path: PathLike) -> Path:
        found = self.path(path)
        if not found.is_dir():
            raise self.wrong(f"names a {what} that is no directory: {found}; create it")
        return found

    def file(self, what: str, path: PathLike) -> Path:
        found = self.path(path)
        if not found.is_file():
            raise self.wrong(f"names a file as {what} that does not exist: {found}; create it")
        return found

    def kind(self) -> Kind:
        try:
            return Kind(self.target.kind)
        except ValueError:
            raise self.wrong(
                f"has kind {self.target.kind!r}; use {' or '.join(repr(str(k)) for k in Kind)}"
            ) from None

    def scope(self, what: str, given: Sequence[str]) -> tuple[str, ...]:
        patterns = _sequence(given)
        for pattern in patterns:
            path = PurePosixPath(pattern)
            if not pattern or path.is_absolute() or ".." in path.parts:
                raise self.wrong(
                    f"has a {what} that leaves the workspace: {pattern!r}; "
                    "use paths below the workspace"
                )
        return patterns

    def checks(self, what: str, checks: Sequence[Check]) -> tuple[Check, ...]:
        seen: set[str] = set()
        for check in checks:
            if not isinstance(check, Check):
                raise self.wrong(f"has something in {what} that is no check: {check!r}")
            if not check.name or check.name in seen:
                raise self.wrong(f"has two {what} named {check.name!r}; give each its own name")
            if not (check.weight > 0 and math.isfinite(check.weight)):
                raise self.wrong(
                    f"gives check {check.name!r} the weight {check.weight!r}; "
                    "a weight is a positive number"
                )
            if not (check.timeout > 0 and math.isfinite(check.timeout)):
                raise self.wrong(
                    f"gives check {check.name!r} the timeout {check.timeout!r}; "
                    "a timeout is a positive number of seconds"
                )
            for need in check.needs:
                if need not in seen:
                    raise self.wrong(
                        f"has check {check.name!r} need {need!r}, which is no earlier check"
                    )
            if problem := check.problem():
                raise self.wrong(f"has a wrong check {check.name!r}: {problem}")
            seen.add(check.name)
        return tuple(checks)

    def solution(self) -> Solution | None:
        given = self.target.solution
        if given is None:
            return None
        if isinstance(given, Solution):
            solution = given
        elif callable(given):
            solution = Solution(apply=given)
        elif self.path(given).is_dir():
            solution = Solution(files=given)
        elif self.path(given).is_file():
            solution = Solution(patch=given)
        else:
            raise self.wrong(f"names a solution that does not exist: {self.path(given)}; create it")
        return Solution(
            files=None if solution.files is None else self.directory("solution", solution.files),
            patch=None if solution.patch is None else self.file("solution", solution.patch),
            apply=solution.apply,
            answer=solution.answer,
            tool_calls=tuple(solution.tool_calls),
            steps=tuple(solution.steps),
        )

    def hidden(self) -> tuple[Path, ...]:
        given = self.target.hidden
        paths = (given,) if isinstance(given, str | Path) else given
        return tuple(self.directory("hidden directory", path) for path in paths)

    def overlays(self, checks: tuple[Check, ...]) -> dict[str, Path]:
        given = self.target.overlays
        found: dict[str, Path] = {}
        for check in checks:
            if check.overlay is None:
                continue
            if isinstance(given, Mapping):
                if check.overlay not in given:
                    raise self.wrong(
                        f"has check {check.name!r} ask for overlay {check.overlay!r}, "
                        f"which is not among its overlays: {', '.join(sorted(given)) or 'none'}"
                    )
                path: PathLike = given[check.overlay]
            else:
                path = Path(given) / check.overlay
            found[check.overlay] = self.directory(f"overlay for check {check.name!r}", path)
        return found


def _sequence(values: Sequence[str] | str) -> tuple[str, ...]:
    """One string is a sequence of itself, not of its letters."""
    return (values,) if isinstance(values, str) else tuple(values)
