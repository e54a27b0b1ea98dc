"""A breach or incident reaches the right person, once: rules, on-call, escalation, delivery."""
