"""Write ``docs/reference.md`` from the sources: ``python tools/generate_reference.py``.

Options come from the one table in ``options.py``, everything else from classes and the docstrings
below their fields, so that the reference cannot say anything else than the code.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from pytest_harness import checks, records, target, testing, vocabulary
from pytest_harness.allowance import caps, prices
from pytest_harness.backends import base, registry
from pytest_harness.cli import main as command
from pytest_harness.options import OPTIONS, Option

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs/reference.md"

HEAD = """\
# Reference

Made from the sources by `tools/generate_reference.py`; a test holds that it is current.
"""

OPTIONS_HEAD = """\
Each option can be given on the command line of pytest, as an environment variable, and as an ini
key in pytest's own configuration. The command line wins over the environment, the environment
over `@harness_target(...)`, and that over ini. Lists are separated by commas; a native TOML
configuration (`[tool.pytest]`) may use its own lists, numbers and truth values.
"""

CHECKS = (
    checks.FileContains,
    checks.FileAbsent,
    checks.Unchanged,
    checks.Command,
    checks.Pytest,
    checks.Python,
    checks.Answer,
    checks.ToolCalls,
    checks.JsonSchema,
)
RECORDS = (
    records.CellRecord,
    records.Point,
    records.CandidateRecord,
    records.ProposalRecord,
    records.FileChange,
    records.ToolCall,
    records.Evaluation,
    records.CheckResult,
    records.Spending,
    records.Spent,
    records.Usage,
    records.RunRecord,
    records.TestLine,
    records.CellLine,
)
ENUMS = (
    vocabulary.Outcome,
    vocabulary.Fault,
    vocabulary.CheckStatus,
    vocabulary.ChangeKind,
    vocabulary.Phase,
    vocabulary.RuntimeMode,
    vocabulary.Ended,
    vocabulary.CellStatus,
    vocabulary.Kind,
    vocabulary.FaultScope,
    checks.ToolOrder,
)
STEPS = (
    testing.WriteFile,
    testing.EditFile,
    testing.ReadFile,
    testing.RunCommand,
    testing.CallTool,
    testing.Together,
    testing.Say,
    testing.Think,
    testing.Delay,
    testing.Status,
    testing.Cut,
    testing.Hang,
    testing.Malformed,
    testing.Refuse,
    testing.Empty,
    testing.Length,
    testing.Repeat,
)


def reference() -> str:
    """Return the whole page."""
    parts = [HEAD, "## Options\n", OPTIONS_HEAD, *map(_option, OPTIONS)]
    parts += ["## Target\n", _class(target.Target), _class(target.Solution), _default_ignore()]
    parts += [_class(caps.Caps)]
    parts += ["## Checks\n", "Every check has these:\n", _class(checks.Check)]
    parts += [_class(each) for each in CHECKS]
    parts += ["## Words\n", *map(_enum, ENUMS)]
    parts += ["## JUnit properties\n", _properties()]
    parts += ["## Records\n", _files(), *(_class(each) for each in RECORDS)]
    parts += ["## harness.toml\n", *_config()]
    parts += ["## Backends of your own\n", _class(base.ProposalRequest), _class(base.Probe)]
    parts += ["## Steps of a scripted model\n", *(_class(each) for each in STEPS)]
    parts += ["## The command pytest-harness\n", *_commands()]
    return "\n".join(part.rstrip() + "\n" for part in parts if part)


def _option(option: Option) -> str:
    spelling = f"{option.option}={option.metavar}" if option.metavar else option.option
    lines = [f"### {option.name}\n", f"{option.help[0].upper()}{option.help[1:]}.\n"]
    if option.command_line:
        lines.append(f"- command line: `{spelling}`")
    lines += [f"- environment: `{option.variable}`"] if option.command_line else []
    lines.append(f"- ini: `{option.dest}`")
    return "\n".join(lines) + "\n"


def _class(cls: type) -> str:
    """Name a class, say what it is, and list its own fields."""
    text = _links(inspect.cleandoc(cls.__doc__ or ""))
    rows = [
        f"| `{name}` | `{_cell(kind)}` | {_cell(_links(doc))} |" for name, kind, doc in _fields(cls)
    ]
    table = ["", "| field | type | meaning |", "|---|---|---|", *rows] if rows else []
    return "\n".join([f"### {cls.__name__}\n", text, *table]) + "\n"


def _enum(cls: type) -> str:
    documented = dict(_strings(_node(cls).body))
    rows = []
    for node in _node(cls).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            value = ast.literal_eval(node.value)
            rows.append(f"| `{value}` | {_cell(_links(documented.get(name, '')))} |")
    head = [f"### {cls.__name__}\n", _links(inspect.cleandoc(cls.__doc__ or "")), ""]
    return "\n".join([*head, "| value | meaning |", "|---|---|", *rows]) + "\n"


def _fields(cls: type) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and meaning of each documented field, those of a Literal left out."""
    documented = dict(_strings(_node(cls).body))
    for node in _node(cls).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
            if name in documented:
                yield name, _type(node.annotation), documented[name]


