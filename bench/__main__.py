"""``python -m bench [--case N] [--quick]``: runs the cases and prints their tables in Markdown. Progress goes to standard error."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

from bench import (
    case_desk,
    case_detection,
    case_lookup,
    case_memory,
    case_messages,
    case_metrics,
    case_model,
    case_paging,
    case_radius,
    case_soap,
    case_storm,
    case_tap,
    case_tls,
)
from bench.findings import Effort, Finding, table
from bench.load import BenchError, compiled
from bench.machine import describe
from bench.neighbours import Neighbours
from bench.servers import raise_limit

if TYPE_CHECKING:
    from collections.abc import Callable

CASES: Final[dict[int, tuple[str, Callable[[Effort], list[Finding] | str]]]] = {
    1: (case_messages.TITLE, case_messages.run),
    2: (case_memory.TITLE, case_memory.run),
    3: (case_lookup.TITLE, case_lookup.run),
    4: (case_metrics.TITLE, case_metrics.run),
    5: (case_storm.TITLE, case_storm.run),
    6: (case_detection.TITLE, case_detection.run),
    7: (case_model.TITLE, case_model.run),
    8: (case_tls.TITLE, case_tls.run),
    9: (case_soap.TITLE, case_soap.run),
    10: (case_tap.TITLE, case_tap.run),
    11: (case_radius.TITLE, case_radius.run),
    12: (case_paging.TITLE, case_paging.run),
    13: (case_desk.TITLE, case_desk.run),
}


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Run what was asked for; 0 when everything could be measured, whatever the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Benchmarks side by side with `ocpp` on `websockets`.")
    parser.add_argument("--case", type=int, choices=sorted(CASES), action="append", help="only this case (may be given again)")
    parser.add_argument("--quick", action="store_true", help="one short run instead of the median of three")
    asked = parser.parse_args()
    effort = Effort(rounds=1, seconds=3.0, warmup_s=1.0, progress=_progress) if asked.quick else Effort(progress=_progress)
    raise_limit()
    failed = 0
    print(f"# Bornewatch beside its peer\n\n{describe()}\n- {effort.rounds} interleaved run(s), the median is told.", flush=True)
    for number in asked.case or sorted(CASES):
        title, run = CASES[number]
        print(f"\n## {number}. {title}\n", flush=True)
        try:
            compiled()
            neighbours = Neighbours()
            found = run(effort)
            print(found if isinstance(found, str) else table(found), flush=True)
            print(f"\nOther programs used {neighbours.share():.0%} of the machine meanwhile.", flush=True)
        except BenchError as error:
            failed += 1
            print(f"Not measured: {error}", *getattr(error, "__notes__", ()), sep="\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
