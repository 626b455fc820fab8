"""What the ways to Codex have in common: checks, credentials, home, verdicts."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends import credentials, logins
from pytest_harness.backends.adapter import SCRIPTED_KEY, Access, Room, Setup, Verdict
from pytest_harness.backends.base import Missing
from pytest_harness.backends.codex import local, login
from pytest_harness.backends.codex.faults import is_fence, of_message, of_start
from pytest_harness.backends.codex.settings import Situation
from pytest_harness.backends.options import AgentOptions, ApiFormat, Sandbox, choice
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import ConfigurationError
from pytest_harness.redaction import is_secret_name
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.runtime.profile import Profile
from pytest_harness.runtime.warden_link import MARK
from pytest_harness.vocabulary import Fault, Lack
from pytest_harness.workspace.copying import lay_over

LITTER = (".codex", ".aws", ".agents", ".git")
"""Directories that Codex's sandbox may leave in a workspace, empty."""
VERBOSITIES = ("low", "medium", "high")
"""What Codex knows for ``verbosity``."""
LOCAL = "CODEX_OSS_BASE_URL"
"""Variable with the address of a local model's server."""
SCRIPTED_MODEL = "gpt-5.5"
"""A model with which Codex offers its usual tools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is ready when Codex is about to be started."""

    situation: Situation
    """Where it works."""
    env: Mapping[str, str]
    """Its whole environment."""
    secrets: tuple[str, ...]
    """Tokens of a lent login."""
    addresses: tuple[str, ...]
    """The server of a local model."""


class CodexAdapter:
    """The part of an adapter that is the same for all ways to Codex."""

    __slots__ = ()

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for settings that contradict each other."""
        options = setup.options
        choice("verbosity", options.verbosity, VERBOSITIES)
        if options.api_format not in {None, ApiFormat.RESPONSES}:
            raise ConfigurationError(
                f"api_format is {options.api_format.value!r}, which Codex does not speak any more;"
                " give 'responses', or put a gateway that speaks it before the endpoint"
                if options.api_format is ApiFormat.CHAT
                else f"api_format is {options.api_format.value!r}; Codex speaks 'responses' only"
            )
        if options.oss and (options.env_key or options.env_token):
            raise ConfigurationError(
                "a local model takes no key; leave env_key and env_token out, or oss"
            )
        if options.env_token is not None and options.base_url is None:
            raise ConfigurationError(
                "env_token belongs to base_url; give base_url as well, or env_key with a key for"
                " OpenAI"
            )
        if options.bypass_permissions and options.sandbox is not None:
            raise ConfigurationError(
                "bypass_permissions switches Codex's sandbox off; give it or sandbox, not both"
            )
        self.check_approval(options)

    def check_approval(self, options: AgentOptions) -> None:
        """Raise `ConfigurationError` for an approval policy that cannot be honoured."""
        choice("approval_policy", options.approval_policy, ("never",))

    def access(self, setup: Setup, environment: Mapping[str, str]) -> Access:
        """Say with what Codex would reach its model. Asks a local server for its models."""
        options = setup.options
        if options.oss:
            return _local(setup, environment)
        chosen = credentials.named(setup, environment)
        if chosen is not None:
            return chosen
        key = credentials.first_set(login.KEYS, environment)
        if key is not None:
            return Access(names=(key,))
        file = login.find_login(environment)
        if file is not None:
            return Access(login=file)
        missing = Missing(
            "there is neither a key for OpenAI nor a login",
            "set CODEX_API_KEY or OPENAI_API_KEY, or run: codex login",
        )
        return Access(missing=missing)

    def scripted(self, setup: Setup, root: str) -> Setup:
        """Return a setup that asks the scripted model at ``root``."""
        options = dataclasses.replace(
            setup.options,
            base_url=f"{root}/v1",
            env_key=SCRIPTED_KEY,
            env_token=None,
            api_format=None,
            oss=False,
        )
        return dataclasses.replace(setup, model=SCRIPTED_MODEL, options=options)

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason."""
        return of_message(message)

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where Codex ended without asking its model."""
        return of_start(result)

    def judge(self, transcript: Transcript) -> Verdict:
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
def prepared(room: Room) -> Iterator[Prepared]:
    """Make Codex's home and environment, lend it the login, and clean up afterwards."""
    options, profile = room.options, room.profile
    with contextlib.ExitStack() as stack:
        at_work = {room.workspace, room.directory}
        for directory in (*at_work, *map(Path, options.extra_dirs)):
            stack.enter_context(_without_litter(directory))
        env = {**room.env, **_variables(room)}
        tokens: tuple[str, ...] = ()
        configured = False
        if profile is not None:
            configured = _take_settings(profile)
            env["CODEX_HOME"] = str(profile.config)
            if room.access.login is not None:
                lent = profile.config / login.FILE
                tokens = stack.enter_context(
                    logins.lend(room.access.login, lent, "codex", login.same_account)
                )
        yield Prepared(
            situation=Situation(
                workspace=room.workspace,
                isolated=profile is not None,
                fenced=room.request.runtime.fenced,
                configured=configured,
                visible=_visible(options, env),
                instructions=stack.enter_context(_instructions(room)),
            ),
            env=env,
            secrets=tokens,
            addresses=(env[LOCAL],) if LOCAL in env else (),
        )


