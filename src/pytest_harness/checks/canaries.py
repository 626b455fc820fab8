"""Tests that must fail, planted beside the original's: whoever forges results lets them pass."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SOURCE = """\
import unittest


def test_{one}():
    assert "{one}" == "{other}"


class Test{other}(unittest.TestCase):
    def test_{other}(self):
        self.assertEqual("{one}", "{other}")
"""


@dataclass(frozen=True, slots=True)
class Canaries:
    """A file of tests that must fail."""

    path: str
    """The file, relative to the root directory."""
    nodeids: frozenset[str]
    """Its tests."""

    def verdict(self, collected: Collection[str], passed: Collection[str], *, certain: bool) -> str:
        """Say how the results were forged, or return an empty text.

        ``certain`` says that nothing else than forgery can keep these tests from being collected.
        """
        if self.nodeids.intersection(passed):
            return "a test that must fail was reported as passed"
        if certain and not self.nodeids.issubset(collected):
            return "a test that must fail was left out"
        return ""


@contextmanager
def planted(root: Path) -> Iterator[Canaries]:
    """Plant a file of such tests, under names that nobody can know, in a directory of its own."""
    from pytest_harness.workspace.copying import remove_tree

    directory, one, other = (f"{secrets.choice('abcdef')}{secrets.token_hex(4)}" for _ in range(3))
    path = f"{directory}/test_{one}.py"
    (root / directory).mkdir()
    try:
        (root / path).write_text(SOURCE.format(one=one, other=other), encoding="utf-8")
        yield Canaries(
            path, frozenset({f"{path}::test_{one}", f"{path}::Test{other}::test_{other}"})
        )
    finally:
        remove_tree(root / directory)
