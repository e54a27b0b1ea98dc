"""What leaves the house on paper: an owner's continuity report (PDF and CSV) and the uptime tables of the laws (CSV)."""
