"""The providers of agent programs: one row each, without importing any of them."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pytest_harness.errors import ConfigurationError
from pytest_harness.vocabulary import RuntimeMode

if TYPE_CHECKING:
    from pytest_harness.backends.adapter import Adapter
    from pytest_harness.backends.base import Backend
    from pytest_harness.backends.registry import Overrides
    from pytest_harness.config import BackendConfig

_ENDPOINT = ("base_url", "env_key")
_PROMPT = ("system_prompt", "append_system_prompt")
_TOOLS = ("allowed_tools", "denied_tools")
_ALWAYS = ("cwd", "extra_args", "project_settings")
_CLAUDE = (
    *_ALWAYS,
    *_ENDPOINT,
    *_PROMPT,
    *_TOOLS,
    "env_token",
    "effort",
    "approval_policy",
    "bypass_permissions",
    "turns",
    "budget_usd",
    "retries",
    "extra_dirs",
    "log_dir",
)
_CODEX = (
    *_ALWAYS,
    *_ENDPOINT,
    *_PROMPT,
    "env_token",
    "api_format",
    "oss",
    "local_provider",
    "effort",
    "verbosity",
    "sandbox",
    "network",
    "approval_policy",
    "bypass_permissions",
    "retries",
    "extra_dirs",
    "log_dir",
)
_PI = (
    *_ENDPOINT,
    *_PROMPT,
    *_TOOLS,
    "api_format",
    "sub_provider",
    "effort",
    "retries",
    "turns",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProvider:
    """What is known of an agent's provider without importing it."""

    adapter: str
    """Where its adapter is: ``module:name`` below `pytest_harness.backends`."""
    options: tuple[str, ...]
    """Names of the `AgentOptions` that it honours."""
    reports_cost: bool = False
    """Whether its program says what a proposal cost in dollars."""

    def load(self) -> Adapter:
        """Import the adapter."""
        module, _, name = self.adapter.partition(":")
        found = getattr(importlib.import_module(f"pytest_harness.backends.{module}"), name)
        return cast("Adapter", found)


AGENTS: Mapping[str, AgentProvider] = {
    "acp": AgentProvider(
        adapter="acp.adapter:ACP",
        options=(*_ALWAYS, *_ENDPOINT, "approval_policy"),
    ),
    "claude-cli": AgentProvider(
        adapter="claude.cli:CLAUDE_CLI",
        options=(*_CLAUDE, "agent"),
        reports_cost=True,
    ),
    "claude-sdk": AgentProvider(
        adapter="claude.sdk:CLAUDE_SDK",
        options=_CLAUDE,
        reports_cost=True,
    ),
    "cli": AgentProvider(adapter="command.adapter:COMMAND", options=("cwd",)),
    "codex-app-server": AgentProvider(
        adapter="codex.app_server:CODEX_APP_SERVER", options=(*_CODEX, "allowed_tools")
    ),
    "codex-cli": AgentProvider(adapter="codex.cli:CODEX_CLI", options=_CODEX),
    "codex-sdk": AgentProvider(adapter="codex.sdk:CODEX_SDK", options=_CODEX),
    "copilot-cli": AgentProvider(
        adapter="copilot.cli:COPILOT_CLI",
        options=(
            *_ALWAYS,
            *_ENDPOINT,
            *_TOOLS,
            "env_token",
            "api_format",
            "api_version",
            "sub_provider",
            "agent",
            "effort",
            "bypass_permissions",
            "retries",
            "extra_dirs",
            "log_dir",
        ),
    ),
    "copilot-sdk": AgentProvider(
        adapter="copilot.sdk:COPILOT_SDK",
        options=(
            "cwd",
            *_ENDPOINT,
            *_TOOLS,
            "env_token",
            "api_format",
            "api_version",
            "sub_provider",
            "effort",
            "retries",
            *_PROMPT,
        ),
    ),
    "gemini-cli": AgentProvider(
        adapter="gemini.cli:GEMINI_CLI",
        options=(
            *_ALWAYS,
            *_ENDPOINT,
            *_PROMPT,
            *_TOOLS,
            "approval_policy",
            "turns",
            "retries",
            "extra_dirs",
        ),
    ),
    "opencode-run": AgentProvider(
        adapter="opencode.run:OPENCODE_RUN",
        options=(
            *_ALWAYS,
            *_ENDPOINT,
            *_TOOLS,
            "append_system_prompt",
            "api_format",
            "sub_provider",
            "agent",
            "variant",
            "extra_dirs",
            "turns",
            "retries",
            "log_dir",
            "stream_log",
        ),
        reports_cost=True,
    ),
    "pi-cli": AgentProvider(adapter="pi.cli:PI_CLI", options=(*_ALWAYS, *_PI), reports_cost=True),
    "pi-rpc": AgentProvider(adapter="pi.rpc:PI_RPC", options=(*_ALWAYS, *_PI), reports_cost=True),
    "pi-sdk": AgentProvider(adapter="pi.sdk:PI_SDK", options=("cwd", *_PI), reports_cost=True),
}
"""By name; ``harness.toml`` refuses options that a provider does not name here."""


def make_agent(config: BackendConfig, overrides: Overrides) -> Backend:
    """Make the backend of an agent's provider; raises `ConfigurationError` for wrong options."""
    from pytest_harness.backends.adapter import Setup
    from pytest_harness.backends.agent_backend import AgentBackend
    from pytest_harness.backends.options import AgentOptions

    provider = AGENTS[config.provider]
    given = dict(config.options)
    if "oss" in provider.options:
        chosen = {"oss": overrides.oss, "local_provider": overrides.local_provider}
        given.update({name: value for name, value in chosen.items() if value is not None})
    try:
        adapter = provider.load()
        setup = Setup(
            id=config.id,
            model=config.model,
            command=config.command,
            env=config.env,
            elsewhere=overrides.elsewhere,
            options=AgentOptions.read(given),
        )
        adapter.check(setup)
    except ConfigurationError as error:
        raise ConfigurationError(f"backend {config.id!r}: {error}") from None
    backend = AgentBackend(
        adapter=adapter,
        setup=setup,
        runtime=overrides.runtime or RuntimeMode.PROFILE,
        max_concurrency=config.max_concurrency,
    )
    if config.timeout is not None:
        backend = dataclasses.replace(backend, timeout=config.timeout)
    return backend
