"""Which model reviews turns, and by which rules: presets, and files of one's own."""

from __future__ import annotations

import enum
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from pytest_harness.config_models import ModelTables
from pytest_harness.config_values import Values
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
LARGEST = 1 << 20
"""Bytes of the largest file that is read."""


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
    if Path(given).suffix in {".toml", ".json"}:
        return _File(root / Path(given).expanduser(), tables).read()
    known = (OFF, *Preset)
    raise ConfigurationError(
        f"step judge {given!r} is unknown; {did_you_mean(given, known)}use one of "
        f"{', '.join(known)}, or the path of a .toml or .json file"
    )


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
    """Reads one file; its texts stand as they are, without variables."""

    def __init__(self, path: Path, tables: ModelTables) -> None:
        self.path = path
        self.tables = tables
        self.values = Values(path, {})

    def read(self) -> StepJudgeConfig:
        table = self.document()
        values = self.values
        values.known("the step judge", table, KEYS)
        limit = values.optional("the step judge", table, "max_tokens", values.count)
        vetoes = values.optional("the step judge", table, "max_vetoes", values.count)
        instructions = table.get("instructions", "")
        if not isinstance(instructions, str):
            values.wrong("instructions is no text; write it in quotes")
        return StepJudgeConfig(
            name=self.path.name,
            model=self.model(table),
            rules=self.rules(table["rules"]) if "rules" in table else tuple(JudgeRule),
            instructions=instructions.strip(),
            max_vetoes=vetoes or MAX_VETOES,
            temperature=self.temperature(table.get("temperature")),
            max_tokens=limit,
        )

    def document(self) -> Mapping[str, Any]:
        try:
            with self.path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            raise ConfigurationError(
                f"step judge {self.path} cannot be read ({error.strerror}); check the path"
            ) from None
        if len(data) > LARGEST:
            self.values.wrong(f"it is larger than {LARGEST} bytes; a step judge's file is short")
        try:
            text = data.decode()
            found = json.loads(text) if self.path.suffix == ".json" else tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            self.values.wrong(f"it is no {self.path.suffix[1:].upper()} ({error}); correct it")
        if not isinstance(found, dict):
            self.values.wrong("it holds no object; write one in braces")
        return found

    def model(self, table: Mapping[str, Any]) -> Selector:
        values = self.values
        if ("model" in table) == ("tier" in table):
            values.wrong('it names its model once; give either model = "VENDOR:MODEL" or a tier')
        key = "model" if "model" in table else "tier"
        word = table[key]
        if not isinstance(word, str) or not word:
            values.wrong(f"{key} is no text; write it in quotes")
        if key == "tier":
            tiers = self.tables.tiers
            if word not in tiers:
                known = f"known are {', '.join(tiers)}" if tiers else "none is"
                values.wrong(
                    f"tier {word!r} is not declared; {did_you_mean(word, tuple(tiers))}{known}; "
                    "name its model under [tiers] in harness.toml"
                )
            found = tiers[word]
        else:
            try:
                found = self.tables.vendors.select(word)
            except ConfigurationError as error:
                values.wrong(f"{error}")
        _speaks(found, f"{self.path}: it")
        return found

    def rules(self, value: object) -> tuple[JudgeRule, ...]:
        values = self.values
        if not isinstance(value, list) or not value:
            values.wrong(f'rules is no list of rules; write it as ["{JudgeRule.ON_TASK}"]')
        for word in value:
            if word not in tuple(JudgeRule):
                shown = word if isinstance(word, str) else json.dumps(word, default=str)
                values.wrong(f"rule {shown!r} is unknown; {values.hint(shown, tuple(JudgeRule))}")
        return tuple(rule for rule in JudgeRule if rule in value)

    def temperature(self, value: object) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2:
            self.values.wrong("temperature is no number from 0 to 2")
        return float(value)
