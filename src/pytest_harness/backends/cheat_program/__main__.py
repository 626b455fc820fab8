"""Try the trick that standard input asks for."""

from __future__ import annotations

import sys

from . import bombs, evidence, hooks, in_process, outside, scripts, startup
from .attack import Attack
from .order import read_order

TRICKS = {
    **scripts.TRICKS,
    **hooks.TRICKS,
    **startup.TRICKS,
    **in_process.TRICKS,
    **outside.TRICKS,
    **bombs.TRICKS,
}


def main() -> None:
    """Try one trick, or several together, and put what they write into the workspace."""
    order = read_order(sys.stdin.read())
    attack = Attack(order)
    evidence.tell("phrases", count=len(attack.phrases))
    for trick in order.tricks:
        try:
            TRICKS[trick](attack)
        except OSError as error:
            evidence.tell("refused", trick=trick, why=str(error))
    attack.commit()
    evidence.tell("answer", text=attack.answer())


if __name__ == "__main__":
    main()
