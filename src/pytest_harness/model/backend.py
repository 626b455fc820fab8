"""The backend `model`: a small coding agent of our own over any chat model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.backends.base import Probe, ProposalRequest
from pytest_harness.backends.script_files import SELECTOR, digest, is_recording, located, no_program
from pytest_harness.errors import ConfigurationError
from pytest_harness.model.options import ModelOptions
from pytest_harness.model.prompts import LOOP
from pytest_harness.model.selectors import SHIPPED, Selector, Vendors
from pytest_harness.model.validator import DEFAULT, ValidatorConfig
from pytest_harness.model.vendors import MOCK, Vendor
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.process import Runner
from pytest_harness.vocabulary import RuntimeMode, ToolFormat

if TYPE_CHECKING:
    from pytest_harness.model.probing import Lacking
    from pytest_harness.model.step_judge_file import StepJudgeConfig

PROVIDER = "model"
"""The provider's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptPath:
    """A script that is played in place of a model."""

    selector: str
    """As the user wrote it."""
    path: Path
    """A file, or a directory with one for each round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelBackend:
    """Lets a plain model edit the workspace with tools of ours."""

    id: str = PROVIDER
    """Backend id."""
    selector: Selector | None = None
    """The model; ``None`` if none was named, which is said when it is needed."""
    vendors: Vendors = SHIPPED
    """All vendors of the project."""
    format: ToolFormat = ToolFormat.NATIVE
    """How it is given its tools."""
    options: ModelOptions = field(default_factory=ModelOptions)
    """Its settings."""
    validator: ValidatorConfig = DEFAULT
    """What looks at its turns."""
    judge: StepJudgeConfig | None = None
    """Who reviews its turns; ``None`` for nobody."""
    script: ScriptPath | None = None
    """What is played in place of the model."""
    keep_local: bool = False
    """Whether a model that a cell causes a local server to load stays loaded."""
    runtime: str = RuntimeMode.PROFILE
    """Where its commands run."""
    timeout: float = 600.0
    """Seconds for one proposal."""
    at_once: int | None = None
    """How many proposals may run at once on this machine; ``None`` leaves it to the vendor."""

    @property
    def provider(self) -> str:
        """The provider's name."""
        return PROVIDER

    @property
    def model(self) -> str | None:
        """The selector in full."""
        if self.script is not None:
            return self.script.selector
        return None if self.selector is None else str(self.selector)

    @property
    def max_concurrency(self) -> int | None:
        """How many proposals may run at once; a local server's models take turns."""
        if self.at_once is not None or self.free or self.selector is None:
            return self.at_once
        return self.vendors.vendor(self.selector).at_once

    @property
    def free(self) -> bool:
        """Whether nobody is asked."""
        played = self.selector is not None and self.selector.vendor == MOCK
        return played or self.script is not None

    @property
    def asked(self) -> tuple[tuple[Selector, Vendor], ...]:
        """The models that are asked, with their vendors: its own, and its judge's.

        Raises `ConfigurationError` if no model was named.
        """
        if self.selector is None and self.script is None:
            raise ConfigurationError(
                f"backend {self.id!r} needs a model; name one with --harness-model=VENDOR:MODEL"
            )
        own = () if self.free or self.selector is None else (self.selector,)
        judges = () if self.judge is None else (self.judge.model,)
        return tuple((each, self.vendors.vendor(each)) for each in (*own, *judges))

    @property
    def slot(self) -> str:
        """What proposals at once are counted by: a local server, or the backend itself."""
        if not self.free and self.selector is not None:
            vendor = self.vendors.vendor(self.selector)
            if vendor.local:
                # Where a variable names another server, its models take turns with these as well.
                return vendor.server({})
        return self.id

    def settings(self) -> Mapping[str, str]:
        """All settings that a result depends on, as text; names of variables, never values.

        Raises `ConfigurationError` if no model was named, or if a script is gone.
        """
        found = {
            "provider": self.provider,
            "model": SELECTOR if self.script is not None else self.model or "",
            "format": self.format,
            "runtime": self.runtime,
            **self.options.settings(),
        }
        if self.script is not None:
            found["script"] = digest(self.script.path)
        for at, (selector, vendor) in enumerate(self.asked):
            found[f"asked.{at}"] = str(selector)
            found[f"address.{at}"] = f"{vendor.protocol} {vendor.base_url} {vendor.base_variable}"
            found[f"keys.{at}"] = " ".join(vendor.keys)
            if self.options.budget_usd is not None:
                # What a model may spend ends it sooner or later by its price.
                found[f"price.{at}"] = repr(vendor.own_prices.get(selector.model))
        found.update({f"validator.{key}": each for key, each in self.validator.settings().items()})
        if self.judge is not None:
            found.update({f"judge.{key}": each for key, each in self.judge.settings().items()})
        return found

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:  # noqa: ARG002
        """Say whether its models could be asked from here. Asks none of them anything."""
        from pytest_harness.model.probing import NAMELESS, lacking

        if self.model is None:
            return self._lacking(NAMELESS)
        for selector, vendor in self.asked:
            found = lacking(vendor, selector.model, environment)
            if found is not None:
                return self._lacking(found)
        keys = (vendor.key(environment) for _, vendor in self.asked)
        return Probe(
            backend=self.id,
            provider=self.provider,
            ready=True,
            version=LOOP,
            credentials=tuple(dict.fromkeys(key for key in keys if key is not None)),
            led_to=tuple(
                environment[vendor.base_variable]
                for _, vendor in self.asked
                if environment.get(vendor.base_variable)
            ),
        )

    def _lacking(self, found: Lacking) -> Probe:
        """Say what is missing."""
        return Probe(
            backend=self.id,
            provider=self.provider,
            ready=False,
            version=LOOP,
            missing=found.missing.what,
            remedy=found.missing.remedy,
            lacks=found.lacks,
        )

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Let the model edit the workspace and tell what happened."""
        from pytest_harness.model.proposing import propose

        return propose(self, request)

    def with_script(self, selector: str, root: Path) -> ModelBackend:
        """Return the backend with a script in place of its model.

        A relative path is relative to ``root``. Raises `ConfigurationError` for a recording, which
        is of the traffic of programs, and for a selector without a path.
        """
        if is_recording(selector):
            raise no_program(self.id, selector)
        if not selector.removeprefix(SELECTOR).strip():
            raise ConfigurationError(
                f"{self.id}@{selector} names no script; write {self.id}@{SELECTOR}PATH"
            )
        script = ScriptPath(selector=selector, path=located(selector, root))
        return dataclasses.replace(self, script=script)

    def check(self) -> None:
        """Raise `ConfigurationError` if its script cannot be read."""
        from pytest_harness.backends.scripted import check_files

        if self.script is not None:
            check_files(self.script.path)
