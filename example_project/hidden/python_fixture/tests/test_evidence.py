"""Laid over the workspace for evaluations only: proves which interpreter ran the tests."""

import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class EvidenceTest(unittest.TestCase):
    def test_leaves_evidence(self):
        self.assertEqual(Path(sys.prefix).resolve(), ROOT / ".venv")
        (ROOT / ".evidence").write_bytes((ROOT / ".nonce").read_bytes())
