from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.records import FileChange
from pytest_harness.vocabulary import ChangeKind
from pytest_harness.workspace import violations

from .trees import examples


def _changed(*paths: str) -> list[FileChange]:
    return [FileChange(path=path, kind=ChangeKind.MODIFIED) for path in paths]


@pytest.mark.parametrize(
    ("pattern", "allowed", "refused"),
    [
        (
            "AGENTS.md",
            ["AGENTS.md"],
            ["sub/AGENTS.md", "AGENTS.md.bak", "agents.md", "AGENTS.md\n"],
        ),
        ("scripts", ["scripts", "scripts/a", "scripts/b/c"], ["scripts2/a", "x/scripts/a"]),
        ("scripts/", ["scripts", "scripts/a"], ["scripts2"]),
        ("./scripts", ["scripts/a"], ["other"]),
        ("a/b", ["a/b", "a/b/c"], ["a/c", "a"]),
        ("*.md", ["x.md"], ["d/x.md", "x.mdx"]),
        ("docs/*.md", ["docs/x.md"], ["docs/sub/x.md", "x.md"]),
        ("**/*.md", ["x.md", "d/e/x.md"], ["x.py"]),
        ("src/**", ["src/a", "src/a/b"], ["src2/a"]),
        ("**", ["a", "a/b", ".hidden", "odd\nname/x"], []),
        (".", ["a", "a/b"], []),
        ("!x", ["!x"], ["x", "y"]),
        ("#x", ["#x"], ["x"]),
    ],
)
def test_patterns_are_anchored_at_the_root(
    pattern: str, allowed: list[str], refused: list[str]
) -> None:
    assert violations(_changed(*allowed, *refused), [pattern]) == tuple(sorted(refused))


def test_both_ends_of_a_rename_must_be_allowed() -> None:
    change = FileChange(path="scripts/x", kind=ChangeKind.RENAMED, old_path="tests/x")
    assert violations([change], ["scripts"]) == ("tests/x",)
    assert violations([change], ["tests"]) == ("scripts/x",)
    assert violations([change], ["tests", "scripts"]) == ()


def test_nothing_is_writable_without_a_pattern() -> None:
    assert violations(_changed("a"), []) == ("a",)


_PART = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters="/\\*?["),
    min_size=1,
).filter(lambda part: part not in {".", ".."})


@examples(25)
@given(st.lists(_PART, min_size=1, max_size=4), st.integers(1, 4), _PART)
def test_a_directory_allows_itself_and_all_below_it_and_nothing_else(
    parts: list[str], depth: int, other: str
) -> None:
    path = "/".join(parts)
    scope = "/".join(parts[:depth])
    assert violations(_changed(path), [scope]) == ()
    assert violations(_changed(f"{scope}{other}"), [scope]) == (f"{scope}{other}",)
    assert violations(_changed(f"{other}/{path}"), [scope]) == (
        () if f"{other}/{path}".startswith(f"{scope}/") else (f"{other}/{path}",)
    )
