"""The judgement in Prometheus format, computed at scrape."""
