"""One small function: something for the smallest local models."""

import shlex

from pytest_harness import Cell, Command, Target, harness_target

CALL = "import sys; from slugs import slug; print('<' + slug(sys.argv[1]) + '>')"


def gives(name: str, text: str, slug: str) -> Command:
    """Look at what the function says, of a text with a number that is made up on the spot.

    A program that merely exits with 0 says nothing, and one that prints every slug it has seen in
    this file does not know the number.
    """
    before, after = (shlex.quote(part) for part in text.split("NUMBER"))
    wanted = slug.replace("NUMBER", "$n")
    return Command(
        name,
        f'n=$RANDOM$RANDOM; said=$(python3 -c "{CALL}" {before}$n{after}); echo "$said"'
        f'; test "$said" = "<{wanted}>"',
    )


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
            gives("small-letters", "Hello WORLD NUMBER", "hello-world-NUMBER"),
            gives("one-hyphen", "salt & NUMBER -- and more", "salt-NUMBER-and-more"),
            gives("no-apostrophe", "Don't you?NUMBER", "dont-you-NUMBER"),
            gives("no-hyphen-at-the-ends", " (NUMBER drafts!) ", "NUMBER-drafts"),
        ],
        solution="../solutions/oss_smoke",
    )


def test_improves(oss_smoke: Cell) -> None:
    assert oss_smoke.best.score > oss_smoke.baseline.score


def test_solves(oss_smoke: Cell) -> None:
    assert oss_smoke.best.score == 1.0
