"""Turn a wire into observations, and nothing else. Collectors do not know each other."""
