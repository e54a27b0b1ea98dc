"""The pure part of the hotline: verdicts, search, roles and rules of login. No I/O, no clock, no framework."""
