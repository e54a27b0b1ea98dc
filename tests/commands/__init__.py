"""Commands: what is asked, how, and what became of it."""
