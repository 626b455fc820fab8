from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given

from pytest_harness.workspace import apply, compare, render, scan

from .conftest import PlainRunner
from .trees import Empty, Node, Tree, above, examples, pairs, read, scratch, write


def _rebuilt(root: Path, before: Tree, after: Tree) -> dict[bytes, Node]:
    old, new = write(root / "old", before), write(root / "new", after)
    patch = render(old, new, scan(old), scan(new))
    file = root / "change.patch"
    file.write_bytes(patch.data)
    runner = PlainRunner()
    apply(file, old, runner, check=True)
    apply(file, old, runner)
    return read(old)


def _without_empty(tree: Tree) -> dict[bytes, Node]:
    return {path: node for path, node in tree.items() if not isinstance(node, Empty)}


@pytest.mark.needs_git
@examples(40)
@given(pairs())
def test_what_was_before_and_the_patch_make_what_was_after(
    trees: tuple[dict[bytes, Node], dict[bytes, Node]],
) -> None:
    before, after = trees
    # An empty directory stands in the way of a file or link, and no patch can remove it.
    assume(
        not any(
            each in after
            for path, node in before.items()
            if isinstance(node, Empty)
            for each in above(path)
        )
    )
    with scratch() as root:
        assert _without_empty(_rebuilt(root, before, after)) == _without_empty(after)


@examples(40)
@given(pairs())
def test_a_patch_lists_the_same_changes_as_a_comparison(
    trees: tuple[dict[bytes, Node], dict[bytes, Node]],
) -> None:
    before, after = trees
    with scratch() as root:
        old, new = write(root / "old", before), write(root / "new", after)
        left, right = scan(old), scan(new)
        patch = render(old, new, left, right)
        bare = tuple(
            change.model_copy(update={"added_lines": None, "removed_lines": None})
            for change in patch.changes
        )
        assert bare == compare(left, right)
        assert bool(patch.changes) == (before != after)
