"""What a case found, and the Markdown table that says it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long and how often is measured; seconds of one window, and of what precedes it."""

    rounds: int = 3
    seconds: float = 8.0
    warmup_s: float = 2.0
    requests: int = 500
    progress: Callable[[str], None] = print


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One figure of ours beside the peer's; smaller is better. `spread` is our best and worst run.

    The target is a limit on ours (`at_most`), on ours as a share of the peer's (`share_of_peer`), or both.
    """

    what: str
    unit: str
    ours: float
    spread: tuple[float, float] | None = None
    peer: float | None = None
    peer_name: str = ""
    at_most: float | None = None
    share_of_peer: float | None = None

    @property
    def target(self) -> str:
        """Return the target in words, empty when there is none."""
        parts = []
        if self.at_most is not None:
            parts.append(f"≤ {figure(self.at_most)} {self.unit}")
        if self.share_of_peer is not None:
            parts.append(f"≤ {self.share_of_peer:g} × peer")
        return " and ".join(parts)

    @property
    def reached(self) -> bool:
        """Return whether ours is within the target."""
        within = self.at_most is None or self.ours <= self.at_most
        return within and (self.share_of_peer is None or self.peer is None or self.ours <= self.share_of_peer * self.peer)


def middle(runs: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """Return the median of the runs with the best and the worst."""
    return median(runs), (min(runs), max(runs))


_NOTHING = 0.0005
"""Less is written as zero, without a sign."""


def figure(value: float) -> str:
    """Return three significant digits without an exponent."""
    value = value if abs(value) >= _NOTHING else 0.0
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3  # noqa: PLR2004  the powers of ten
    return f"{value:,.{digits}f}"


def table(findings: Iterable[Finding]) -> str:
    """Return the findings as a Markdown table; the ratio is the peer's figure by ours."""
    lines = ["| what | ours | best..worst | peer | peer ÷ ours | target | |", "|---|---:|---|---:|---:|---|---|"]
    for found in findings:
        spread = f"{figure(found.spread[0])}..{figure(found.spread[1])}" if found.spread else ""
        peer = f"{figure(found.peer)} {found.unit} ({found.peer_name})" if found.peer is not None else "–"
        ratio = f"{figure(found.peer / found.ours)} ×" if found.peer is not None and found.ours else "–"
        verdict = ("reached" if found.reached else "**not reached**") if found.target else ""
        lines.append(
            f"| {found.what} | {figure(found.ours)} {found.unit} | {spread} | {peer} | {ratio} | {found.target} | {verdict} |"
        )
    return "\n".join(lines)
