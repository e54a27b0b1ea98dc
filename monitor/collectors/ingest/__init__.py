"""What somebody else has heard of stations: observations and mirrored frames, as lines of JSON."""
