"""Codex, through ``codex exec``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends import codex_local, codex_login, codex_program
from pytest_harness.backends.addresses import loopback_ports
from pytest_harness.backends.agent import Launch, Verdict, drive
from pytest_harness.backends.base import Missing, Probe, ProposalRequest
from pytest_harness.backends.codex_command import arguments
from pytest_harness.backends.codex_events import parse
from pytest_harness.backends.codex_faults import is_fence, of_message, of_start
from pytest_harness.backends.codex_options import CodexOptions, LocalProvider, Sandbox
from pytest_harness.backends.events import Event
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import BackendError
from pytest_harness.records import ProposalRecord
from pytest_harness.redaction import is_secret_name, secret_values
from pytest_harness.runtime.environment import base_environment
from pytest_harness.runtime.process import ProcessResult, Runner
from pytest_harness.runtime.profile import Profile, fresh_profile, host_environment
from pytest_harness.runtime.warden_link import MARK
from pytest_harness.vocabulary import Fault, Lack, RuntimeMode
from pytest_harness.workspace.copying import lay_over

__all__ = ["CodexBackend", "CodexOptions", "LocalProvider", "Sandbox"]

LITTER = (".codex", ".aws", ".agents", ".git")
"""Directories that Codex's sandbox may leave in a workspace, empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexBackend:
    """Lets ``codex exec`` edit the workspace.

    Inside a runtime with a fence, Codex's own sandbox is switched off unless `CodexOptions.sandbox`
    says otherwise. It asks OpenAI with a key or the user's login, a local model
    (`CodexOptions.oss`), or any endpoint of the Responses protocol (`CodexOptions.base_url`).
    """

    id: str = "codex"
    """Backend id."""
    model: str | None = None
    """The model; ``None`` leaves it to Codex."""
    runtime: str = RuntimeMode.PROFILE
    """Where it runs."""
    timeout: float = 600.0
    """Seconds for one proposal."""
    max_concurrency: int | None = None
    """How many may run at once on this machine."""
    env: tuple[str, ...] = ()
    """Names of further variables that are let through."""
    command: tuple[str, ...] = ()
    """Program and first arguments; empty looks for ``codex``."""
    elsewhere: str | None = None
    """Where its program is, if that is not this machine."""
    options: CodexOptions = CodexOptions()  # noqa: RUF009 - frozen
    """Everything else."""

    @property
    def provider(self) -> str:
        """The adapter's name."""
        return "codex-cli"

    @property
    def title(self) -> str:
        """The program's name in sentences."""
        return "Codex"

    def settings(self) -> Mapping[str, str]:
        """All settings that a result depends on, as text; names of variables, never values."""
        return {
            "provider": self.provider,
            "model": self.model or "",
            "runtime": self.runtime,
            **{f"command.{at}": each for at, each in enumerate(self.command)},
            **{f"env.{at}": each for at, each in enumerate(sorted(self.env))},
            **self.options.settings(),
        }

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:
        """Say whether a proposal could be started here. Asks no model anything."""
        argv = self._program(environment)
        if argv is None:
            return self._probe(self._no_program())
        version = self._version(argv, environment, runner)
        if version is None:
            where = f" in {self.elsewhere}" if self.elsewhere else ""
            remedy = f"install it again{where}: {_install(())}"
            silent = Missing(f"{argv[0]} does not tell its version{where}", remedy)
            return self._probe(silent, program=argv[0])
        names, missing = self._access(environment)
        notes: tuple[str, ...] = ()
        if self.options.oss:
            base = codex_local.address(self.options, environment)
            missing = codex_local.missing(base, self.options.local_provider, self.model)
            if missing is None:
                wanted = self.model or codex_local.DEFAULT_MODEL[self.options.local_provider]
                notes = (f"the local model {wanted} is there",)
        return self._probe(
            missing, program=argv[0], version=version, credentials=names, notes=notes
        )

    def _probe(
        self,
        missing: Missing | None,
        *,
        program: str | None = None,
        version: str | None = None,
        credentials: tuple[str, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> Probe:
        """Make a probe: ready where nothing is ``missing``."""
        return Probe(
            backend=self.id,
            provider=self.provider,
            ready=missing is None,
            program=program,
            version=version,
            credentials=credentials,
            missing=missing.what if missing else "",
            remedy=missing.remedy if missing else "",
            lacks=None if missing is None else self._lack(version),
            notes=notes,
        )

    def _lack(self, version: str | None) -> Lack:
        if version is None:
            return Lack.PROGRAM
        return Lack.MODEL if self.options.oss else Lack.KEY

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Let Codex edit the workspace and tell what happened."""
        return drive(self, self, request)

    def parse(self, line: bytes, seen: float) -> Event:
        """Read one line of standard output."""
        return parse(line, seen)

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason."""
        return of_message(message)

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where Codex ended without asking its model."""
        return of_start(result)

    def result(self, transcript: Transcript) -> Verdict:
        """Judge a finished turn: without its sandbox Codex can do nothing, and calls that done."""
        outputs = transcript.failed_outputs
        nothing_worked = transcript.calls_failed == transcript.calls_ended
        if nothing_worked and any(map(is_fence, outputs)):
            reason = (
                "Codex could not set up its own sandbox here, so none of its tools worked; "
                f'allow user namespaces, or set sandbox = "{Sandbox.DANGER_FULL_ACCESS}" '
                "where the machine may be changed"
            )
            return Verdict(completed=True, fault=Fault.UNSUPPORTED, reason=reason)
        return Verdict(completed=True)

    @contextlib.contextmanager
    def prepare(self, request: ProposalRequest) -> Iterator[Launch]:
        """Make home and command line, and clean up afterwards; raises `BackendError`."""
        source = request.environment
        argv = self._program(source)
        if argv is None:
            raise BackendError(Fault.UNAVAILABLE, "; ".join(self._no_program()))
        _, missing = self._access(source)
        if missing is not None:
            raise BackendError(Fault.UNAVAILABLE, "; ".join(missing))
        isolated = not request.runtime.own_home
        with contextlib.ExitStack() as stack:
            stack.enter_context(_without_litter(request.workspace))
            tokens: tuple[str, ...] = ()
            configured = False
            if isolated:
                homes = request.runtime.homes
                profile = stack.enter_context(fresh_profile(request.scratch, homes))
                configured = _take_settings(profile)
                names = (*self.env, *self._own_key)
                extra = {"CODEX_HOME": str(profile.config), **self._extra(source)}
                env = profile.environment(source, names, extra)
                login = self._login(source)
                if login is not None:
                    lent = stack.enter_context(codex_login.lend_login(login, profile.config))
                    tokens = lent.secrets
            else:
                env = host_environment(source, self._extra(source))
            credentials = {*codex_login.KEYS, *self._own_key}
            visible = [n for n in (*env, MARK) if n not in credentials and not is_secret_name(n)]
            yield Launch(
                argv=argv
                + arguments(
                    self.options,
                    model=self.model,
                    workspace=request.workspace,
                    isolated=isolated,
                    fenced=request.runtime.fenced,
                    configured=configured,
                    visible=visible,
                ),
                env=env,
                stdin=request.prompt.encode("utf-8", "surrogateescape"),
                version=codex_program.version(
                    argv, env, request.workspace, request.runner, elsewhere=self.elsewhere
                ),
                secrets=(*secret_values(env), *self._values(env), *tokens),
                ports=loopback_ports([self._address(source)], env),
            )

    @property
    def _own_key(self) -> tuple[str, ...]:
        """The variable with the key for an endpoint that is not OpenAI's, if one is named."""
        return () if self.options.env_key is None else (self.options.env_key,)

    def _no_program(self) -> Missing:
        return Missing("the program codex was not found", _install(self.command))

    def _program(self, environment: Mapping[str, str]) -> tuple[str, ...] | None:
        """Return the command line that starts it; ``None`` if it is not on this machine."""
        if self.elsewhere is not None:
            return self.command or ("codex",)
        return codex_program.find(self.command, environment.get("PATH", ""))

    def _version(
        self, argv: tuple[str, ...], environment: Mapping[str, str], runner: Runner
    ) -> str | None:
        """Ask for the version, before there is a workspace."""
        if self.elsewhere is None:
            return codex_program.version(argv, host_environment(environment), Path.cwd(), runner)
        env = base_environment(environment, Path("/tmp"), Path("/tmp"))  # noqa: S108
        return codex_program.version(argv, env, Path("/"), runner, elsewhere=self.elsewhere)

    def _access(self, environment: Mapping[str, str]) -> tuple[tuple[str, ...], Missing | None]:
        """Return the names of the credentials, and what is missing, if anything is."""
        options = self.options
        if options.oss or (options.base_url is not None and options.env_key is None):
            return (), None
        if options.env_key is not None:
            if environment.get(options.env_key):
                return (options.env_key,), None
            what = f"the variable {options.env_key} with the key for {options.base_url} is not set"
            return (), Missing(what, f"set it: export {options.env_key}=...")
        key = codex_login.find_key(environment)
        if key is not None:
            return (key,), None
        if codex_login.find_login(environment) is not None:
            return (codex_login.LOGIN,), None
        return (), Missing(
            "there is neither a key for OpenAI nor a login",
            "set CODEX_API_KEY or OPENAI_API_KEY, or run: codex login",
        )

    def _address(self, environment: Mapping[str, str]) -> str | None:
        """Return the address of the model's server, if it is not OpenAI's."""
        if self.options.oss:
            return codex_local.address(self.options, environment)
        return self.options.base_url

    def _login(self, environment: Mapping[str, str]) -> Path | None:
        """Return the login's file, if that is what is used."""
        if self.options.oss or self.options.base_url or codex_login.find_key(environment):
            return None
        return codex_login.find_login(environment)

    def _extra(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the variables that Codex needs."""
        if self.options.oss:
            return {"CODEX_OSS_BASE_URL": codex_local.address(self.options, environment)}
        key = codex_login.find_key(environment)
        if self.options.base_url is not None or key is None:
            return {}
        # Codex reads only this one without a login.
        return {codex_login.KEYS[0]: environment[key]}

    def _values(self, environment: Mapping[str, str]) -> tuple[str, ...]:
        """Return the values of the credentials in ``environment``."""
        names = (*codex_login.KEYS, *self._own_key)
        return tuple(environment[name] for name in names if name in environment)


def _take_settings(profile: Profile) -> bool:
    """Take over Codex's settings from a home that was seeded or kept, but no login.

    Says whether there were any.
    """
    own = profile.home / ".codex"
    if not own.is_dir() or own.is_symlink():
        return False
    lay_over(own, profile.config)
    (profile.config / "auth.json").unlink(missing_ok=True)
    return True


@contextlib.contextmanager
def _without_litter(workspace: Path) -> Iterator[None]:
    """Remove the empty directories that Codex's sandbox leaves, unless they were there before."""
    new = [path for name in LITTER if not (path := workspace / name).exists()]
    try:
        yield
    finally:
        for path in new:
            if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()


def _install(command: tuple[str, ...]) -> str:
    """Return the remedy for a missing program."""
    if command:
        return f"install it as {command[0]}, or change the backend's command"
    return codex_program.INSTALL
