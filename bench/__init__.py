"""Benchmarks side by side with the documented alternative: `python -m bench`. Nothing here is a test."""