def _type(annotation: ast.expr) -> str:
    text = ast.unparse(annotation)
    return re.sub(r"Annotated\[(\w+), .*\]", r"\1", text)


def _strings(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield each name that is assigned with the string that stands below it."""
    for node, below in itertools.pairwise(body):
        target_ = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.AnnAssign):
            target_ = node.target
        if (
            isinstance(target_, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            yield target_.id, inspect.cleandoc(below.value.value)


def _node(cls: type) -> ast.ClassDef:
    tree = ast.parse(inspect.getsource(importlib.import_module(cls.__module__)))
    return next(
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == cls.__name__
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _links(text: str) -> str:
    """Turn the marks of docstrings into those of Markdown."""
    text = re.sub(r"(?ms)^::\n\n((?:    .*\n?|\n)+)", r"```\n\1```\n", text)
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def _default_ignore() -> str:
    listed = ", ".join(f"`{pattern}`" for pattern in target.DEFAULT_IGNORE)
    return f"`DEFAULT_IGNORE` is {listed}.\n"


def _properties() -> str:
    from pytest_harness.reports import junit

    tree = ast.parse(inspect.getsource(junit))
    found = {
        node.name: [
            key.value
            for key in ast.walk(node)
            if isinstance(key, ast.Constant)
            and isinstance(key.value, str)
            and key.value.startswith("harness.")
        ]
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    known = ", ".join(f"`{name}`" for name in found["point_properties"])
    after = ", ".join(f"`{name}`" for name in found["result_properties"])
    return (
        "All are texts, and what has no value is left out. `harness.cell` is the same for all"
        " tests of a cell, so that a dashboard can count a cell's cost once.\n\n"
        f"Before set-up, so on skipped tests as well: {known}.\n\n"
        f"Once the cell is known: {after}.\n"
    )


def _files() -> str:
    return (
        "`run.json` holds a RunRecord, `cell.json` a CellRecord, `candidate.json` a"
        " CandidateRecord, and each line of `ledger.jsonl` a CellLine or a TestLine. An unknown"
        " `schema_version` is refused.\n"
    )


def _config() -> Iterator[str]:
    from pytest_harness.backends.options import AgentOptions
    from pytest_harness.config import BackendConfig
    from pytest_harness.model.options import ModelOptions

    yield (
        "`[backends.NAME]` has these keys, `options` standing for those of its provider; "
        "`[backends.NAME.runtime]` has `mode`. `[models.NAME]` has `timeout`, `price`, `format`, "
        "`format_evidence` and `format_date`, `[defaults]` has `backend` and `grader`. "
        "`[vendors.NAME]` has `protocol`, `base_url`, `key`, `local` and `max_concurrency`; "
        "`[aliases]` and `[tiers]` name models, `[graders.NAME]` has `model`, `temperature` and "
        "`max_tokens`. `${NAME}` in a text is filled in from the environment.\n"
    )
    yield _class(BackendConfig)
    yield _class(prices.Price)
    for name, provider in registry.PROVIDERS.items():
        keys = ", ".join(f"`{key}`" for key in provider.options) or "none"
        yield f"Provider `{name}`: keys of its own: {keys}.\n"
    yield _class(AgentOptions)
    yield _class(ModelOptions)


def _commands() -> Iterator[str]:
    yield _links(inspect.cleandoc(command.help or "")) + "\n"
    for name, each in sorted(command.commands.items()):
        words, rows = [f"pytest-harness {name}"], []
        for parameter in each.params:
            if isinstance(parameter, click.Option):
                spelled = ", ".join(parameter.opts)
                rows.append(f"- `{spelled}`: {_cell(parameter.help or '')}")
            else:
                words.append(parameter.make_metavar(click.Context(each)))
        lines = [f"### pytest-harness {name}\n", f"`{' '.join(words)}`\n"]
        yield "\n".join([*lines, inspect.cleandoc(each.help or "") + "\n", *rows]) + "\n"


def main() -> None:
    """Write the page."""
    REFERENCE.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"wrote {REFERENCE}\n")


if __name__ == "__main__":
    main()
