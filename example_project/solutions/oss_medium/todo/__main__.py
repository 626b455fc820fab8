"""The command line."""

import argparse
import sys

from todo.store import Store, UnknownTask


def main() -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(prog="todo", description="A list of tasks in a JSON file.")
    parser.add_argument("--file", default="tasks.json")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("add").add_argument("text")
    commands.add_parser("done").add_argument("number", type=int)
    commands.add_parser("list")
    options = parser.parse_args()
    store = Store(options.file)
    if options.command == "add":
        print(store.add(options.text), options.text)
    elif options.command == "list":
        for number, text in store.open_tasks():
            print(number, text)
    else:
        try:
            store.done(options.number)
        except UnknownTask as error:
            print(f"todo: {error}", file=sys.stderr)
            return 2
        print(options.number, "done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
