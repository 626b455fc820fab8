"""Why something that was asked for cannot be had here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a fence, an engine or an image cannot be had."""

    missing: str
    """What is missing, in one sentence."""
    remedy: str
    """What to do about it, in one sentence."""
