"""Running checks on a throw-away copy of a candidate."""

from __future__ import annotations

from pytest_harness.checks import Check, CheckContext
from pytest_harness.checks.evaluate import SCRATCH, evaluate
from pytest_harness.job import BASELINE, Job
from pytest_harness.records import Evaluation, ProposalRecord
from pytest_harness.runtime import base_environment
from pytest_harness.workspace import Stage, Trust, compare, make_empty

_KEPT = ("home", "tmp", SCRATCH)


def grade(
    job: Job,
    stage: Stage,
    candidate: str,
    checks: tuple[Check, ...],
    proposal: ProposalRecord | None = None,
    *,
    hidden: bool = True,
) -> Evaluation:
    """Run ``checks`` on a copy of a candidate, in the cell's runtime.

    The copy holds what a patch of the candidate would bring: what tools made is the baseline's,
    protected files are the original's, and hidden files are laid over it if ``hidden``. Raises
    `WorkspaceError` if the copy cannot be made, `SupervisorError` if the runtime cannot be had.
    """
    layers = job.target.hidden if hidden else ()
    trust = Trust(
        original=BASELINE,
        protected=job.target.protected,
        keep_ignored=job.target.keep_ignored,
    )
    scratch = job.scratch / "checks"
    make_empty(scratch, _KEPT)
    try:
        with (
            stage.evaluation(candidate, layers, trust) as workspace,
            job.runtime.enter(job.place(workspace, scratch), job.runner) as runner,
        ):
            context = CheckContext(
                workspace=workspace,
                original=stage.snapshot(BASELINE),
                hidden=layers,
                changes=compare(stage.manifest(BASELINE), stage.manifest(candidate)),
                answer=None if proposal is None else proposal.answer or "",
                tool_calls=None if proposal is None else proposal.tool_calls,
                runner=runner,
                env=base_environment(
                    job.environment, scratch / "home", scratch / "tmp", job.target.env
                ),
                scratch=scratch,
                objective=job.target.objective,
                graders=job.graders,
                host_programs=job.runtime.host_programs,
            )
            evaluation = evaluate(checks, context, job.target.overlays, stage.overlaid)
            job.allowance.charge(evaluation.spent)
            return evaluation
    finally:
        # What checks leave is not for the next proposal to see.
        make_empty(scratch, _KEPT)
