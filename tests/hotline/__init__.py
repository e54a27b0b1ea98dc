"""The console, its accounts and its API."""
