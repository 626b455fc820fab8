"""``promote``: verdicts on formats become the defaults of their models."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pytest_harness.errors import ConfigurationError
from pytest_harness.reports.matrix import counted
from pytest_harness.reports.plain import printable
from pytest_harness.vocabulary import Confidence, ParityVerdict

if TYPE_CHECKING:
    from pytest_harness.config_models import ModelTables
    from pytest_harness.config_writing import Preference
    from pytest_harness.reports.evidence.records import ParityEntry, ParityFile

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("parity", type=_FILE, metavar="tool_mode_parity.toml")
@click.option(
    "--config",
    type=_FILE,
    default="harness.toml",
    show_default=True,
    help="The file to write; it is made if it is not there.",
)
@click.option("--force", is_flag=True, help="Promote verdicts of low confidence as well.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
def promote(parity: Path, config: Path, *, force: bool, dry_run: bool) -> None:
    """Write the verdicts on formats into harness.toml as the preferred formats of their models.

    Each gets the evidence's path and date beside it; comments, order and all other keys stay. Of
    interchangeable formats it is the one with the higher rate, native of equals. Unknown and
    unusable models are told and left as they are.
    """
    from pytest_harness.config_writing import ConfigFile
    from pytest_harness.reports.evidence.reading import read_parity

    found = read_parity(parity)
    file = ConfigFile(config, os.environ)
    wanted = _preferences(found, file.models, parity, _evidence(parity, file.path), force=force)
    changed = file.with_preferences(wanted)
    if changed is not None and not dry_run:
        file.write(changed)
    for model, entry in sorted(found.models.items()):
        click.echo(printable(f"{model}: {_said(model, entry, file.models)}"))
    if not wanted:
        click.echo(printable(f"there is nothing to promote; {config} is as it was"))
    elif changed is None:
        click.echo(printable(f"{config} says so already; it is as it was"))
    elif dry_run:
        diff = difflib.unified_diff(
            file.text.splitlines(), changed.splitlines(), str(config), str(config), lineterm=""
        )
        click.echo("\n".join(map(printable, diff)))
        click.echo(f"nothing was written: this would be {counted(len(wanted), 'format')}")
    else:
        click.echo(printable(f"wrote {counted(len(wanted), 'format')} to {config}"))


def _preferences(
    found: ParityFile, models: ModelTables, path: Path, evidence: str, *, force: bool
) -> list[Preference]:
    """Return what is to be written; raises `ConfigurationError` if something must not be."""
    from pytest_harness.config_writing import Preference
    from pytest_harness.reports.evidence.parity import MIN_REPETITIONS, MIN_SAMPLES

    wanted: dict[str, Preference] = {}
    unsure: list[str] = []
    for name, entry in sorted(found.models.items()):
        try:
            model = models.vendors.select(name)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from None
        if entry.preferred is None:
            continue
        if entry.confidence is Confidence.LOW:
            unsure.append(name)
        if str(model) in wanted:
            raise ConfigurationError(f"{path} has two verdicts on {model}; remove one of them")
        wanted[str(model)] = Preference(
            model=model,
            format=entry.preferred,
            evidence=evidence,
            date=found.date.isoformat(),
        )
    if unsure and not force:
        raise ConfigurationError(
            f"{path} has low confidence in its verdict on {', '.join(unsure)}; measure at least "
            f"{MIN_SAMPLES} cells and {MIN_REPETITIONS} trials in each format, "
            "or promote it all the same with --force"
        )
    return list(wanted.values())


def _evidence(path: Path, config: Path) -> str:
    """Return the evidence's path as ``harness.toml`` is to name it: relative where they are near.

    Links such as ``latest`` are followed, since they point elsewhere tomorrow.
    """
    real, base = Path(os.path.realpath(path)), config.parent
    near = len(Path(os.path.commonpath([real, base])).parts) > 1
    text = Path(os.path.relpath(real, base)).as_posix() if near else str(real)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConfigurationError(
            f"{text!a} cannot be named in a TOML file, because it is not UTF-8; rename it"
        ) from None
    return text


def _said(model: str, entry: ParityEntry, models: ModelTables) -> str:
    """Say what becomes of a model, and why."""
    native, text = entry.native, entry.text
    measured = (
        f"native {native.passed}/{native.samples}, text {text.passed}/{text.samples}, "
        f"{entry.confidence} confidence"
    )
    if entry.preferred is not None:
        return f"{entry.preferred} ({entry.verdict}; {measured})"
    kept = models.formats.get(str(models.vendors.select(model)))
    rest = "it has no preferred format" if kept is None else f"it keeps {kept} as before"
    remedy = "take another model" if entry.verdict is ParityVerdict.UNUSABLE else "measure more"
    return f"not written, because it is {entry.verdict} ({measured}); {rest}; {remedy}"
