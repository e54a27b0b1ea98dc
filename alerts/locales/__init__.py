"""Catalogues of what is said of alerts, a folder a language."""
