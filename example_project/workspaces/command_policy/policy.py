"""Decides whether an agent may run a command: ``python3 policy.py COMMAND...``."""

import json
import pathlib
import re
import sys

RULES = pathlib.Path(__file__).parent / "rules.json"


def decide(command: str) -> str:
    """Return ``allow`` or ``ask``."""
    rules = json.loads(RULES.read_text(encoding="utf-8"))
    for rule in rules["rules"]:
        if re.search(rule["pattern"], command):
            return rule["decision"]
    return rules["otherwise"]


if __name__ == "__main__":
    for command in sys.argv[1:]:
        print(decide(command))
