"""The grading models of a project: configured apart from the agents that they grade."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_harness.backends.base import Missing
from pytest_harness.checks.base import Graded, Grader
from pytest_harness.config_models import GraderConfig, ModelTables
from pytest_harness.errors import ConfigurationError
from pytest_harness.hints import did_you_mean
from pytest_harness.model.client import Client, Ending, ModelError, Reply
from pytest_harness.model.conversation import Question, Sampling, Words
from pytest_harness.model.probing import lacking
from pytest_harness.model.repeating import Repeating
from pytest_harness.model.vendors import MOCK, Vendor
from pytest_harness.redaction import Vault
from pytest_harness.vocabulary import Role

if TYPE_CHECKING:
    from pytest_harness.checks.base import Graders

REPEATS = 2
"""How often a request is repeated after an error that may pass."""

Make = Callable[[Vendor, str, Mapping[str, str]], Client]
"""Makes the client for a model of a vendor."""


def never() -> bool:
    """Say that the session goes on."""
    return False


class ProjectGraders:
    """The `Graders` of a project. Not for several threads; to be closed at the end.

    ``chosen`` names the grader for checks that name none; without it ``[defaults]`` does, or the
    only one there is. Secrets of ``vault`` are not sent. A client is made when it is first asked.
    """

    def __init__(
        self,
        tables: ModelTables,
        environment: Mapping[str, str],
        vault: Vault,
        chosen: str | None = None,
        *,
        ending: Ending = never,
        make: Make | None = None,
    ) -> None:
        self._tables = tables
        self._environment = environment
        self._vault = vault
        self._chosen = chosen
        self._ending = ending
        self._make = make or _make
        self._made: dict[str, _ProjectGrader] = {}

    def grader(self, name: str | None) -> Grader:
        """Return one by name, or the one that is chosen; raises `ConfigurationError` for none."""
        config = self.config(name)
        if config.name not in self._made:
            vendor = self._tables.vendors.vendor(config.model)
            if (key := vendor.key(self._environment)) is not None:
                self._vault.add([self._environment[key]])
            client = self._make(vendor, config.model.model, self._environment)
            self._made[config.name] = _ProjectGrader(config, client, self._vault, self._ending)
        return self._made[config.name]

    def config(self, name: str | None) -> GraderConfig:
        """Return what is said of one; raises `ConfigurationError` if there is none."""
        graders = self._tables.graders
        wanted = name or self._chosen or self._tables.default_grader
        if wanted is None and len(graders) == 1:
            wanted = next(iter(graders))
        if wanted is None:
            remedy = f"name one of {', '.join(graders)} with --harness-grader or grader="
            if not graders:
                remedy = 'declare one in harness.toml: [graders.small] model = "VENDOR:MODEL"'
            raise ConfigurationError(f"no grader is chosen; {remedy}")
        if wanted not in graders:
            raise ConfigurationError(
                f"there is no grader {wanted!r}; {did_you_mean(wanted, tuple(graders))}declare "
                f'[graders.{wanted}] with model = "VENDOR:MODEL" in harness.toml'
            )
        found = graders[wanted]
        if found.model.vendor == MOCK:
            raise ConfigurationError(
                f"the grader {wanted!r} is {found.model}, which has no opinion of its own; name "
                "another model, or a ScriptedModel of pytest_harness.testing under [vendors]"
            )
        return found

    def missing(self, names: Iterable[str | None]) -> Missing | None:
        """Say what stands in the way of these graders, the first that lacks something.

        Raises `ConfigurationError` for one that there is not.
        """
        for name in names:
            config = self.config(name)
            vendor = self._tables.vendors.vendor(config.model)
            found = lacking(vendor, config.model.model, self._environment)
            if found is not None:
                what = f"the grader {config.name!r} ({config.model}) cannot be asked: "
                return Missing(what + found.missing.what, found.missing.remedy)
        return None

    def settings(self, names: Iterable[str | None]) -> dict[str, str]:
        """All that the grades of these graders depend on, as text, for a fingerprint.

        Raises `ConfigurationError` for one that there is not.
        """
        found: dict[str, str] = {}
        for name in names:
            config = self.config(name)
            asked = (str(config.model), repr(config.temperature), repr(config.max_tokens))
            found["grader" if name is None else f"grader {name}"] = " ".join(asked)
        return found

    def close(self) -> None:
        """Let go of all connections; may be called twice."""
        made = list(self._made.values())
        self._made.clear()
        for each in made:
            each.client.close()


@dataclass(frozen=True, slots=True)
class _ProjectGrader:
    """One grader with its client."""

    config: GraderConfig
    client: Client
    vault: Vault
    ending: Ending

    @property
    def name(self) -> str:
        return self.config.name

    def ask(self, system: str, prompt: str, limit: float) -> Graded:
        """Ask, and ask again after an error that may pass, all within ``limit`` seconds."""
        question = Question(
            messages=(
                Words(role=Role.SYSTEM, text=self.vault.hide(system)),
                Words(role=Role.USER, text=self.vault.hide(prompt)),
            ),
            sampling=Sampling(
                temperature=self.config.temperature, max_tokens=self.config.max_tokens
            ),
        )
        deadline = time.monotonic() + limit

        def left() -> float:
            return max(deadline - time.monotonic(), 0.0)

        def once() -> Reply:
            return self.client.ask(question, left(), self.ending)

        reply = Repeating(REPEATS, left, self.ending, _nobody).ask(once)
        return Graded(reply.text, reply.spent)


def _nobody(error: ModelError) -> None:
    """Nobody is told of an error that passed: the grade says nothing about it."""


def _make(vendor: Vendor, model: str, environment: Mapping[str, str]) -> Client:
    from pytest_harness.model.clients.making import make_client

    return make_client(vendor, model, environment)


if TYPE_CHECKING:

    def _fits(graders: ProjectGraders) -> Graders:
        return graders
