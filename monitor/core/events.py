"""What the health model says to the rest of the house: the output alphabet of `health.step`.

Events are stored in the order in which they were judged and travel over the bus as data; a consumer may see one twice and
tells by its sequence number. `at` is the instant of the judgement (aware UTC).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from monitor.core.breaches import Cause, Party
from monitor.core.ids import BreachNumber, StationId
from monitor.core.incidents import Scope
from monitor.core.observations import Status, Work
from monitor.core.quirks import Quirk
from monitor.core.registry import Bearer


class State(StrEnum):
    """How a station is, as far as we can know."""

    ONLINE = "online"
    DEGRADED = "degraded"
    SUSPECT = "suspect"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    NEVER_SEEN = "never_seen"


class Reason(StrEnum):
    """Why a state was entered."""

    NEVER_HEARD = "never_heard"
    SPOKE = "spoke"
    FLAPPING = "flapping"
    SLOW = "slow"
    IRREGULAR = "irregular"
    STEADY = "steady"
    LINK_CLOSED = "link_closed"
    OVERDUE = "overdue"
    GRACE_OVER = "grace_over"
    INCIDENT = "incident"
    RELAPSED = "relapsed"
    NOT_LISTENING = "not_listening"
    STILL_SILENT = "still_silent"


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    at: datetime


class HealthChanged(_Event, tag="health_changed", frozen=True, kw_only=True, omit_defaults=True):
    """The state changed; `since` is when the evidence says that the new one began."""

    origin: State = msgspec.field(name="from")
    to: State
    reason: Reason
    since: datetime


class BreachOpened(_Event, tag="breach_opened", frozen=True, kw_only=True, omit_defaults=True):
    """Continuity was breached."""

    breach: BreachNumber
    bearer: Bearer
    since: datetime
    cause: Cause
    party: Party
    incident: str | None = None


class BreachUpdated(_Event, tag="breach_updated", frozen=True, kw_only=True, omit_defaults=True):
    """Later evidence revised the cause; it may come after the breach was cleared."""

    breach: BreachNumber
    cause: Cause
    party: Party
    incident: str | None = None


class BreachCleared(_Event, tag="breach_cleared", frozen=True, kw_only=True, omit_defaults=True):
    """The station was heard again at `until`."""

    breach: BreachNumber
    since: datetime
    until: datetime
    cause: Cause
    party: Party


class IncidentOpened(_Event, tag="incident_opened", frozen=True, kw_only=True, omit_defaults=True):
    """Many silences have one cause: `probability` says how sure that is (0 to 1), `stations` who is in it, sorted.

    Stored under the network's own number, as the other incident events (`ids.NETWORK`).
    """

    incident: str
    scope: Scope
    key: str
    since: datetime
    stations: tuple[StationId, ...]
    probability: float


class IncidentUpdated(_Event, tag="incident_updated", frozen=True, kw_only=True, omit_defaults=True):
    """Stations joined, or another cause explains the silences better; every field is as of now."""

    incident: str
    scope: Scope
    key: str
    since: datetime
    stations: tuple[StationId, ...]
    probability: float


class IncidentCleared(_Event, tag="incident_cleared", frozen=True, kw_only=True, omit_defaults=True):
    """The common cause was over at `until`, or turned out to be part of a wider incident."""

    incident: str
    scope: Scope
    key: str
    since: datetime
    until: datetime
    merged_into: str | None = None


class LinkChanged(_Event, tag="link_changed", frozen=True, kw_only=True, omit_defaults=True):
    """A socket opened or closed; `code` is the close code, `tls` and `certificate_until` are as in `LinkOpened`."""

    open: bool
    epoch: int
    protocol: str = ""
    address: str = ""
    tls: str = ""
    certificate_until: datetime | None = None
    clean: bool = False
    code: int | None = None


class StationBooted(_Event, tag="station_booted", frozen=True, kw_only=True, omit_defaults=True):
    """The station started and said who it is."""

    reason: str | None = None
    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    iccid: str = ""
    imsi: str = ""
    interval_s: int | None = None


class ConnectorChanged(_Event, tag="connector_changed", frozen=True, kw_only=True, omit_defaults=True):
    """A connector reported something other than before."""

    connector: str
    status: Status
    error: str = ""
    info: str = ""
    vendor_error: str = ""


class ChargingStarted(_Event, tag="charging_started", frozen=True, kw_only=True, omit_defaults=True):
    """A session began on a connector."""

    connector: str
    transaction: str
    meter_wh: int | None = None


class ChargingEnded(_Event, tag="charging_ended", frozen=True, kw_only=True, omit_defaults=True):
    """A session ended; `energy_wh` where both registers are known."""

    connector: str
    transaction: str
    reason: str = ""
    energy_wh: int | None = None


class SecurityNoted(_Event, tag="security_noted", frozen=True, kw_only=True, omit_defaults=True):
    """The station reported a security event, in its own words."""

    event: str
    info: str = ""


class EquipmentNoted(_Event, tag="equipment_noted", frozen=True, kw_only=True, omit_defaults=True):
    """A component of the station reported something (OCPP 2.x NotifyEvent); the fields are those of the observation."""

    component: str
    variable: str
    value: str = ""
    connector: str = ""
    trigger: str = ""
    cleared: bool = False
    code: str = ""
    info: str = ""
    severity: int | None = None


class QuirkNoted(_Event, tag="quirk_noted", frozen=True, kw_only=True, omit_defaults=True):
    """The station showed a quirk for the first time."""

    quirk: Quirk
    detail: str = ""


class ContestNoted(_Event, tag="contest_noted", frozen=True, kw_only=True, omit_defaults=True):
    """Somebody else with right credentials tried to take the station's place while it was alive, `times` times."""

    address: str
    times: int = 1


