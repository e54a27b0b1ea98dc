"""SQLModel tables, stores and migrations; the only room of monitor that knows SQL."""
