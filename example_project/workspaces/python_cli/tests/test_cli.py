import contextlib
import io
import json
import pathlib
import unittest

from minutes.cli import clock, main

WEEK = str(pathlib.Path(__file__).parent.parent / "examples" / "week.txt")


def run(*arguments):
    """Return exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(arguments))
    return code, out.getvalue(), err.getvalue()


class CliTest(unittest.TestCase):
    def test_clock(self):
        self.assertEqual(clock(125), "2:05")

    def test_total(self):
        self.assertEqual(run("total", WEEK), (0, "4:40\n", ""))

    def test_report_for_programs(self):
        code, out, _ = run("report", WEEK, "--json")
        self.assertEqual((code, json.loads(out)), (0, {"garden": 135, "engine": 140, "letters": 5}))

    def test_a_missing_sheet_is_an_error(self):
        code, out, err = run("total", "/nowhere/at/all.txt")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("/nowhere/at/all.txt", err)


if __name__ == "__main__":
    unittest.main()
