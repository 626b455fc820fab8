import tempfile
import unittest
from pathlib import Path

from todo.store import Store, UnknownTask


class StoreTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "tasks.json"
        self.store = Store(self.path)

    def test_a_new_list_is_empty(self):
        self.assertEqual(self.store.open_tasks(), [])

    def test_tasks_are_numbered_from_one(self):
        self.assertEqual([self.store.add("tea"), self.store.add("cake")], [1, 2])
        self.assertEqual(self.store.open_tasks(), [(1, "tea"), (2, "cake")])

    def test_what_is_done_is_no_longer_open(self):
        self.store.add("tea")
        self.store.add("cake")
        self.store.done(1)
        self.assertEqual(self.store.open_tasks(), [(2, "cake")])

    def test_an_unknown_number_is_refused(self):
        with self.assertRaises(UnknownTask):
            self.store.done(1)
