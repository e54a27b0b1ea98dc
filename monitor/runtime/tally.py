"""How long something took, counted as Prometheus wants it: a number a bucket."""

from __future__ import annotations


class Tally:
    """Durations: `counts` a bucket of `bounds_s` (the last is all above), and their sum in seconds."""

    def __init__(self, bounds_s: tuple[float, ...]) -> None:
        """Start empty; `bounds_s` are the buckets' upper bounds, rising."""
        self.bounds_s = bounds_s
        self.counts = [0] * (len(bounds_s) + 1)
        self.total_s = 0.0

    def add(self, took_s: float) -> None:
        """Count one."""
        place = next((index for index, bound in enumerate(self.bounds_s) if took_s <= bound), len(self.bounds_s))
        self.counts[place] += 1
        self.total_s += took_s
