"""The pure heart: identifiers, stations, observations and the health model. No I/O, no clock, no framework."""
