"""Filters of templates for texts and figures that are the same in every language."""

from __future__ import annotations

from hotline.core.legible import legible


def distance(metres: float) -> str:
    """Return a distance as people say it: to ten metres below a kilometre, to a hundred below ten."""
    if metres < 995:  # noqa: PLR2004
        return f"{max(10.0, round(metres, -1)):.0f} m"
    return f"{metres / 1000:.1f} km" if metres < 9950 else f"{metres / 1000:.0f} km"  # noqa: PLR2004


def legible_lines(text: str) -> str:
    """Return what somebody wrote, legible, its lines kept and none of it left out."""
    return "\n".join(legible(line) for line in text.split("\n"))