def asks_openai(room: Room) -> bool:
    """Tell whether OpenAI itself is asked with a key: in the variable that Codex reads."""
    options = room.options
    return not options.oss and options.base_url is None and bool(room.access.names)


def home_of(room: Room) -> Path:
    """Return Codex's home."""
    if room.profile is not None:
        return room.profile.config
    return login.home(room.env) or Path("/nonexistent")


def _local(setup: Setup, environment: Mapping[str, str]) -> Access:
    """Say whether the local model is there."""
    provider = setup.options.local_provider
    base = local.address(setup.options, environment)
    missing = local.missing(base, provider, setup.model)
    if missing is not None:
        return Access(missing=missing, lacks=Lack.MODEL)
    wanted = setup.model or local.DEFAULT_MODEL[provider]
    return Access(notes=(f"the local model {wanted} is there",))


def _variables(room: Room) -> dict[str, str]:
    """Return the variables that Codex needs."""
    options, source = room.options, room.request.environment
    if options.oss:
        return {LOCAL: local.address(options, source)}
    if not asks_openai(room):
        return {}
    # Codex reads only this one without a login.
    return {login.KEYS[0]: room.key} if room.key else {}


def _visible(options: AgentOptions, env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that the agent's commands get."""
    credentials = {*login.KEYS, options.env_key, options.env_token}
    return tuple(n for n in (*env, MARK) if n not in credentials and not is_secret_name(n))


@contextlib.contextmanager
def _instructions(room: Room) -> Iterator[Path | None]:
    """Write what stands in place of Codex's own instructions to a file beside its homes."""
    if room.options.system_prompt is None:
        yield None
        return
    room.request.scratch.mkdir(parents=True, exist_ok=True)
    file = room.request.scratch / "instructions.md"
    file.write_text(room.options.system_prompt, encoding="utf-8")
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _take_settings(profile: Profile) -> bool:
    """Take over Codex's settings from a home that was seeded or kept, but no login.

    Says whether there were any.
    """
    own = profile.home / ".codex"
    if not own.is_dir() or own.is_symlink():
        return False
    lay_over(own, profile.config)
    (profile.config / login.FILE).unlink(missing_ok=True)
    return True


@contextlib.contextmanager
def _without_litter(directory: Path) -> Iterator[None]:
    """Remove the empty directories that Codex's sandbox leaves, unless they were there before."""
    new = [path for name in LITTER if not (path := directory / name).exists()]
    try:
        yield
    finally:
        for path in new:
            if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()
