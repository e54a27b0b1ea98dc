"""Commands to stations: one facade, ports for the wires and the store, the life of each command."""
