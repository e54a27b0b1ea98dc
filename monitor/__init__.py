"""Collect what charging stations say, judge their connectivity, expose the judgement.

The package imports none of its siblings; the map of its rooms is in the README beside this file.
"""
