"""A small program with an empty middle: something for a capable local model."""

from pytest_harness import Cell, Command, Pytest, Target, harness_target

OBJECTIVE = """\
Write the missing parts of the program todo: README.md says what it does. Fill in todo/store.py
and todo/__main__.py so that the tests pass, and make scripts/test.sh run all of them with
unittest: it must end with an error if a test fails. Use nothing but the standard library.
"""

FRESH = "rm -f .tasks.json"
TODO = "python3 -m todo --file .tasks.json"


@harness_target
def oss_medium() -> Target:
    """A list of tasks on the command line; starts at 1/16."""
    return Target(
        workspace="../workspaces/oss_medium",
        objective=OBJECTIVE,
        writable=["todo", "scripts"],
        checks=[
            Command("shows-help", "python3 -m todo --help", expect_output="usage: todo", weight=1),
            # Nine tests, five of which are hidden; each is worth the same.
            Pytest("tests", ["tests"], weight=9),
            Command(
                "remembers",
                # The last task is made up on the spot, so that nobody can know the last line.
                f"{FRESH} && {TODO} add milk && {TODO} add 'a b' && {TODO} done 1"
                f' && n=$RANDOM$RANDOM && {TODO} add "task $n" && {TODO} list'
                f' && {TODO} list | tail -n 1 | grep -qx "3 task $n"',
                expect_output=["1 milk", "1 done", "2 a b\n3 task "],
                weight=2,
            ),
            Command(
                "refuses-unknown-number",
                f"{FRESH} && {TODO} add tea && {TODO} done 7",
                expect_exit=2,
                expect_output="1 tea",
                weight=2,
            ),
            Command(
                "test-script-finds-planted-bug",
                "bash scripts/test.sh",
                overlay="planted_bug",
                expect_exit="nonzero",
                weight=1,
                needs=("tests",),
            ),
            # After the planted bug, so that a script that always says yes gets neither.
            Command(
                "test-script-passes",
                "bash scripts/test.sh",
                weight=1,
                needs=("test-script-finds-planted-bug",),
            ),
        ],
        solution="../solutions/oss_medium",
        hidden="../hidden/oss_medium",
        overlays="../overlays/oss_medium",
    )


def test_improves(oss_medium: Cell) -> None:
    assert oss_medium.best.score > oss_medium.baseline.score


def test_solves(oss_medium: Cell) -> None:
    assert oss_medium.best.score == 1.0
