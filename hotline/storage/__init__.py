"""The hotline's tables, stores and migrations; the only room of the package that knows SQL."""
