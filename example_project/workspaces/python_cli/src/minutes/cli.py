"""The command line."""

import argparse
import json
import pathlib
import sys

from minutes import __version__
from minutes.sheet import SheetError, by_project


def clock(minutes: int) -> str:
    """Return minutes as hours and minutes: ``2:05``."""
    return f"{minutes // 60}:{minutes % 60:02}"


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(prog="minutes", description="Adds up a time sheet.")
    parser.add_argument("--version", action="version", version=f"minutes {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    total = commands.add_parser("total", help="all time together")
    report = commands.add_parser("report", help="time by project")
    report.add_argument("--json", action="store_true", help="for programs")
    for command in (total, report):
        command.add_argument("sheet", type=pathlib.Path)
    options = parser.parse_args(arguments)

    try:
        totals = by_project(options.sheet.read_text(encoding="utf-8").splitlines())
    except (OSError, SheetError) as error:
        print(f"minutes: {options.sheet}: {error}", file=sys.stderr)
        return 2
    if options.command == "total":
        print(clock(sum(totals.values())))
    elif options.json:
        print(json.dumps(totals))
    else:
        for project, spent in totals.items():
            print(f"{clock(spent):>6}  {project}")
    return 0
