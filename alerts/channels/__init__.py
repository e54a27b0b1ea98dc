"""The ways to people and programs: one module a medium, each a `alerts.core.delivery.Channel`. None knows another."""
