"""The front door: the command line, and the only place that composes the packages into a running whole.

Exit codes: 0 done; 1 failed, refused or bad data; 2 wrong usage or configuration. An error is one line on standard error. What a
command does is one function below, found by name, which imports what only it needs: one that lists stations loads no web server.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import signal
import sys
import tempfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from alerts.arguments import add_alerts_commands
from alerts.errors import AlertsError, OrderRefusedError
from alerts.settings import SECTIONS as ALERTS_SECTIONS
from alerts.settings import AlertmanagerSettings, AlertsSettings, SmtpSettings
from hotline.arguments import add_hotline_commands
from hotline.errors import HotlineError
from hotline.settings import SECTIONS as HOTLINE_SECTIONS
from hotline.settings import ConsoleSettings, HotlineSettings, PublicSettings
from monitor.arguments import Commands, Parser, add_monitor_commands, everywhere
from monitor.cli.inputs import CommandError, UsageError, read_input
from monitor.configuration import ConfigurationError, load
from monitor.logs import set_up_logging
from monitor.release import program_version
from monitor.runtime.clock import SystemClock
from monitor.runtime.journal import TransientStoreError
from monitor.runtime.loop import run_loop, spare_the_collector
from monitor.settings import SECTIONS as MONITOR_SECTIONS
from monitor.settings import MonitorSettings
from monitor.storage.errors import DatabaseError

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence

    from pydantic import BaseModel

    from alerts.service import Alerts
    from hotline.service import ConsoleDependencies
    from monitor.service import Monitor
    from monitor.storage.database import SqlDatabase

    Announce = Callable[[Monitor, int], Coroutine[Any, Any, None]]

ALL_MIGRATIONS: Final = ["monitor.storage.migrations", "alerts.storage.migrations", "hotline.storage.migrations"]
SECTIONS: Final[dict[str, type[BaseModel]]] = {**MONITOR_SECTIONS, **HOTLINE_SECTIONS, **ALERTS_SECTIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration; `demo` says that its thresholds are shortened."""

    monitor: MonitorSettings
    console: ConsoleSettings
    public: PublicSettings
    hotline: HotlineSettings
    alerts: AlertsSettings
    smtp: SmtpSettings
    alertmanager: AlertmanagerSettings
    demo: bool = False


def read_settings(file: str | None) -> Settings:
    """Read the configuration from `file` and the environment.

    Raises:
        ConfigurationError: when it is wrong.
    """
    found: dict[str, Any] = load(file, os.environ, SECTIONS)
    return Settings(
        monitor=MonitorSettings(**{name: found[name] for name in MONITOR_SECTIONS}),
        **{name: model for name, model in found.items() if name not in MONITOR_SECTIONS},
    )


@contextlib.asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[SqlDatabase]:
    """Open the configured database, brought to this program's schema."""
    from monitor.storage import schema
    from monitor.storage.database import SqlDatabase
    from monitor.storage.servers import open_engine

    engine = open_engine(settings.monitor.storage.url)
    if await asyncio.to_thread(schema.check, engine, ALL_MIGRATIONS):
        await asyncio.to_thread(schema.upgrade, engine, ALL_MIGRATIONS)
    database = SqlDatabase(engine)
    try:
        yield database
    finally:
        await database.stop()


async def run_service(settings: Settings, database: SqlDatabase, announce: Announce) -> None:
    """Run every role in this process until SIGINT or SIGTERM; `announce` is awaited once all listen, with the console's port."""
    from alerts.exposition import AlertsCollector
    from hotline.exposition import CallsCollector
    from hotline.listeners import listening
    from monitor.listening import ListenError, first_of
    from monitor.service import Monitor

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    monitor = Monitor(settings.monitor, database, SystemClock(), program_version())
    database.claim()
    await monitor.open()
    alerts = _alerts(settings, monitor, database)
    console = _hotline(settings, monitor, database, alerts)
    monitor.exposed += [AlertsCollector(alerts), CallsCollector(console.outcomes)]
    if alerts is not None:
        await alerts.open()
    spare_the_collector()
    started, refused = asyncio.Event(), ""
    try:
        async with listening(console) as (port, public), asyncio.TaskGroup() as tasks:
            service = tasks.create_task(monitor.run(started.set))
            await started.wait()
            more = () if alerts is None else (alerts.run((settings.public.listen, public)),)
            running = [*(tasks.create_task(work) for work in (announce(monitor, port), *more)), service]
            await stop.wait()
            for task in running:
                task.cancel()
    except* ListenError as group:
        refused = str(first_of(group))
    if refused:
        raise CommandError(refused)  # outside `except*`: Python 3.11.2 would wrap it in a group


