"""One request of a station, whatever wire it came by: who may speak, what is valid, what it means, what was answered."""
