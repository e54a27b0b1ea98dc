"""The simulator against a central system that checks every schema."""