def _alerts(settings: Settings, monitor: Monitor, database: SqlDatabase) -> Alerts | None:
    """Return the alerts, ``None`` where no rules are configured."""
    if not settings.alerts.file:
        return None
    from alerts.canary import Perch
    from alerts.service import Alerts, AlertsDependencies, Twilio

    sms = settings.monitor.twilio
    return Alerts(
        AlertsDependencies(
            alerts=settings.alerts,
            smtp=settings.smtp,
            alertmanager=settings.alertmanager,
            twilio=Twilio.of(sms.account_sid, sms.auth_token.get_secret_value(), sms.from_, sms.api_base),
            console_base=settings.console.base_url,
            public_base=settings.public.base_url,
            database=database,
            events=monitor.history,
            bus=monitor.bus,
            directory=monitor.directory,
            view=monitor.engine,
            clock=SystemClock(),
            perch=Perch(intake=monitor.intake, view=monitor.engine, watch=monitor.policies.watch, thin=monitor.history.thin),
        )
    )


def _hotline(settings: Settings, monitor: Monitor, database: SqlDatabase, alerts: Alerts | None) -> ConsoleDependencies:
    from hotline.service import ConsoleDependencies

    return ConsoleDependencies(
        directory=monitor.directory,
        view=monitor.engine,
        incidents=monitor.engine,
        history=monitor.history,
        bus=monitor.bus,
        contacts=monitor,
        attempts=monitor.attempts,
        enrolment=monitor,
        commands=monitor.commanding.commands,
        alerts=None if alerts is None else alerts.commands,
        telephony=() if alerts is None else alerts.routes(),
        twilio=tuple(filter(None, [settings.monitor.twilio.auth_token.get_secret_value()])),
        ingest=monitor.mirroring.mirror,
        cards=monitor.authorizer.known if monitor.authorizer.keeps_list else None,
        database=database,
        clock=SystemClock(),
        console=settings.console,
        public=settings.public,
        hotline=settings.hotline,
        demo=settings.demo,
    )


async def serve(settings: Settings, _args: argparse.Namespace) -> list[str]:
    """Run the service."""
    import structlog

    async def announce(monitor: Monitor, port: int) -> None:
        at = {"field": monitor.field_port, "tls": monitor.tls_ports, "ops": monitor.ops_port, "console": port}
        structlog.get_logger("bornewatch").info("serving", **at)

    async with opened_database(settings) as database:
        await run_service(settings, database, announce)
    return []


async def demo(settings: Settings, args: argparse.Namespace) -> list[str]:
    """Run the service on a database of its own with a simulated fleet on real sockets."""
    from alerts.demo import demo_rules
    from hotline import cli as hotline_cli
    from monitor.demo import free_address, greeting, quick_settings, stock
    from monitor.simulator.fleet import run_fleet

    password = secrets.token_urlsafe(9)
    console, public = free_address(settings.console.listen), free_address(settings.public.listen)
    with tempfile.TemporaryDirectory(prefix="bornewatch-demo-") as folder:
        quick = replace(
            settings,
            monitor=quick_settings(settings.monitor, folder),
            console=ConsoleSettings(listen=console, base_url=f"http://{console}"),
            public=PublicSettings(listen=public, base_url=f"http://{public}"),
            alerts=demo_rules(settings.alerts, folder),
            demo=True,
        )
        async with opened_database(quick) as database:
            clock = SystemClock()
            plan = await stock(database, clock, stations=args.stations, seed=args.seed)
            await hotline_cli.add_user(database, clock, name="demo", role="admin", password=password)

            async def announce(monitor: Monitor, port: int) -> None:
                print(greeting(args.stations, password, port, monitor.ops_port, monitor.field_port), flush=True)  # noqa: T201
                await run_fleet(replace(plan, url=f"ws://127.0.0.1:{monitor.field_port}/ocpp"), clock)

            await run_service(quick, database, announce)
    return ["demo ended; its data are gone"]


async def simulate_fleet(_settings: Settings, args: argparse.Namespace) -> list[str]:
    """Drive simulated stations against a central system."""
    from monitor.simulator.cli import MixError, RollError, plan_of, simulate

    try:
        plan = plan_of(args)
    except (MixError, RollError) as error:
        raise CommandError(str(error)) from None
    await simulate(plan, SystemClock(), sys.stdout)
    return []


async def station(settings: Settings, args: argparse.Namespace) -> list[str]:
    """Read and change the registry."""
    from monitor.cli import stations
    from monitor.storage.knocks import SqlKnocks
    from monitor.storage.registry import SqlRegistry

    async with opened_database(settings) as database:
        return await stations.station(SqlRegistry(database), SqlKnocks(database), SystemClock(), args)


async def planned(settings: Settings, args: argparse.Namespace) -> list[str]:
    """Announce planned work; import or list cards."""
    from monitor.cli import plans
    from monitor.storage.registry import SqlRegistry

    work = plans.maintenance if args.command == "maintenance" else plans.card
    async with opened_database(settings) as database:
        return await work(SqlRegistry(database), SystemClock(), args)


