import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from todo.store import Store, UnknownTask


class HeldOutTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "tasks.json"

    def run_program(self, *arguments):
        command = [sys.executable, "-m", "todo", "--file", str(self.path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def test_another_store_sees_the_same_tasks(self):
        Store(self.path).add("naïve café")
        self.assertEqual(Store(self.path).open_tasks(), [(1, "naïve café")])

    def test_the_file_is_json(self):
        Store(self.path).add("tea")
        self.assertIn("tea", json.dumps(json.loads(self.path.read_text(encoding="utf-8"))))

    def test_a_number_is_never_used_again(self):
        store = Store(self.path)
        store.add("tea")
        store.add("cake")
        store.done(2)
        self.assertEqual(Store(self.path).add("jam"), 3)

    def test_a_task_is_done_once(self):
        store = Store(self.path)
        store.add("tea")
        store.done(1)
        with self.assertRaises(UnknownTask):
            store.done(1)

    def test_the_program_lists_what_is_open(self):
        self.run_program("add", "tea")
        self.run_program("add", "cake")
        self.run_program("done", "1")
        self.assertEqual(self.run_program("list").stdout, "2 cake\n")
