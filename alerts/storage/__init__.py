"""Where alerts are kept."""
