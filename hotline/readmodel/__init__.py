"""What the pages and the API ask: the registry, health and history joined, nothing stored."""
