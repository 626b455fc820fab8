"""The command line and the environment of Copilot CLI."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.backends.adapter import Room, Setup
from pytest_harness.backends.copilot.access import TOKEN
from pytest_harness.backends.copilot.program import UNPACKED
from pytest_harness.backends.copilot.tools import TOOLS, check_allowed, check_denied
from pytest_harness.backends.options import ApiFormat, choice
from pytest_harness.errors import ConfigurationError

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Values of ``effort``."""
TYPES = ("openai", "azure", "anthropic")
"""Values of ``sub_provider``: whose protocol an endpoint speaks."""
_FORMATS = (ApiFormat.CHAT, ApiFormat.RESPONSES, ApiFormat.MESSAGES)


def check(setup: Setup) -> None:
    """Raise `ConfigurationError` for values that the program does not know."""
    options = setup.options
    choice("effort", options.effort, EFFORTS)
    choice("sub_provider", options.sub_provider, TYPES)
    choice("api_format", options.api_format, _FORMATS)
    check_allowed(options.allowed_tools)
    check_denied(options.denied_tools)
    messages = options.api_format is ApiFormat.MESSAGES
    both = options.sub_provider is not None and options.api_format is not None
    if both and messages is not (options.sub_provider == "anthropic"):
        raise ConfigurationError(
            f"sub_provider {options.sub_provider!r} and api_format {str(options.api_format)!r} "
            "exclude each other; messages are the format of anthropic, and its only one"
        )
    if options.api_version is not None and options.sub_provider != "azure":
        raise ConfigurationError(
            'api_version is told to Azure alone; give sub_provider = "azure" as well'
        )
    if options.allowed_tools and options.bypass_permissions:
        raise ConfigurationError(
            "allowed_tools and bypass_permissions exclude each other: one names what is allowed, "
            "the other allows everything; give one of them"
        )


def arguments(room: Room, *, usage: Path, logs: Path) -> tuple[str, ...]:
    """Return all arguments after the program's name; the prompt comes on standard input."""
    options = room.options
    given = [
        "--output-format=json",
        "--no-auto-update",
        "--no-ask-user",
        "--no-remote",
        "--no-color",
        "--disable-builtin-mcps",
        "--disable-client-telemetry",
        f"--usage-output-file={usage}",
        f"--log-dir={logs}",
        *permissions(room),
    ]
    if room.setup.model is not None:
        given.append(f"--model={room.setup.model}")
    if options.effort is not None:
        given.append(f"--reasoning-effort={options.effort}")
    if options.agent is not None:
        given.append(f"--agent={options.agent}")
    if options.project_settings:
        given.append("--trust-folder")
    further = [*options.extra_dirs, *([str(room.workspace)] if options.cwd else [])]
    given += [f"--add-dir={path}" for path in further]
    return (*given, *options.extra_args)


def permissions(room: Room) -> tuple[str, ...]:
    """Return the arguments that say which tools there are and which may be used unasked."""
    options = room.options
    if options.bypass_permissions:
        given = ["--allow-all"]
    elif options.allowed_tools:
        given = [f"--allow-tool={each}" for each in options.allowed_tools]
    else:
        given = ["--allow-all-tools"]
    for each in options.denied_tools:
        given.append(f"--excluded-tools={each}" if each in TOOLS else f"--deny-tool={each}")
    return tuple(given)


def environment(room: Room, *, home: Path | None, unpacked: Path | None) -> dict[str, str]:
    """Return the whole environment; ``home`` is that of the program, if it has one of its own."""
    options = room.options
    # An exact "true" in it would let the workspace's hooks and servers run.
    env = {name: value for name, value in room.env.items() if name != "COPILOT_ALLOW_ALL"}
    env.update(COPILOT_AUTO_UPDATE="false", NO_COLOR="1")
    if home is not None:
        env["COPILOT_HOME"] = str(home)
        for name in room.access.names:
            if name not in room.setup.env:
                del env[name]
    if unpacked is not None:
        env[UNPACKED] = str(unpacked)
    secret = room.key
    if options.base_url is None:
        if secret is not None:
            env[TOKEN] = secret
        return env
    for name in [name for name in env if name.startswith("COPILOT_PROVIDER_")]:
        del env[name]
    env["COPILOT_OFFLINE"] = "true"
    env["COPILOT_PROVIDER_BASE_URL"] = options.base_url
    env["COPILOT_PROVIDER_TYPE"] = provider_type(room.setup)
    if options.api_format is ApiFormat.RESPONSES:
        env["COPILOT_PROVIDER_WIRE_API"] = "responses"
    if options.api_version is not None:
        env["COPILOT_PROVIDER_AZURE_API_VERSION"] = options.api_version
    if secret is not None:
        kind = "BEARER_TOKEN" if options.env_token else "API_KEY"
        env[f"COPILOT_PROVIDER_{kind}"] = secret
    return env


def provider_type(setup: Setup) -> str:
    """Return whose protocol the endpoint speaks, in the program's words."""
    if setup.options.api_format is ApiFormat.MESSAGES:
        return "anthropic"
    return setup.options.sub_provider or "openai"
