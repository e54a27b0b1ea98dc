"""From the words of each OCPP version to observations, and back to its answers. Pure: no I/O, no clock, no schema files."""
