"""Probes: what of a line answers when it is asked, beside OCPP."""
