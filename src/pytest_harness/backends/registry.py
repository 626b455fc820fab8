"""Which backends there are, and how one is made from its name.

Providers are imported when a backend is made, never to list or check names.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.allowance.prices import Price, unknown_cost
from pytest_harness.backends.base import Backend
from pytest_harness.backends.providers import AGENTS, AgentProvider, make_agent
from pytest_harness.backends.recordings import around
from pytest_harness.backends.script_files import is_recording, is_script, located, no_program
from pytest_harness.config import BackendConfig, HarnessConfig, is_third_party
from pytest_harness.config_models import ModelTables
from pytest_harness.errors import ConfigurationError
from pytest_harness.hints import did_you_mean
from pytest_harness.model.options import KEYS as MODEL_KEYS
from pytest_harness.runtime.registry import RUNTIMES, check_name, make_runtime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import RuntimeMode, ToolFormat

if TYPE_CHECKING:
    from pytest_harness.backends.cassette import Library
    from pytest_harness.runtime.base import Runtime, RuntimeFactory

BackendFactory = Callable[[str | None], Backend]
"""Makes a backend for a model, or for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line, the environment or a target says about a backend."""

    runtime: str | None = None
    """Name of the runtime, as it was chosen."""
    elsewhere: str | None = None
    """Where programs are if the runtime does not use those of this machine."""
    oss: bool | None = None
    """Whether models on this machine are asked."""
    local_provider: str | None = None
    """Name of the server of those."""
    record: Library | None = None
    """Where proposals are recorded."""
    replay: Library | None = None
    """Where recorded proposals are taken from, in place of the backend's own."""
    record_traffic: Path | None = None
    """Where it is recorded what programs and their models say to each other."""
    format: ToolFormat | None = None
    """How a plain model is given its tools."""
    validator: str | None = None
    """Which structural validator looks at the turns of a plain model."""
    step_judge: str | None = None
    """Which second model reviews the turns of a plain model."""
    keep_local: bool = False
    """Whether models that cells cause local servers to load stay loaded."""
    models: ModelTables = field(default_factory=ModelTables)
    """What the project says of plain models."""
    root: Path = Path()
    """What relative paths are relative to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What is known of a provider without importing it."""

    options: tuple[str, ...]
    """Keys of its own in ``harness.toml``."""
    make: Callable[[BackendConfig, Overrides], Backend]
    """Makes a backend."""
    check: Callable[[BackendConfig], None] = lambda _config: None
    """Raises `ConfigurationError` if its own keys have wrong values."""
    free: bool = False
    """Whether it needs neither a program nor a model."""
    reports_cost: bool = False
    """Whether its program says what a proposal cost in dollars."""
    needs_solution: bool = False
    """Whether it can do nothing for a target without a solution."""


def _make_fake(config: BackendConfig, overrides: Overrides) -> Backend:  # noqa: ARG001
    from pytest_harness.backends.fake import FakeBackend

    return FakeBackend(id=config.id, model=config.model)


def _make_noop(config: BackendConfig, overrides: Overrides) -> Backend:  # noqa: ARG001
    from pytest_harness.backends.fake import NoopBackend

    return NoopBackend(id=config.id, model=config.model)


def _make_cheat(config: BackendConfig, overrides: Overrides) -> Backend:  # noqa: ARG001
    from pytest_harness.backends.cheat import CheatBackend

    return CheatBackend(id=config.id, model=config.model)


def _make_copilot_log(config: BackendConfig, overrides: Overrides) -> Backend:  # noqa: ARG001
    from pytest_harness.backends.copilot.log import CopilotLogBackend
    from pytest_harness.backends.options import AgentOptions

    try:
        options = AgentOptions.read(config.options)
    except ConfigurationError as error:
        raise ConfigurationError(f"backend {config.id!r}: {error}") from None
    return CopilotLogBackend(id=config.id, model=config.model, options=options)


def _check_copilot_log(config: BackendConfig) -> None:
    _make_copilot_log(config, Overrides())


def _make_model(config: BackendConfig, overrides: Overrides) -> Backend:
    from pytest_harness.model.making import make_model

    return make_model(config, overrides)


def _check_model(config: BackendConfig) -> None:
    from pytest_harness.model.options import ModelOptions

    try:
        ModelOptions.read({key: config.options[key] for key in MODEL_KEYS if key in config.options})
    except ConfigurationError as error:
        raise ConfigurationError(f"backend {config.id!r}: {error}") from None


def _check_agent(config: BackendConfig) -> None:
    make_agent(config, Overrides())


def _agent(provider: AgentProvider) -> Provider:
    """Return the provider of an agent's program."""
    return Provider(
        options=provider.options,
        make=make_agent,
        check=_check_agent,
        reports_cost=provider.reports_cost,
    )


def _make_third_party(config: BackendConfig, overrides: Overrides) -> Backend:  # noqa: ARG001
    from pytest_harness.backends import third_party

    return third_party.make(config)


def _check_third_party(config: BackendConfig) -> None:
    from pytest_harness.backends import third_party

    third_party.check(config)


