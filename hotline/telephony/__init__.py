"""The hotline's telephone: what callers hear, and what telephone systems tell of their calls."""
