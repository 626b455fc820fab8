"""An agent's scripts and instructions around a command-line program."""

from pytest_harness import Cell, Command, FileContains, Target, harness_target

OBJECTIVE = """\
Make this repository ready for coding agents. Change nothing but AGENTS.md, GEMINI.md and
scripts/, use nothing but bash and the Python standard library, and no network.

- scripts/bootstrap.sh makes a virtual environment in .venv with the program .venv/bin/minutes,
  which works from any directory and runs the code in src: a change of the sources shows at once.
  Run again, it keeps the environment.
- scripts/test.sh runs every test file below tests/, also one that is added later, with
  .venv/bin/python, and ends with an error if a test fails.
- scripts/validate.sh is a quick look without tests: it ends with an error if a Python file below
  src or tests does not compile, if pyproject.toml cannot be read, or if AGENTS.md or GEMINI.md
  names a file scripts/*.sh that does not exist.
- AGENTS.md explains the three scripts and lists the commands, in the order in which a newcomer
  types them, in one ```sh block that ends with an example of the program. Keep its warning about
  pushing.
- GEMINI.md does nothing but import the former with the line @AGENTS.md.
"""

# A sheet that no workspace holds, summed by the installed program from another directory.
SHEET = "printf 'a 1h\\nb 50m\\na 15m\\n' > \"$TMPDIR/sheet.txt\""
PROGRAM = '(cd / && "$OLDPWD/.venv/bin/minutes"'

# A hidden test copies the nonce: whoever only claims to have run the tests cannot know that.
NEW_NONCE = "rm -f .evidence && echo $RANDOM$RANDOM > .nonce"
TESTS_RAN = "cmp .nonce .evidence"

# The commands of the sh block, as a newcomer would type them.
STEPS = r"sed -n '/^```\(sh\|bash\)$/,/^```$/{/^```/!p}' AGENTS.md"

# Accepts the tree as it is, and refuses it with any of three mistakes. The trap leaves the copy as
# it was.
VALIDATION = """
cp -p AGENTS.md .saved && cp -p pyproject.toml .project || exit 1
trap 'rm -f src/minutes/broken.py; mv -f .saved AGENTS.md; mv -f .project pyproject.toml' EXIT
bash scripts/validate.sh || exit 1
echo 'def broken(:' > src/minutes/broken.py
bash scripts/validate.sh && { echo "it accepts a file that does not compile"; exit 1; }
rm src/minutes/broken.py
echo 'version = = 2' >> pyproject.toml
bash scripts/validate.sh && { echo "it accepts a pyproject.toml that cannot be read"; exit 1; }
cp -p .project pyproject.toml
echo 'Then run `bash scripts/release.sh`.' >> AGENTS.md
bash scripts/validate.sh && { echo "it accepts instructions that name no file"; exit 1; }
exit 0
"""


@harness_target
def python_cli() -> Target:
    """Bootstrap, validation and test scripts around a program; eleven checks; starts at 1/22."""
    return Target(
        workspace="../workspaces/python_cli",
        objective=OBJECTIVE,
        writable=["AGENTS.md", "GEMINI.md", "scripts"],
        checks=[
            FileContains("keeps-push-rule", "AGENTS.md", ["Never push to `main`"], weight=1),
            # Makes the virtual environment once for all that follow; see test_python_fixture.py.
            Command(
                "bootstrap",
                "rm -rf .venv && bash scripts/bootstrap.sh"
                ' && (cd / && "$OLDPWD/.venv/bin/python" -I -c'
                " \"from minutes.sheet import duration; print('is', duration('2h5m'))\")",
                expect_output="is 125",
                weight=4,
            ),
            Command(
                "program-works",
                f'{SHEET} && {PROGRAM} report "$TMPDIR/sheet.txt" --json)',
                expect_output='{"a": 75, "b": 50}',
                weight=3,
                needs=("bootstrap",),
            ),
            Command(
                "program-reports-errors",
                f'echo nonsense > "$TMPDIR/wrong.txt" && {PROGRAM} total "$TMPDIR/wrong.txt")',
                expect_exit=2,
                expect_output="line 1",
                weight=1,
                needs=("program-works",),
            ),
            Command(
                "bootstrap-keeps-environment",
                "touch .venv/kept && bash scripts/bootstrap.sh && test -e .venv/kept"
                f' && {SHEET} && {PROGRAM} total "$TMPDIR/sheet.txt")',
                expect_output="2:05",
                weight=1,
                needs=("program-works",),
            ),
            Command(
                "tests-pass",
                f"{NEW_NONCE} && bash scripts/test.sh && {TESTS_RAN}",
                weight=2,
                needs=("bootstrap",),
            ),
            Command(
                "tests-find-wrong-sum",
                "bash scripts/test.sh",
                overlay="planted_bug_sheet",
                expect_exit="nonzero",
                weight=2,
                needs=("tests-pass",),
            ),
            Command(
                "tests-find-wrong-exit",
                "bash scripts/test.sh",
                overlay="planted_bug_exit",
                expect_exit="nonzero",
                weight=2,
                needs=("tests-pass",),
            ),
            Command("validation", VALIDATION, weight=3),
            Command(
                "instructions-work",
                f"{NEW_NONCE} && {STEPS} > .steps && bash -e .steps && {TESTS_RAN}"
                " && grep -q bootstrap .steps && grep -q validate .steps"
                " && tail -n 1 .steps | grep -q .venv/bin/minutes",
                weight=2,
                needs=("program-works", "tests-pass"),
            ),
            FileContains(
                "gemini-imports-agents",
                "GEMINI.md",
                ["@AGENTS.md"],
                weight=1,
                needs=("instructions-work",),
            ),
        ],
        solution="../solutions/python_cli",
        hidden="../hidden/python_cli",
        overlays="../overlays/python_cli",
    )


def test_improves(python_cli: Cell) -> None:
    assert python_cli.best.score > python_cli.baseline.score


def test_program_works(python_cli: Cell) -> None:
    evaluation = python_cli.best.evaluation
    assert evaluation is not None
    scores = {check.name: check.score for check in evaluation.checks}
    assert scores["program-works"] == 1.0


def test_solves(python_cli: Cell) -> None:
    assert python_cli.best.score == 1.0
