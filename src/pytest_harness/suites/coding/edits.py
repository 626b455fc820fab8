"""Tasks that are solved by changing files."""

from __future__ import annotations

from pytest_harness import Cell, Command, FileContains, Solution, Target, Unchanged, harness_target
from pytest_harness.suites.coding.run_edit_run import RunEditRun
from pytest_harness.testing.steps import EditFile, ReadFile, RunCommand, Say
from pytest_harness.vocabulary import Kind, Tool

IMPORT = "from heat import to_fahrenheit\n"

# What decides is made up on the spot. It is not shown, so that records are the same every time.
HIDDEN_TESTS = """
n=$((RANDOM + 1)); said=$(python3 hidden_tests.py $n)
test "$said" = "passed $((3 * n + 1))"
"""

SHOUTS = """
n=$RANDOM
loud=$(python3 greet.py --shout "ada $n"); calm=$(python3 greet.py "ada $n")
test "$loud" = "HELLO, ADA $n!" || { echo "with --shout: ${loud//$n/N}"; exit 1; }
test "$calm" = "Hello, ada $n!" || { echo "without --shout: ${calm//$n/N}"; exit 1; }
"""

CONVERTS = """
n=$((5 * RANDOM)); said=$(python3 example.py $n)
test "$said" = "$n C is $((n * 9 / 5 + 32)) F"
"""

NAMES = """
files="README.md docs/guide.md example.py"
grep -nw c2f $files && exit 1
for file in $files; do grep -qw to_fahrenheit $file || { echo "not in $file"; exit 1; }; done
"""


@harness_target
def python_add() -> Target:
    """A bug in one file, and a test that fails because of it; starts at 0.

    Any agent can be held to it.
    """
    return Target(
        kind=Kind.TASK,
        workspace="data/workspaces/python_add",
        objective=(
            "add() in till.py is wrong: `python3 test_till.py` fails. Correct till.py. Further "
            "tests, which you cannot see, ask for all that its docstring says."
        ),
        checks=[Command("hidden-tests", HIDDEN_TESTS)],
        hidden="data/hidden/python_add",
        protected=["test_till.py"],
        solution=Solution(
            files="data/solutions/python_add",
            answer="add() left out the first amount.",
            tool_calls=(Tool.READ_FILE, Tool.REPLACE_TEXT, Tool.RUN_COMMAND),
            steps=(
                ReadFile("till.py"),
                EditFile(
                    "till.py", "    for amount in amounts[1:]:\n", "    for amount in amounts:\n"
                ),
                RunCommand("python3 test_till.py"),
                Say("add() left out the first amount."),
            ),
        ),
    )


def test_python_add(python_add: Cell) -> None:
    """The bug is gone."""
    assert python_add.attempt.score == 1.0


@harness_target
def cli_help_flag() -> Target:
    """A new flag, which has to work and to be explained in two places; starts at 0.

    Any agent can be held to it.
    """
    return Target(
        kind=Kind.TASK,
        workspace="data/workspaces/cli_help_flag",
        objective=(
            "Give greet.py a flag --shout, with which it prints the whole greeting in capitals. "
            "Without the flag it does what it did. The output of --help and README.md must both "
            "explain the flag."
        ),
        checks=[
            Command("shouts", SHOUTS, weight=3),
            Command(
                "in-the-help",
                ["python3", "greet.py", "--help"],
                expect_output="--shout",
                needs=("shouts",),
            ),
            FileContains("in-the-readme", "README.md", "--shout", needs=("shouts",)),
        ],
        solution=Solution(
            files="data/solutions/cli_help_flag",
            answer="greet.py --shout prints in capitals.",
            tool_calls=(
                Tool.READ_FILE,
                Tool.REPLACE_TEXT,
                Tool.REPLACE_TEXT,
                Tool.READ_FILE,
                Tool.REPLACE_TEXT,
                Tool.RUN_COMMAND,
            ),
            steps=(
                ReadFile("greet.py"),
                EditFile(
                    "greet.py",
                    "    given = parser.parse_args()\n",
                    '    parser.add_argument("--shout", action="store_true", '
                    'help="print the greeting in capitals")\n'
                    "    given = parser.parse_args()\n",
                ),
                EditFile(
                    "greet.py",
                    '    print(f"Hello, {given.name}!")\n',
                    '    greeting = f"Hello, {given.name}!"\n'
                    "    print(greeting.upper() if given.shout else greeting)\n",
                ),
                ReadFile("README.md"),
                EditFile(
                    "README.md",
                    "prints a greeting.\n",
                    "prints a greeting. With `--shout` it prints it in capitals.\n",
                ),
                RunCommand("python3 greet.py --shout Ada"),
                Say("greet.py --shout prints in capitals."),
            ),
        ),
    )


