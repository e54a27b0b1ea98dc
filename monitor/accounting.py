"""The receiver of accounting records of a running service, as its configuration wants it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from monitor.collectors.radius.receiver import RadiusReceiver
from monitor.storage.accounts import SqlAccounts

if TYPE_CHECKING:
    from monitor.collectors.radius.sims import Sims
    from monitor.core.clock import Clock
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import Database
    from monitor.settings import RadiusSettings


def make_radius(settings: RadiusSettings, clock: Clock, sims: Sims, intake: Intake, database: Database) -> RadiusReceiver:
    """Return what takes the records of `sims` from the gateways of `settings`."""
    return RadiusReceiver(
        clock=clock,
        sims=sims,
        store=SqlAccounts(database),
        intake=intake,
        clients=[(ipaddress.ip_network(one.address), one.secret.get_secret_value().encode()) for one in settings.client],
        month_octets=round(settings.month_mb * 1_000_000),
    )
