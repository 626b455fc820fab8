"""Decides which team answers a customer's message."""

import re

TEAMS = ("access", "billing", "hardware", "shipping")

# How strongly a word speaks for a team. Things (a battery, a parcel) say more about what a message is about
# than what is done with them (to charge, to pay), which happens everywhere.
WORDS = {
    "access": {
        "password": 3,
        "login": 3,
        "log in": 3,
        "sign in": 3,
        "locked": 2,
        "two-factor": 3,
        "account": 2,
        "code": 1,
    },
    "billing": {
        "invoice": 3,
        "refund": 3,
        "receipt": 3,
        "bill": 2,
        "price": 2,
        "fee": 2,
        "charge": 1,
        "charged": 2,
        "pay": 1,
        "paid": 1,
        "payment": 1,
        "card": 1,
    },
    "hardware": {
        "battery": 3,
        "charger": 3,
        "screen": 3,
        "keyboard": 3,
        "hinge": 3,
        "fan": 2,
        "noise": 2,
        "hot": 2,
        "broken": 2,
    },
    "shipping": {
        "parcel": 3,
        "package": 3,
        "courier": 3,
        "delivery": 3,
        "address": 1,
        "neighbour": 1,
    },
}

PATTERNS = {
    team: [(re.compile(rf"\b{re.escape(word)}\b"), points) for word, points in words.items()]
    for team, words in WORDS.items()
}


def route(text: str) -> str:
    """Return the name of the team that should answer ``text``."""
    text = text.lower()
    scores = {
        team: sum(points for pattern, points in patterns if pattern.search(text))
        for team, patterns in PATTERNS.items()
    }
    best = max(TEAMS, key=lambda team: scores[team])
    return best if scores[best] else "billing"
