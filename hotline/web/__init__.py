"""The console's web side: login, pages, JSON API and the live stream."""
