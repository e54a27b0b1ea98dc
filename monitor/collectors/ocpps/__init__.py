"""OCPP-S: SOAP 1.2 over HTTP, station to central system."""
