"""An agent's scripts and instructions around a small library."""

from pytest_harness import Cell, Command, FileContains, Target, harness_target

OBJECTIVE = """\
Make this repository ready for coding agents. Change nothing but AGENTS.md, GEMINI.md and
scripts/, use nothing but bash and the Python standard library, and no network.

- scripts/bootstrap.sh makes a virtual environment in .venv whose .venv/bin/python imports the
  package straight from src: a change of the sources shows at once. Run again, it keeps the
  environment.
- scripts/test.sh runs every test file below tests/, also one that is added later, with
  .venv/bin/python, from whatever directory it is called, and ends with an error if a test fails.
- scripts/validate.sh is a quick look without tests: it ends with an error if a Python file below
  src or tests does not compile, or if AGENTS.md or GEMINI.md names a file scripts/*.sh that does
  not exist.
- AGENTS.md explains the three scripts and lists the commands, in the order in which a newcomer
  types them, in one ```sh block. Keep its warning about git.
- GEMINI.md does nothing but import the former with the line @AGENTS.md.
"""

# What is asked of the interpreter. A program that merely exits with 0 has nothing to say.
PROBE = "from stockroom import Item, total_value; print('worth', total_value([Item('cup', 6, 7)]))"
ASK = f'(cd / && "$OLDPWD/.venv/bin/python" -I -c "{PROBE}")'

# A hidden test copies the nonce: whoever only claims to have run the tests cannot know that.
NEW_NONCE = "rm -f .evidence && echo $RANDOM$RANDOM > .nonce"
TESTS_RAN = "cmp .nonce .evidence"

# The commands of the sh block, as a newcomer would type them.
STEPS = r"sed -n '/^```\(sh\|bash\)$/,/^```$/{/^```/!p}' AGENTS.md"

# Accepts the tree as it is, and refuses it with either of two mistakes: a script that always says
# yes, or always no, gets nothing. The trap leaves the copy as it was, for the checks that follow.
VALIDATION = """
cp -p AGENTS.md .saved || exit 1
trap 'rm -f src/stockroom/broken.py; mv -f .saved AGENTS.md' EXIT
bash scripts/validate.sh || exit 1
echo 'def broken(:' > src/stockroom/broken.py
bash scripts/validate.sh && { echo "it accepts a file that does not compile"; exit 1; }
rm src/stockroom/broken.py
echo 'Then run `bash scripts/release.sh`.' >> AGENTS.md
bash scripts/validate.sh && { echo "it accepts instructions that name no file"; exit 1; }
exit 0
"""


@harness_target
def python_fixture() -> Target:
    """Bootstrap, validation and test scripts around a library; nine checks; starts at 1/20."""
    return Target(
        workspace="../workspaces/python_fixture",
        objective=OBJECTIVE,
        writable=["AGENTS.md", "GEMINI.md", "scripts"],
        checks=[
            FileContains("keeps-git-safety", "AGENTS.md", ["git reset --hard"], weight=1),
            # The only check that makes a virtual environment. All checks of an evaluation share one
            # copy of the workspace, in their order, so those that name this one in `needs` find
            # .venv there. Where it failed they are not run at all. README.md says what that gains.
            Command(
                "bootstrap",
                f"rm -rf .venv && bash scripts/bootstrap.sh && {ASK}",
                expect_output="worth 42",
                weight=4,
            ),
            Command(
                "bootstrap-keeps-environment",
                f"touch .venv/kept && bash scripts/bootstrap.sh && test -e .venv/kept && {ASK}",
                expect_output="worth 42",
                weight=1,
                needs=("bootstrap",),
            ),
            Command(
                "tests-pass",
                f"{NEW_NONCE} && bash scripts/test.sh && {TESTS_RAN}",
                weight=3,
                needs=("bootstrap",),
            ),
            Command(
                "tests-pass-from-elsewhere",
                f'{NEW_NONCE} && (cd / && bash "$OLDPWD/scripts/test.sh") && {TESTS_RAN}',
                weight=1,
                needs=("tests-pass",),
            ),
            Command(
                "tests-find-planted-bug",
                "bash scripts/test.sh",
                overlay="planted_bug",
                expect_exit="nonzero",
                weight=3,
                needs=("tests-pass",),
            ),
            Command("validation", VALIDATION, weight=3),
            Command(
                "instructions-work",
                f"{NEW_NONCE} && {STEPS} > .steps && bash -e .steps && {TESTS_RAN}"
                " && grep -q bootstrap .steps && grep -q validate .steps",
                weight=3,
                needs=("tests-pass",),
            ),
            FileContains(
                "gemini-imports-agents",
                "GEMINI.md",
                ["@AGENTS.md"],
                weight=1,
                needs=("instructions-work",),
            ),
        ],
        solution="../solutions/python_fixture",
        hidden="../hidden/python_fixture",
        overlays="../overlays/python_fixture",
    )


def test_improves(python_fixture: Cell) -> None:
    assert python_fixture.best.score > python_fixture.baseline.score


def test_solves(python_fixture: Cell) -> None:
    assert python_fixture.best.score == 1.0
