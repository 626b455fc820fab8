"""Which model reviews turns, and by which rules: presets, and files of one's own."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from pytest_harness.config_documents import Document
from pytest_harness.config_models import ModelTables
from pytest_harness.errors import ConfigurationError
from pytest_harness.hints import did_you_mean
from pytest_harness.model.selectors import Selector
from pytest_harness.model.vendors import MOCK

OFF = "off"
"""In place of a preset: no judge."""
CHEAP, STRONG = "cheap", "strong"
"""The tiers that presets use."""
MAX_VETOES = 3
"""Objections to the turns of one proposal, unless a file says otherwise."""
KEYS = ("model", "tier", "instructions", "rules", "max_vetoes", "temperature", "max_tokens")
"""What a file may hold."""


class Preset(enum.StrEnum):
    """Judges that need no file."""

    SYMMETRIC_CHEAP = "symmetric-cheap"
    """The cheap model judges itself."""
    ASYMMETRIC = "asymmetric"
    """The strong model judges another."""
    SYMMETRIC_STRONG = "symmetric-strong"
    """The strong model judges itself."""

    @property
    def tier(self) -> str:
        """The tier of the judge."""
        return CHEAP if self is Preset.SYMMETRIC_CHEAP else STRONG


class JudgeRule(enum.StrEnum):
    """What a judge holds a turn against."""

    ON_TASK = "on-task"
    GROUNDED = "grounded"
    NO_SHORTCUT = "no-shortcut"
    COMPLETE = "complete"

    @property
    def meaning(self) -> str:
        """The rule in full, for the judge."""
        match self:
            case JudgeRule.ON_TASK:
                return "the turn serves the objective, and changes nothing that it does not ask for"
            case JudgeRule.GROUNDED:
                return (
                    "what the turn claims or relies on was read, run or given before, and edits "
                    "fit what was read"
                )
            case JudgeRule.NO_SHORTCUT:
                return (
                    "nothing is faked: no test is weakened, removed or skipped, no expected result "
                    "is written in by hand, no check is bypassed"
                )
            case JudgeRule.COMPLETE:
                return (
                    "a turn that says the work is finished comes after all that the objective asks "
                    "for was done"
                )
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepJudgeConfig:
    """A judge of turns."""

    name: str
    """The preset, or the file's name."""
    model: Selector
    """The model that is asked."""
    rules: tuple[JudgeRule, ...] = tuple(JudgeRule)
    """What it holds turns against."""
    instructions: str = ""
    """What it is told beside the rules."""
    max_vetoes: int = MAX_VETOES
    """After so many objections to one proposal it is asked no more."""
    temperature: float | None = None
    """From 0 to 2; ``None`` leaves it to the vendor."""
    max_tokens: int | None = None
    """Most output tokens of one verdict; ``None`` leaves it to the vendor."""

    def settings(self) -> Mapping[str, str]:
        """All that verdicts depend on, as text, for the fingerprint; the name is not among it."""
        found = {
            "model": str(self.model),
            "rules": ",".join(self.rules),
            "max_vetoes": str(self.max_vetoes),
        }
        if self.instructions:
            found["instructions"] = self.instructions
        if self.temperature is not None:
            found["temperature"] = repr(self.temperature)
        if self.max_tokens is not None:
            found["max_tokens"] = repr(self.max_tokens)
        return found


def read_step_judge(
    given: str, agent: Selector | None, tables: ModelTables, root: Path
) -> StepJudgeConfig | None:
    """Read what was given for the judge of turns: a preset, ``off``, or a TOML or JSON file.

    ``agent`` is the model whose turns are judged, ``None`` if nobody knows; a relative path starts
    at ``root``. Raises `ConfigurationError` for a preset that does not fit the agent or lacks its
    tier, and for a file that is missing or wrong.
    """
    if given == OFF:
        return None
    if given in tuple(Preset):
        return _preset(Preset(given), agent, tables)
    return _File(Document("step judge", given, (OFF, *Preset), root), tables).read()


def _preset(preset: Preset, agent: Selector | None, tables: ModelTables) -> StepJudgeConfig:
    judge = tables.tiers.get(preset.tier)
    if judge is None:
        raise ConfigurationError(
            f"step judge {str(preset)!r} needs the tier {preset.tier!r}; name its model in "
            f'harness.toml: [tiers] {preset.tier} = "VENDOR:MODEL"'
        )
    _speaks(judge, f"step judge {str(preset)!r}")
    if agent is not None:
        if preset is Preset.ASYMMETRIC and agent == judge:
            raise ConfigurationError(
                f"step judge {str(preset)!r} has a stronger model judge the agent's, and both are "
                f"{agent}; choose {str(Preset.SYMMETRIC_STRONG)!r}, or another model for the agent"
            )
        if preset is not Preset.ASYMMETRIC and agent != judge:
            raise ConfigurationError(
                f"step judge {str(preset)!r} has the model of the tier {preset.tier!r} judge "
                f"itself, and the agent's is {agent}, not {judge}; run the agent with {judge}, or "
                f"choose {str(Preset.ASYMMETRIC)!r}"
            )
    return StepJudgeConfig(name=str(preset), model=judge)


def _speaks(judge: Selector, where: str) -> None:
    if judge.vendor == MOCK:
        raise ConfigurationError(
            f"{where} asks {judge}, which has no opinion of its own; name another model, or a "
            "ScriptedModel of pytest_harness.testing under [vendors]"
        )


class _File:
    """Reads one file."""

    def __init__(self, document: Document, tables: ModelTables) -> None:
        self.document = document
        self.values = document.values
        self.tables = tables

    def read(self) -> StepJudgeConfig:
        table, values = self.document.table(KEYS), self.values
        limit = values.optional("the step judge", table, "max_tokens", values.count)
        vetoes = values.optional("the step judge", table, "max_vetoes", values.count)
        instructions = table.get("instructions", "")
        if not isinstance(instructions, str):
            values.wrong("instructions is no text; write it in quotes")
        return StepJudgeConfig(
            name=self.document.path.name,
            model=self.model(table),
            rules=self.rules(table["rules"]) if "rules" in table else tuple(JudgeRule),
            instructions=instructions.strip(),
            max_vetoes=vetoes or MAX_VETOES,
            temperature=values.optional("the step judge", table, "temperature", values.temperature),
            max_tokens=limit,
        )

    def model(self, table: Mapping[str, Any]) -> Selector:
        values = self.values
        if ("model" in table) == ("tier" in table):
            values.wrong('it names its model once; give either model = "VENDOR:MODEL" or a tier')
        key = "model" if "model" in table else "tier"
        word = table[key]
        if not isinstance(word, str) or not word:
            values.wrong(f"{key} is no text; write it in quotes")
        found = self.tier(word) if key == "tier" else self.selector(word)
        _speaks(found, f"{self.document.path}: it")
        return found

    def tier(self, word: str) -> Selector:
        tiers = self.tables.tiers
        if word not in tiers:
            known = f"known are {', '.join(tiers)}" if tiers else "none is"
            self.values.wrong(
                f"tier {word!r} is not declared; {did_you_mean(word, tuple(tiers))}{known}; "
                "name its model under [tiers] in harness.toml"
            )
        return tiers[word]

    def selector(self, word: str) -> Selector:
        try:
            return self.tables.vendors.select(word)
        except ConfigurationError as error:
            self.values.wrong(f"{error}")

    def rules(self, value: object) -> tuple[JudgeRule, ...]:
        found = self.document.rules(value, JudgeRule)
        if not found:
            self.values.wrong(f'rules is no list of rules; write it as ["{JudgeRule.ON_TASK}"]')
        return found
