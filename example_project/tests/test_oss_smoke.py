"""One small function: something for the smallest local models."""

from pytest_harness import Cell, Command, Target, harness_target

CALL = "import sys; from slugs import slug; print('<' + slug(sys.argv[1]) + '>')"


def gives(name: str, text: str, slug: str) -> Command:
    """Look at what the function says: a program that merely exits with 0 says nothing."""
    return Command(name, ["python3", "-c", CALL, text], expect_output=f"<{slug}>")


@harness_target
def oss_smoke() -> Target:
    """A function to be written; five checks; starts at 1/5."""
    return Target(
        workspace="../workspaces/oss_smoke",
        objective="Write slug() in slugs.py by the rules in README.md. Change only that file.",
        writable=["slugs.py"],
        checks=[
            Command(
                "can-be-imported",
                ["python3", "-c", "from slugs import slug; print('slug is', type(slug).__name__)"],
                expect_output="slug is function",
            ),
            gives("small-letters", "Hello WORLD 2", "hello-world-2"),
            gives("one-hyphen", "salt & pepper -- and more", "salt-pepper-and-more"),
            gives("no-apostrophe", "Don't you?Yes", "dont-you-yes"),
            gives("no-hyphen-at-the-ends", " (A draft!) ", "a-draft"),
        ],
        solution="../solutions/oss_smoke",
    )


def test_improves(oss_smoke: Cell) -> None:
    assert oss_smoke.best.score > oss_smoke.baseline.score


def test_solves(oss_smoke: Cell) -> None:
    assert oss_smoke.best.score == 1.0
