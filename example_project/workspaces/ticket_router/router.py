"""Decides which team answers a customer's message."""

TEAMS = ("access", "billing", "hardware", "shipping")

RULES = (
    ("billing", ("bill", "invoice", "charge", "refund", "pay")),
    ("access", ("password", "login", "log in", "account")),
    ("hardware", ("screen", "battery", "broken")),
    ("shipping", ("parcel", "delivery", "package")),
)


def route(text: str) -> str:
    """Return the name of the team that should answer ``text``."""
    text = text.lower()
    for team, words in RULES:
        if any(word in text for word in words):
            return team
    return "billing"
