"""Agents' programs that ask a model of ours in place of their own: what all of them share."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_harness.backends.adapter import NO_KEY, SCRIPTED_KEY
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.base import Backend
from pytest_harness.backends.script_files import no_program
from pytest_harness.backends.wrapped import WrappedBackend
from pytest_harness.errors import ConfigurationError
from pytest_harness.records import ProposalRecord

NOWHERE = "http://127.0.0.1:9"
"""Where no model is, for a program that is only looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModelBackend(WrappedBackend):
    """An agent's program with a model of ours, which a selector names."""

    inner: AgentBackend
    """The program."""
    selector: str
    """The selector, as the user wrote it."""

    @property
    def model(self) -> str | None:
        """The selector."""
        return self.selector


def program_of(backend: Backend, selector: str, begin: str, what: str) -> AgentBackend:
    """Return ``backend`` if it is an agent's program and the selector says more than its beginning.

    ``what`` is what it should name. Raises `ConfigurationError` otherwise.
    """
    if not isinstance(backend, AgentBackend):
        raise no_program(backend.id, selector)
    if not selector.removeprefix(begin).strip():
        raise ConfigurationError(
            f"{backend.id}@{selector} names no {what}; write {backend.id}@{begin}PATH"
        )
    return backend


def asking(program: AgentBackend, root: str) -> AgentBackend:
    """Return the program with the model at ``root``.

    Raises `ConfigurationError` for a program that has no way to it.
    """
    setup = program.adapter.scripted(program.setup, root)
    return dataclasses.replace(program, setup=setup)


def with_key(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the session's environment with the key that such a model takes."""
    return {**environment, SCRIPTED_KEY: NO_KEY}


def for_free(record: ProposalRecord) -> ProposalRecord:
    """Return the record without a price: whatever the program thinks of it, nobody is paid."""
    spent = record.spent.model_copy(update={"cost_usd": 0.0})
    return record.model_copy(update={"spent": spent})
