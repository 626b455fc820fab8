"""A cell without pytest: for scripts, with the same records."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path

from pytest_harness.allowance.account import Account, Policy
from pytest_harness.allowance.caps import NO_CAPS, Caps
from pytest_harness.backends.cassette import Library
from pytest_harness.backends.recordings import check_directories
from pytest_harness.backends.registry import Overrides
from pytest_harness.backends.script_files import spelt, word
from pytest_harness.backends.setup import load_catalog
from pytest_harness.cell import Workshop
from pytest_harness.cell_request import CellRequest
from pytest_harness.errors import TargetError
from pytest_harness.ids import clean
from pytest_harness.ledger import RunWriter, harness_folder, run_path
from pytest_harness.records import Point, RunRecord
from pytest_harness.redaction import Vault
from pytest_harness.result import Cell
from pytest_harness.run_names import MAIN, check_run_name, new_run_name
from pytest_harness.runtime import Supervisor
from pytest_harness.target import PathLike, Target
from pytest_harness.versions import describe_versions
from pytest_harness.vocabulary import Kind
from pytest_harness.workspace import Repositories


def run(
    target: Target,
    *,
    name: str = "target",
    backend: str = "fake",
    model: str | None = None,
    budget: int = 1,
    timeout: float | None = None,
    retries: int = 1,
    caps: Caps = NO_CAPS,
    runtime: str | None = None,
    root: PathLike = ".",
    directory: str = ".harness",
    run_name: str | None = None,
    resume: bool = False,
    config: PathLike | None = None,
    record: PathLike | None = None,
    replay: PathLike | None = None,
    record_traffic: PathLike | None = None,
) -> Cell:
    """Compute one cell and return it; its record and artifacts are those of a pytest session.

    Relative paths of the target are relative to ``root``. ``directory`` is the harness folder
    below it, ``config`` a ``harness.toml``, ``timeout`` seconds for one proposal, ``retries``
    further attempts after a fault of transport or a rate limit, ``caps`` what the run may spend,
    over all cells that share ``run_name``. ``record`` is a directory in which the proposals of
    agents are recorded, ``replay`` one from which they are played back, for free, and
    ``record_traffic`` one for what programs and their models say to each other. What went wrong
    with the backend is in the cell: look at ``cell.fault`` before its scores.

    Raises `HarnessError`: a target or an option that is wrong, a run that cannot be written.
    """
    base = Path(root).resolve()
    resolved = target.resolve(name, base)
    if budget < 1 or (resolved.kind is Kind.TASK and budget > 1):
        raise TargetError(
            f"target {name!r} cannot have the budget {budget}; a budget is 1 or more, and a task's "
            "is 1"
        )
    catalog = load_catalog(base, None if config is None else Path(config), os.environ)
    model = None if model is None else spelt(model, base)
    check_directories(base, record, replay, record_traffic)
    overrides = Overrides(
        runtime=runtime,
        record=None if record is None else Library(base / record),
        replay=None if replay is None else Library(base / replay),
        record_traffic=None if record_traffic is None else base / record_traffic,
    )
    made = catalog.make(backend, model, overrides)
    catalog.check_script(backend, model)
    if replay is None and any(
        each.cost for each in (caps, resolved.cell_caps, resolved.proposal_caps)
    ):
        catalog.refuse_unknown_cost(backend, model)
    if run_name is not None:
        check_run_name(run_name)
    now = datetime.now(UTC)
    path = run_path(harness_folder(base, directory), run_name or new_run_name(now))
    point = Point(backend=backend, model=model)
    words = [backend] if model is None else [backend, word(model)]
    id_ = f"{clean('-'.join(words), 94)}-t1"
    key = f"script::{name}[{id_}]"
    vault = Vault.of(os.environ)
    writer = RunWriter(path, uuid.uuid4().hex, MAIN, vault)
    with (
        tempfile.TemporaryDirectory(prefix="pytest-harness-") as temporary,
        Supervisor(vault) as supervisor,
        contextlib.closing(Account(writer, Policy(caps=caps))) as account,
    ):
        writer.open(resume=resume)
        try:
            writer.write_run(
                RunRecord(
                    name=path.name,
                    session=writer.session,
                    started_at=now,
                    root=str(base),
                    command=tuple(sys.argv),
                    settings=_texts(
                        backend=backend,
                        budget=budget,
                        record=record,
                        record_traffic=record_traffic,
                        replay=replay,
                    ),
                    versions=describe_versions(),
                    cells=(key,),
                )
            )
            stage = Path(os.path.realpath(temporary))
            workshop = Workshop(
                writer=writer,
                runner=supervisor,
                account=account,
                sweep=supervisor.sweep,
                repositories=Repositories(stage / "repositories", supervisor),
                environment=dict(os.environ),
                temporary=stage,
            )
            found = workshop.obtain(
                CellRequest(
                    key=key,
                    target_id=clean(f"script.{name}"),
                    id=id_,
                    directory=id_,
                    point=point,
                    target=resolved,
                    backend=made,
                    runtime=catalog.runtime(backend, made, runtime),
                    budget=budget,
                    timeout=timeout or catalog.timeout(made),
                    root=base,
                    retries=retries,
                    price=catalog.price(made.model),
                )
            )
            return Cell(found, writer.cell_directory(found.target_id, found.directory))
        finally:
            writer.close()


def _texts(**given: object) -> dict[str, str]:
    """Return what was given, for the run's record."""
    return {name: str(value) for name, value in given.items() if value is not None}