async def report(settings: Settings, args: argparse.Namespace) -> list[str]:
    """Write a report."""
    from monitor.cli import reports
    from monitor.storage.chronicle import SqlChronicle
    from monitor.storage.registry import SqlRegistry

    async with opened_database(settings) as database:
        reporter = reports.Reporter(SqlRegistry(database), SqlChronicle(database), SystemClock(), settings.monitor)
        return await reporter.write(args)


async def account(settings: Settings, args: argparse.Namespace) -> list[str]:
    """Add a user of the console, or create a token of the API and print it, and nothing else."""
    from hotline import cli as hotline_cli

    given = read_input(args.password_file) if args.command == "user" and args.password_file else None
    async with opened_database(settings) as database:
        return await hotline_cli.account(database, SystemClock(), args, given)


async def desk(settings: Settings, args: argparse.Namespace) -> list[str]:
    """Begin and list calls; show the trail and vouch for it."""
    from hotline import cli_desk
    from monitor.storage.registry import SqlRegistry

    async with opened_database(settings) as database:
        return await cli_desk.run(database, SqlRegistry(database).stations, SystemClock(), args)


async def alerts(settings: Settings, args: argparse.Namespace) -> list[str]:
    """Show and handle alerts, silences, and who is on call."""
    from alerts import cli as alerts_cli
    from monitor.storage.judgements import SqlJudgementStore
    from monitor.storage.registry import SqlRegistry

    async with opened_database(settings) as database:
        events, stations = SqlJudgementStore(database), SqlRegistry(database).stations
        counter = alerts_cli.Counter.over(settings.alerts, database, events, stations, SystemClock())
        if args.action == "report":
            from hotline.papers import alert_report

            return await alert_report(counter, events, alerts_cli.sentence, args)
        return await alerts_cli.run(counter, args, read_input(args.file) if args.action == "import" else b"")


async def db(settings: Settings, args: argparse.Namespace) -> list[str]:
    """Upgrade or check the database."""
    from monitor.cli import databases

    return databases.db(settings.monitor.storage.url, ALL_MIGRATIONS, args.action)


async def config(settings: Settings, _args: argparse.Namespace) -> list[str]:
    """Check the configuration: certificates and rules are read too, and what bodes ill with them is said."""
    from alerts.cli import foreseen
    from monitor.certificates import Certificates
    from monitor.cli import databases

    Certificates(settings.monitor.field.tls, SystemClock())
    stations = await databases.registered(settings.monitor.storage.url, ALL_MIGRATIONS)
    able = {"smtp": bool(settings.smtp.host), "twilio": bool(settings.monitor.twilio.from_)}
    return [*foreseen(settings.alerts, stations, SystemClock().now(), **able), "the configuration is good"]


async def replay(settings: Settings, args: argparse.Namespace) -> list[str]:
    """Replay a record to standard output."""
    from monitor.cli import records

    policy_of = settings.monitor.health.recorded(heartbeat_s=float(settings.monitor.field.heartbeat_s))
    records.replay(args.file, policy_of, skip_bad=args.skip_bad)
    return []


COMMANDS: Final[dict[str, Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, list[str]]]]] = {
    "serve": serve,
    "demo": demo,
    "simulate": simulate_fleet,
    "station": station,
    "maintenance": planned,
    "report": report,
    "card": planned,
    "user": account,
    "token": account,
    "call": desk,
    "trail": desk,
    "alerts": alerts,
    "silence": alerts,
    "oncall": alerts,
    "db": db,
    "config": config,
    "replay": replay,
}


def _arguments() -> argparse.ArgumentParser:
    parser = Parser(
        prog="bornewatch", description="Connectivity monitor and hotline desk for a charging network.", parents=[everywhere()]
    )
    parser.add_argument("--version", action="version", version=f"bornewatch {program_version()}")
    commands = Commands(parser)
    add_monitor_commands(commands)
    add_alerts_commands(commands)
    add_hotline_commands(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit as the module says."""
    gc.set_threshold(200_000)  # nothing that is imported is garbage, and looking for some takes a third of a short command
    args = _arguments().parse_args(arguments)
    level = getattr(args, "log_level", "info" if args.command == "serve" else "warning")
    set_up_logging(level, getattr(args, "log_format", "logfmt"))
    try:
        settings = read_settings(getattr(args, "config_file", None))
        with run_loop() as runner:
            for line in runner.run(COMMANDS[args.command](settings, args)):
                print(line)  # noqa: T201
    except (AlertsError, ConfigurationError, UsageError) as error:
        _leave(1 if isinstance(error, OrderRefusedError) else 2, error)
    except (CommandError, DatabaseError, HotlineError, TransientStoreError) as error:
        _leave(1, error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _leave(code: int, error: Exception) -> None:
    print(f"bornewatch: {error}", file=sys.stderr)  # noqa: T201
    raise SystemExit(code)
