"""``python -m tests.golden.rewrite``: write the expectations of every file of frames anew."""

from __future__ import annotations

from tests.golden.play import expectations, expected_of, records, soap_records

if __name__ == "__main__":
    for record in (*records(), *soap_records()):
        expected_of(record).write_text(expectations(record), "utf-8")
