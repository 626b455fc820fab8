"""``support``: a page about what there is, and what was measured."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pytest_harness.cli.options import folder_option
from pytest_harness.ledger.files import write_whole
from pytest_harness.reports.plain import one_line, printable
from pytest_harness.vocabulary import ToolFormat

if TYPE_CHECKING:
    from pytest_harness.reports.advice.records import Measured, ProviderLine, Support, VendorLine

PAGE: Final = "support.md"
"""The page for people."""
SIDECAR: Final = "support.json"
"""The same for programs."""


@click.command()
@click.option(
    "--empirical",
    metavar="RUN|PATH",
    help="Add what this run measured: its name, its directory, or a summary.json.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    show_default=True,
    help="Directory of the files; it is made if it is not there.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a file would change.")
@folder_option
def support(empirical: str | None, output: Path, folder: Path, *, check: bool) -> None:
    """Write support.md and support.json: backends, providers, vendors, formats and runtimes.

    They are told as they ship, without a look at this machine, so that the files change only when
    the package or the named run does.
    """
    from pytest_harness.reports.advice.support_page import support_page

    found = _support(None if empirical is None else _measured(empirical, folder))
    files = {
        output / PAGE: support_page(found).encode(),
        output / SIDECAR: found.to_json(indent=2) + b"\n",
    }
    changed = [path for path, data in files.items() if not _holds(path, data)]
    if check and changed:
        again = f"pytest-harness support --output {output}"
        again += f" --empirical {empirical}" if empirical is not None else ""
        difference = one_line(_difference(changed[0], files[changed[0]]), 500)
        line = f"pytest-harness: {difference}; write it again with: {again}"
        click.echo(printable(line), err=True)
        sys.exit(1)
    if not changed:
        click.echo(printable(f"{output / PAGE} and {output / SIDECAR} are current"))
        return
    output.mkdir(parents=True, exist_ok=True)
    for path in changed:
        write_whole(path, files[path], sync=False)
        click.echo(printable(f"wrote {path}"))


def _measured(name: str, folder: Path) -> Measured:
    """Return what a run, or a file, says."""
    from pytest_harness.ledger import find_run
    from pytest_harness.reports.advice.sources import load_summary
    from pytest_harness.reports.advice.support_page import measured

    place = Path(name)
    is_file = place.is_file() or place.suffix == ".json"
    return measured(load_summary(place if is_file or place.is_dir() else find_run(folder, name)))


def _support(found: Measured | None) -> Support:
    """Return what ships; no program is looked for."""
    from pytest_harness.backends.registry import BUILT_IN, PROVIDERS, SHORT
    from pytest_harness.model.vendors import VENDORS
    from pytest_harness.reports.advice.records import BackendLine, RuntimeLine, Support
    from pytest_harness.runtime.registry import RUNTIMES

    again = set(SHORT.values())
    return Support(
        backends=tuple(
            BackendLine(name=name, provider=provider)
            for name, provider in sorted(BUILT_IN.items())
            if name not in again
        ),
        providers=tuple(_provider(name) for name in sorted(PROVIDERS)),
        vendors=tuple(_vendor(name) for name in VENDORS),
        formats=tuple(ToolFormat),
        runtimes=tuple(
            RuntimeLine(name=str(name), keys=kind.keys) for name, kind in RUNTIMES.items()
        ),
        measured=found,
    )


def _provider(name: str) -> ProviderLine:
    from pytest_harness.backends.providers import AGENTS
    from pytest_harness.backends.registry import PROVIDERS
    from pytest_harness.reports.advice.records import ProviderLine

    provider = PROVIDERS[name]
    program = AGENTS[name].load().program if name in AGENTS else None
    # A program that only the user knows has no versions that were tested.
    known = program is not None and bool(program.tested[0])
    return ProviderLine(
        name=name,
        program=program.title if program is not None and known else None,
        tested=program.tested if program is not None and known else None,
        reports_cost=provider.reports_cost,
        options=provider.options,
    )


def _vendor(name: str) -> VendorLine:
    from pytest_harness.model.vendors import OTHER_NAMES, VENDORS
    from pytest_harness.reports.advice.records import VendorLine

    vendor = VENDORS[name]
    return VendorLine(
        name=name,
        other_names=tuple(sorted(other for other, own in OTHER_NAMES.items() if own == name)),
        protocol=vendor.protocol.value,
        base_url=vendor.base_url or None,
        base_variable=vendor.base_variable or None,
        keys=vendor.keys,
        local=vendor.local,
    )


def _holds(path: Path, data: bytes) -> bool:
    return path.exists() and path.read_bytes() == data


def _difference(path: Path, data: bytes) -> str:
    """Say where a file first differs from what it should hold."""
    if not path.exists():
        return f"{path} is not there"
    old = path.read_bytes().decode("utf-8", "backslashreplace").split("\n")
    new = data.decode().split("\n")
    for number, (has, wants) in enumerate(itertools.zip_longest(old, new), start=1):
        if has != wants:
            return f"{path} differs in line {number}: {_shown(has)} should be {_shown(wants)}"
    return f"{path} is not UTF-8"


def _shown(line: str | None) -> str:
    return "its end" if line is None else repr(one_line(line, 120))