def test_cli_help_flag(cli_help_flag: Cell) -> None:
    """The flag works and is explained."""
    assert cli_help_flag.attempt.score == 1.0


@harness_target
def test_output_first() -> Target:
    """A wrong median, to be corrected between two runs of the tests; starts at 0.

    It is no test, whatever its name suggests to a reader: pytest takes no fixture for one. Agents
    whose programs name their tools in a way that is not known here, or edit files by means of a
    shell, cannot reach full marks.
    """
    return Target(
        kind=Kind.TASK,
        workspace="data/workspaces/test_output_first",
        objective=(
            "median() in middle.py is wrong. Before you change anything, run "
            "`python3 test_middle.py` and see how it fails. Then correct middle.py, with a tool "
            "that edits files. Then run the same command again."
        ),
        checks=[
            Command("hidden-tests", HIDDEN_TESTS, weight=2),
            RunEditRun("runs-edits-runs", weight=1),
        ],
        hidden="data/hidden/test_output_first",
        protected=["test_middle.py"],
        solution=Solution(
            files="data/solutions/test_output_first",
            answer="Of two numbers in the middle it is their mean now.",
            tool_calls=(
                Tool.RUN_COMMAND,
                Tool.READ_FILE,
                Tool.REPLACE_TEXT,
                Tool.RUN_COMMAND,
            ),
            steps=(
                RunCommand("python3 test_middle.py"),
                ReadFile("middle.py"),
                EditFile(
                    "middle.py",
                    "    return ordered[len(ordered) // 2]\n",
                    "    half = len(ordered) // 2\n"
                    "    if len(ordered) % 2:\n"
                    "        return ordered[half]\n"
                    "    return (ordered[half - 1] + ordered[half]) / 2\n",
                ),
                RunCommand("python3 test_middle.py"),
                Say("Of two numbers in the middle it is their mean now."),
            ),
        ),
    )


def test_test_output_first(test_output_first: Cell) -> None:
    """The median is right, and the tests were run before and after."""
    assert test_output_first.attempt.score == 1.0


@harness_target
def docs_symbol_rename() -> Target:
    """Documentation and an example that speak of a function by its old name; starts at 0.

    Any agent can be held to it.
    """
    return Target(
        kind=Kind.TASK,
        workspace="data/workspaces/docs_symbol_rename",
        objective=(
            "The function c2f of heat.py has got another name, as heat.py shows. README.md, "
            "docs/guide.md and example.py still use the old one: correct all three, so that it is "
            "not found in them any more. heat.py itself is right and must stay as it is."
        ),
        checks=[
            Command("example-works", CONVERTS, weight=2),
            Command("names-follow", NAMES, weight=2, needs=("example-works",)),
            Unchanged("implementation-untouched", "heat.py", needs=("example-works",)),
        ],
        solution=Solution(
            files="data/solutions/docs_symbol_rename",
            answer="The two texts and the example use to_fahrenheit now.",
            tool_calls=(
                Tool.READ_FILE,
                *(Tool.READ_FILE, Tool.REPLACE_TEXT),
                *(Tool.READ_FILE, Tool.REPLACE_TEXT, Tool.REPLACE_TEXT),
                *(Tool.READ_FILE, Tool.REPLACE_TEXT, Tool.REPLACE_TEXT),
                Tool.RUN_COMMAND,
            ),
            steps=(
                ReadFile("heat.py"),
                ReadFile("README.md"),
                EditFile("README.md", "`c2f(celsius)` gives", "`to_fahrenheit(celsius)` gives"),
                ReadFile("docs/guide.md"),
                EditFile("docs/guide.md", "    from heat import c2f\n", f"    {IMPORT}"),
                EditFile("docs/guide.md", "print(c2f(100))", "print(to_fahrenheit(100))"),
                ReadFile("example.py"),
                EditFile("example.py", "from heat import c2f\n", IMPORT),
                EditFile("example.py", "{c2f(celsius)}", "{to_fahrenheit(celsius)}"),
                RunCommand("python3 example.py 20"),
                Say("The two texts and the example use to_fahrenheit now."),
            ),
        ),
    )


def test_docs_symbol_rename(docs_symbol_rename: Cell) -> None:
    """The new name is used everywhere, and the implementation is as it was."""
    assert docs_symbol_rename.attempt.score == 1.0
