"""Making the backend `model` from what is configured."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from pytest_harness.backends.base import Backend
from pytest_harness.errors import ConfigurationError
from pytest_harness.model.backend import ModelBackend
from pytest_harness.model.options import KEYS, ModelOptions
from pytest_harness.vocabulary import RuntimeMode, ToolFormat

if TYPE_CHECKING:
    from pytest_harness.backends.registry import Overrides
    from pytest_harness.config import BackendConfig


def make_model(config: BackendConfig, overrides: Overrides) -> Backend:
    """Make the backend; raises `ConfigurationError` for a wrong selector or option."""
    try:
        return _made(config, overrides)
    except ConfigurationError as error:
        raise ConfigurationError(f"backend {config.id!r}: {error}") from None


def _made(config: BackendConfig, overrides: Overrides) -> ModelBackend:
    from pytest_harness.model.step_judge_file import read_step_judge
    from pytest_harness.model.validator_file import read_validator

    given, tables = config.options, overrides.models
    selector = None if config.model is None else tables.vendors.select(config.model)
    chosen = overrides.format or tables.formats.get(str(selector)) or ToolFormat.NATIVE
    validator = overrides.validator or _text(config, "validator")
    judge = overrides.step_judge or _text(config, "step_judge")
    backend = ModelBackend(
        id=config.id,
        selector=selector,
        vendors=tables.vendors,
        format=chosen,
        options=ModelOptions.read({key: given[key] for key in KEYS if key in given}),
        validator=read_validator(validator or "default", overrides.root),
        judge=None if judge is None else read_step_judge(judge, selector, tables, overrides.root),
        keep_local=overrides.keep_local,
        runtime=overrides.runtime or RuntimeMode.PROFILE,
        at_once=config.max_concurrency,
    )
    return (
        backend if config.timeout is None else dataclasses.replace(backend, timeout=config.timeout)
    )


def _text(config: BackendConfig, key: str) -> str | None:
    value = config.options.get(key)
    if value is None or isinstance(value, str):
        return value
    raise ConfigurationError(f"{key} is no text; write it in quotes")
