"""What a human sees and does: the hotline's console, its accounts and its JSON API.

The package reads what monitor knows through the ports of `monitor.runtime.ports` and judges nothing itself.
"""
