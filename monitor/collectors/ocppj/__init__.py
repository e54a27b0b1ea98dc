"""OCPP-J over WebSocket: admission, the session of one socket, and the listener."""