class ProfileNoted(_Event, tag="profile_noted", frozen=True, kw_only=True, omit_defaults=True):
    """Somebody dialled in as the station without the TLS that its security profile wants, `times` times, and was refused."""

    address: str
    times: int = 1


class ProgressNoted(_Event, tag="progress_noted", frozen=True, kw_only=True, omit_defaults=True):
    """The station told how far an upload or an installation is, in its own word."""

    work: Work
    status: str


class CallbackChanged(_Event, tag="callback_changed", frozen=True, kw_only=True, omit_defaults=True):
    """A SOAP station listens at another address now, as it says."""

    url: str
    before: str = ""


class CommandMoved(_Event, tag="command_moved", frozen=True, kw_only=True, omit_defaults=True):
    """A command of ours to the station entered a state; the words are those of `monitor.core.commands`."""

    command: str
    action: str
    state: str
    who: str = ""
    why: str = ""
    said: str = ""


class BearerSessionChanged(_Event, tag="bearer_session", frozen=True, kw_only=True, omit_defaults=True):
    """The SIM's session in the APN began or ended: with which address, and why (RFC 2866 §5.10)."""

    up: bool
    address: str = ""
    cause: str = ""


class VolumeExceeded(_Event, tag="volume_exceeded", frozen=True, kw_only=True, omit_defaults=True):
    """The SIM has used more octets in `month` than is meant."""

    month: str
    octets: int
    limit: int


class MaintenanceChanged(_Event, tag="maintenance_changed", frozen=True, kw_only=True, omit_defaults=True):
    """Planned work was announced until `until`, or ended (``None``)."""

    until: datetime | None = None


Event = (
    HealthChanged
    | BreachOpened
    | BreachUpdated
    | BreachCleared
    | IncidentOpened
    | IncidentUpdated
    | IncidentCleared
    | LinkChanged
    | StationBooted
    | ConnectorChanged
    | ChargingStarted
    | ChargingEnded
    | SecurityNoted
    | EquipmentNoted
    | QuirkNoted
    | ContestNoted
    | ProfileNoted
    | ProgressNoted
    | CallbackChanged
    | CommandMoved
    | BearerSessionChanged
    | VolumeExceeded
    | MaintenanceChanged
)


class EventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was stored: `seq` grows and is never used twice; consumers tell repetitions by it."""

    seq: int
    station: StationId
    event: Event