THIRD_PARTY = Provider(
    options=("options",), make=_make_third_party, check=_check_third_party, reports_cost=True
)
"""A provider of the user's: ``package.module:callable``."""

PROVIDERS: Mapping[str, Provider] = {
    **{name: _agent(provider) for name, provider in AGENTS.items()},
    "cheat": Provider(options=(), make=_make_cheat, free=True),
    "copilot-log": Provider(
        options=("session", "session_dir", "cwd"),
        make=_make_copilot_log,
        check=_check_copilot_log,
        free=True,
    ),
    "fake": Provider(options=(), make=_make_fake, free=True, needs_solution=True),
    "model": Provider(
        options=(*MODEL_KEYS, "validator", "step_judge"),
        make=_make_model,
        check=_check_model,
        reports_cost=True,
    ),
    "noop": Provider(options=(), make=_make_noop, free=True),
}
"""The providers that ship, by name."""

SHORT: Mapping[str, str] = {
    "claude": "claude-cli",
    "codex": "codex-cli",
    "copilot": "copilot-cli",
    "gemini": "gemini-cli",
    "opencode": "opencode-run",
    "pi": "pi-cli",
}
"""The provider of each backend that has a name shorter than its provider's."""

BUILT_IN: Mapping[str, str] = {**{name: name for name in PROVIDERS}, **SHORT}
"""The provider of each built-in backend: every provider is one by its own name as well."""


def provider_of(config: BackendConfig) -> Provider:
    """Return the provider of a backend that is configured."""
    return THIRD_PARTY if is_third_party(config.provider) else PROVIDERS[config.provider]


