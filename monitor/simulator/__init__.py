"""Simulated stations on real sockets, for demos, tests and benchmarks: a fleet, its faults, and a report of what was done to it."""
