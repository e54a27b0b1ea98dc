"""Catalogues of translations, read as they were written (.po) when the service starts."""
