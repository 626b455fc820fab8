import unittest

from minutes.sheet import SheetError, by_project, duration


class SheetTest(unittest.TestCase):
    def test_durations(self):
        self.assertEqual([duration(text) for text in ("45m", "2h", "1h30m")], [45, 120, 90])

    def test_nonsense_is_no_duration(self):
        for text in ("", "1d", "h", "30"):
            with self.subTest(text), self.assertRaises(ValueError):
                duration(text)

    def test_projects_are_added_up(self):
        lines = ["# week", "garden 1h", "", "engine 5m", "garden 10m"]
        self.assertEqual(by_project(lines), {"garden": 70, "engine": 5})

    def test_a_wrong_line_is_named(self):
        with self.assertRaisesRegex(SheetError, "line 2"):
            by_project(["garden 1h", "garden"])


if __name__ == "__main__":
    unittest.main()
