"""How many messages of a file the router gets right: ``python3 measure.py [FILE]``."""

import json
import pathlib
import sys

from router import route


def main() -> None:
    """Print every mistake, and the share of messages that are routed right."""
    path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tickets.jsonl")
    tickets = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    right = 0
    for ticket in tickets:
        team = route(ticket["text"])
        right += team == ticket["team"]
        if team != ticket["team"]:
            print(f"{ticket['team']:>8}, not {team}: {ticket['text']}")
    print(f"{right} of {len(tickets)} are right")


if __name__ == "__main__":
    main()
