"""Recorded-style frames of whole lives of stations, and what they are answered and what we learn of them, byte for byte.

`VERSION/NAME.ndjson` holds what a station sent, one JSON object a line: `at`, when we received it, and `text`, the message. Beside
it `NAME.expected.json` holds an entry a frame: what it was answered, whether that waits for a commit, and the observations.
The files in `soap/VERSION/` hold envelopes that zeep wrote by the official service descriptions, `bends` some of them bent by hand.
``python -m tests.golden.rewrite`` writes the expectations anew; what changes in them is to be read like code.
"""
