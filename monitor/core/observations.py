"""What a collector may tell the health model: the input alphabet of `health.step`, the same live and in a replay.

Every observation carries `at`, the instant at which *we* received it (aware UTC). What the station claims about time
travels in fields of its own and never orders anything (OCPP 1.6 §3.7 lets it queue and lets its clock be wrong).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from monitor.core.incidents import Scope
from monitor.core.quirks import Quirk


class Status(StrEnum):
    """A connector's condition: OCPP 1.6 §7.7 ChargePointStatus plus Occupied, which 1.2, 1.5 and 2.x say instead."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    OCCUPIED = "Occupied"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"
    UNKNOWN = "Unknown"


class RadiusEvent(StrEnum):
    """Accounting record types of RFC 2866 §5.1 that matter here."""

    START = "start"
    INTERIM = "interim"
    STOP = "stop"


class ProbeTarget(StrEnum):
    """What an active probe was sent to: the station's own address or the gateway in front of it."""

    STATION = "station"
    GATEWAY = "gateway"


class _Observation(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    at: datetime


class Alive(_Observation, tag="alive", frozen=True, kw_only=True):
    """Any message or pong: proof of life and nothing more.

    `action` is the message's, `pong` says that it answered a ping of ours, `rtt_s` after how many seconds; `beat_at` is its last
    heartbeat where several messages are told as one.
    """

    action: str = ""
    pong: bool = False
    rtt_s: float | None = None
    beat_at: datetime | None = None


class LinkOpened(_Observation, tag="link_opened", frozen=True, kw_only=True):
    """A socket was accepted. `epoch` grows with every socket of the station, whichever gateway holds it.

    `tls` is the version of TLS that it speaks, empty for none; `certificate_until` the end of the station's own certificate.
    """

    epoch: int = 0
    protocol: str = ""
    address: str = ""
    tls: str = ""
    certificate_until: datetime | None = None


class LinkClosed(_Observation, tag="link_closed", frozen=True, kw_only=True):
    """The socket of `epoch` is gone; `code` is the WebSocket close code (RFC 6455 §7.4), 1006 without a close frame."""

    epoch: int = 0
    clean: bool = False
    code: int = 1006


class Booted(_Observation, tag="boot", frozen=True, kw_only=True):
    """A BootNotification was accepted; `reason` exists from OCPP 2.0.1 on, `interval_s` is what our reply set."""

    reason: str | None = None
    interval_s: int | None = None
    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    iccid: str = ""
    imsi: str = ""


class ConnectorReported(_Observation, tag="connector_status", frozen=True, kw_only=True):
    """A StatusNotification. `connector` is text: in 1.x the number, 0 being the whole station (1.6 §4.9)."""

    connector: str
    status: Status
    error: str = ""
    info: str = ""
    vendor_error: str = ""
    stamped: datetime | None = None


class SessionStarted(_Observation, tag="session_started", frozen=True, kw_only=True):
    """A charging session began (StartTransaction); `stamped` is the station's own time, `meter_wh` its register in Wh."""

    connector: str
    transaction: str
    stamped: datetime | None = None
    meter_wh: int | None = None


class SessionEnded(_Observation, tag="session_ended", frozen=True, kw_only=True):
    """A charging session ended (StopTransaction); `reason` as the station spells it, empty when it gave none."""

    transaction: str
    stamped: datetime | None = None
    meter_wh: int | None = None
    reason: str = ""


class Metered(_Observation, tag="metered", frozen=True, kw_only=True):
    """What the import register shows now (Wh) in the session `transaction`, or where that is empty in the one on `connector`."""

    meter_wh: int
    transaction: str = ""
    connector: str = ""


class SecurityReported(_Observation, tag="security", frozen=True, kw_only=True):
    """A SecurityEventNotification; `event` is the station's own word for it, for editions differ in them, never an enumeration."""

    event: str
    info: str = ""
    stamped: datetime | None = None


class EquipmentReported(_Observation, tag="equipment", frozen=True, kw_only=True):
    """One item of a NotifyEvent (OCPP 2.0.1 part 2 §2.25): a variable of a component, with where it sits and what it says.

    `connector` is text as in `ConnectorReported`, empty for the station itself; `cleared` ends what was reported before.
    """

    component: str
    variable: str
    value: str = ""
    connector: str = ""
    trigger: str = ""
    cleared: bool = False
    code: str = ""
    info: str = ""
    severity: int | None = None
    stamped: datetime | None = None


class Work(StrEnum):
    """What a station does for us in its own time."""

    DIAGNOSTICS = "diagnostics"
    FIRMWARE = "firmware"


class ProgressReported(_Observation, tag="progress", frozen=True, kw_only=True):
    """How far an upload or an installation is (OCPP 1.6 §4.4, §4.5, 2.0.1 part 2 L01, N01); `status` is the station's own word."""

    work: Work
    status: str


class CallbackTold(_Observation, tag="callback", frozen=True, kw_only=True):
    """A SOAP station said where it listens (`wsa:From`, OCPP-S 1.6 §3.4): a claim. `here` is the address at which it reached us."""

    url: str
    protocol: str
    here: str = ""


class CommandTold(_Observation, tag="command", frozen=True, kw_only=True):
    """A command of ours to the station is in another state now; the words are those of `monitor.core.commands`."""

    command: str
    action: str
    state: str
    who: str = ""
    why: str = ""
    said: str = ""


class QuirkSeen(_Observation, tag="quirk", frozen=True, kw_only=True):
    """The station did something otherwise than its specification says."""

    quirk: Quirk
    detail: str = ""


class IdentityContested(_Observation, tag="identity_contested", frozen=True, kw_only=True):
    """A second connection with right credentials from `address` was refused, for the first one is alive; `times` since the last."""

    address: str
    times: int = 1


class Backlog(_Observation, tag="backlog", frozen=True, kw_only=True):
    """A queued message that the station made at `generated_at`, while it could not reach us."""

    generated_at: datetime


class RadiusSeen(_Observation, tag="radius", frozen=True, kw_only=True):
    """An accounting record of the bearer's session; `address` is the station's in it, `cause` why it ended (RFC 2866 §5.10)."""

    event: RadiusEvent
    address: str = ""
    cause: str = ""


class VolumeSeen(_Observation, tag="volume", frozen=True, kw_only=True):
    """The SIM has used `octets` in `month` (as 2026-11), more than its `limit`; told once a month."""

    month: str
    octets: int
    limit: int


class Probed(_Observation, tag="probe", frozen=True, kw_only=True):
    """The outcome of an active probe; `rtt_s` is seconds or ``None`` without an answer."""

    target: ProbeTarget
    ok: bool
    rtt_s: float | None = None


class CollectorUp(_Observation, tag="collector_up", frozen=True, kw_only=True):
    """We began to listen: silence counts from here."""

    collector: str = ""


class CollectorDown(_Observation, tag="collector_down", frozen=True, kw_only=True):
    """We stopped listening: silence means nothing until we are back. `sockets_kept`: we stalled, but hold our sockets."""

    collector: str = ""
    sockets_kept: bool = False


class MaintenanceSet(_Observation, tag="maintenance", frozen=True, kw_only=True):
    """Planned work until `until`; ``None`` ends it."""

    until: datetime | None = None


class ProfileMissed(_Observation, tag="profile_missed", frozen=True, kw_only=True):
    """Somebody at `address` dialled in as the station without the TLS that its security profile wants, `times` times."""

    address: str
    times: int = 1


class Refused(_Observation, tag="refused", frozen=True, kw_only=True):
    """Somebody who may well be the station dialled in from a network where it belongs, and its secret was wrong."""


class IncidentJoined(_Observation, tag="incident_joined", frozen=True, kw_only=True):
    """The station's silence is part of an incident that began at `since`; told again when its scope changed."""

    incident: str
    scope: Scope
    since: datetime


class IncidentLeft(_Observation, tag="incident_left", frozen=True, kw_only=True):
    """The incident is over, or the station is not part of it any more; `revoked`: it was not what it was taken for."""

    incident: str
    revoked: bool = False


class Tick(_Observation, tag="tick", frozen=True, kw_only=True):
    """A deadline came due. A time-out takes the same path as a message."""


Observation = (
    Alive
    | LinkOpened
    | LinkClosed
    | Booted
    | ConnectorReported
    | SessionStarted
    | SessionEnded
    | Metered
    | SecurityReported
    | EquipmentReported
    | ProgressReported
    | CallbackTold
    | CommandTold
    | QuirkSeen
    | IdentityContested
    | ProfileMissed
    | Backlog
    | RadiusSeen
    | VolumeSeen
    | Probed
    | CollectorUp
    | CollectorDown
    | MaintenanceSet
    | Refused
    | IncidentJoined
    | IncidentLeft
    | Tick
)
