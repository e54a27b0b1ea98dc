"""RADIUS accounting of the APN's gateways (RFC 2866)."""