@dataclass(frozen=True, slots=True)
class Catalog:
    """All backends of a session: built in, from ``harness.toml``, from other plugins."""

    config: HarnessConfig = field(default_factory=HarnessConfig)
    """What ``harness.toml`` says."""
    extra: Mapping[str, BackendFactory] = field(default_factory=dict)
    """Backends of other plugins."""
    runtimes: Mapping[str, RuntimeFactory] = field(default_factory=dict)
    """Runtimes of other plugins; a `ConfigurationError` if one has a name of ours."""
    root: Path = Path()
    """What relative paths of scripts are relative to."""

    def __post_init__(self) -> None:
        for name in sorted(RUNTIMES.keys() & self.runtimes.keys()):
            raise ConfigurationError(
                f"a plugin offers a runtime {name!r}, which is one that ships; rename it there"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of all backends."""
        return tuple(sorted({*BUILT_IN, *self.config.backends, *self.extra}))

    @property
    def shown(self) -> tuple[str, ...]:
        """Ids of all backends, each provider that ships once: by its short name if it has one."""
        again = set(SHORT.values()) - self.config.backends.keys() - self.extra.keys()
        return tuple(name for name in self.names if name not in again)

    def check(self, name: str) -> None:
        """Raise `ConfigurationError` if there is no such backend."""
        if name in self.names:
            return
        raise ConfigurationError(
            f"backend {name!r} is unknown; {did_you_mean(name, self.names)}known are "
            f"{', '.join(self.shown)}; declare others in harness.toml"
        )

    def provider(self, name: str) -> Provider | None:
        """Return the provider of a backend; ``None`` for one of another plugin."""
        return None if name in self.extra else provider_of(self._config(name))

    def make(self, name: str, model: str | None, overrides: Overrides) -> Backend:
        """Make a backend; raises `ConfigurationError` for an unknown name or a wrong option."""
        backend = self._make(name, model, overrides)
        provider = self.provider(name)
        free = provider is not None and provider.free
        if free:
            return backend
        return around(backend, overrides.record, overrides.replay, overrides.record_traffic)

    def _make(self, name: str, model: str | None, overrides: Overrides) -> Backend:
        self.check(name)
        overrides = dataclasses.replace(overrides, models=self.config.models, root=self.root)
        script = self.script(name, model)
        if name in self.extra:
            if script is not None:
                raise no_program(name, script)
            return self.extra[name](model)
        config = self._config(name)
        if script is not None:
            # A model follows the script, whoever else would be asked.
            overrides = dataclasses.replace(overrides, oss=None, local_provider=None)
            config = dataclasses.replace(config, model=None)
        elif model is not None:
            config = dataclasses.replace(config, model=model)
        provider = provider_of(config)
        if provider is THIRD_PARTY:
            backend = provider.make(config, overrides)
            return backend if script is None else with_script(backend, script, self.root)
        settings = self._runtime_settings(name, overrides.runtime)
        elsewhere = None if provider.free else _elsewhere(make_runtime(settings, self.runtimes))
        overrides = dataclasses.replace(overrides, runtime=settings.mode, elsewhere=elsewhere)
        backend = provider.make(config, overrides)
        return backend if script is None else with_script(backend, script, self.root)

    def is_plain(self, name: str) -> bool:
        """Tell whether a backend asks a plain model, so that it has tool formats."""
        return name in self.names and self.provider(name) is PROVIDERS["model"]

    def own_model(self, name: str) -> str | None:
        """Return the model that a backend is configured with."""
        return None if name in self.extra else self._config(name).model

    def script(self, name: str, model: str | None) -> str | None:
        """Return the selector of the script that a backend follows in place of a model, if any."""
        if model is None and name not in self.extra:
            model = self._config(name).model
        return model if is_script(model) else None

    def check_script(self, name: str, model: str | None) -> None:
        """Raise `ConfigurationError` if a backend is to follow a script that it cannot follow."""
        if self.script(name, model) is None:
            return
        from pytest_harness.backends.scripted import ScriptedBackend
        from pytest_harness.backends.traffic.recorded import RecordedBackend
        from pytest_harness.model.backend import ModelBackend

        backend = self._make(name, model, Overrides())
        if isinstance(backend, ScriptedBackend | RecordedBackend | ModelBackend):
            backend.check()

    def check_script_files(self, selector: str) -> None:
        """Raise `ConfigurationError` if the scripts that a selector names cannot be read."""
        if is_recording(selector):
            from pytest_harness.backends.traffic.recorded import check_recording

            check_recording(located(selector, self.root))
            return
        from pytest_harness.backends.scripted import check_files

        check_files(located(selector, self.root))

    def check_runtime(self, name: str) -> None:
        """Raise `ConfigurationError` if there is no such runtime."""
        check_name(name, (*self.runtimes, *self.config.runtimes))

    def check_runtime_of(self, name: str, chosen: str | None) -> None:
        """Raise `ConfigurationError` if a backend's runtime cannot be made as it is set."""
        if chosen is None and self._knows_its_runtime(name):
            chosen = self.make(name, None, Overrides()).runtime
        make_runtime(self._runtime_settings(name, chosen), self.runtimes)

    def runtime(self, name: str, backend: Backend, chosen: str | None) -> Runtime:
        """Make the runtime of the backend ``name``: the ``chosen`` one, or its own.

        Raises `ConfigurationError` for an unknown one and for settings that it cannot honour.
        """
        if chosen is None and self._knows_its_runtime(name):
            chosen = backend.runtime
        return make_runtime(self._runtime_settings(name, chosen), self.runtimes)

    def _knows_its_runtime(self, name: str) -> bool:
        """Whether a backend says where it runs, because nobody else does."""
        if name in self.extra:
            return True
        config = self._config(name)
        return is_third_party(config.provider) and config.runtime is None

    def _runtime_settings(self, name: str, chosen: str | None) -> RuntimeSettings:
        own = None if name in self.extra else self._config(name).runtime
        if own is not None and chosen in {None, own.mode}:
            return own
        if chosen is None:
            provider = self.provider(name)
            free = provider is not None and provider.free
            chosen = RuntimeMode.HOST if free else RuntimeMode.PROFILE
        self.check_runtime(chosen)
        return self.config.runtimes.get(chosen) or RuntimeSettings(mode=chosen)

    def price(self, model: str | None) -> Price | None:
        """Return what a model's tokens cost, if ``harness.toml`` says so."""
        return self.config.prices.get(model or "")

    def refuse_unknown_cost(self, name: str, model: str | None) -> None:
        """Raise `ConfigurationError` if nobody will know what a backend's proposals cost.

        What a backend of another plugin reports is seen when it does.
        """
        provider = self.provider(name)
        if provider is None or provider.free or self.script(name, model):
            return
        model = model or self._config(name).model
        known = self._price_is_listed(model) if self.is_plain(name) else provider.reports_cost
        if not known and self.price(model) is None:
            raise ConfigurationError(unknown_cost(name, model))

    def _price_is_listed(self, model: str | None) -> bool:
        """Whether the list of prices that comes with the client knows a plain model."""
        if model is None:
            return True  # that no model was named is said elsewhere
        from pytest_harness.model.prices import knows_price

        vendors = self.config.models.vendors
        selector = vendors.select(model)
        return knows_price(vendors.vendor(selector), selector.model)

    def timeout(self, backend: Backend) -> float:
        """Seconds for one proposal where no option says otherwise."""
        return self.config.model_timeouts.get(backend.model or "", backend.timeout)

    def _config(self, name: str) -> BackendConfig:
        return self.config.backends.get(name) or BackendConfig(id=name, provider=BUILT_IN[name])


def with_script(backend: Backend, selector: str, root: Path) -> Backend:
    """Return the backend with a scripted model."""
    from pytest_harness.model.backend import ModelBackend

    if isinstance(backend, ModelBackend):
        return backend.with_script(selector, root)
    if is_recording(selector):
        from pytest_harness.backends.traffic.recorded import with_recording

        return with_recording(backend, selector, root)
    from pytest_harness.backends import scripted

    return scripted.with_script(backend, selector, root)


def _elsewhere(runtime: Runtime) -> str | None:
    """Say where a runtime's programs are, unless they are this machine's."""
    if runtime.host_programs:
        return None
    return f"{runtime.name} {runtime.settings().get('image', '')}".strip()
