"""The registry's store: import, change, planned work, cards, and the lines that tell a running service."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from monitor.core.ids import Sticker
from monitor.core.registry import Bearer, Language, LifeCycle
from monitor.decode.dialect import Authorization
from monitor.registry.attempts import Knock, Outcome
from monitor.registry.changes import ChangeKind
from monitor.registry.credentials import matches
from monitor.registry.exports import write_csv
from monitor.registry.geojson import read_geojson
from monitor.registry.imports import read_csv
from monitor.storage.knocks import SqlKnocks
from monitor.storage.registry import SqlRegistry
from tests.support.clocks import START

if TYPE_CHECKING:
    from monitor.registry.imports import Imported
    from monitor.storage.database import SqlDatabase


async def put(registry: SqlRegistry, text: str, *, skip_clashes: bool = False) -> Imported:
    sheet = read_csv(text.encode())
    assert sheet.bad == ()
    return await registry.apply(sheet.rows, START, skip_clashes=skip_clashes)


async def test_a_station_comes_back_with_everything_it_has(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    done = await put(
        registry,
        "sticker,identity,bearer,protocol,site,region,address,lat,lon,owner,owner_phone,owner_email,owner_language,maintainer,"
        "maintainer_phone,maintainer_email,grid_operator,apn,sim_iccid,sim_imsi,sim_msisdn,sim_operator,cell,feeder,probe_host,"
        "allowed_networks,vendor,model,serial,connectors,security_profile,password,heartbeat_s,tap\n"
        'CP2500,box-1,GPRS,ocpp1.6,Brill,Sud,"Place de la Résistance, Esch",49.49,5.98,Ville d\'Esch,+35227541,e@example.lu,fr,'
        "Minett,+352123456,m@example.lu,Sudstroum,apn.sud,8935201,27001123,+352621000,POST,C7,F3,10.0.0.5,"
        "10.1.2.3/16 192.168.0.0/24,Elektra,Duo,S1,2,1,hex:00ff3a,600,true\n",
    )
    assert (done.added, done.updated, done.unchanged) == (1, 0, 0)
    (station,) = await registry.stations()
    assert (station.sticker, station.identity, station.bearer, station.protocol) == ("CP2500", "box-1", Bearer.GPRS, "1.6")
    assert (station.owner.name, station.owner.language) == ("Ville d'Esch", Language.FR)
    assert (station.sim.apn, station.sim.cell, station.feeder) == ("apn.sud", "C7", "F3")
    assert station.allowed_networks == ("10.1.0.0/16", "192.168.0.0/24")
    assert (station.lat, station.connectors, station.heartbeat_s, station.tap) == (49.49, 2, 600, True)
    pepper = await registry.pepper()
    assert matches(pepper, b"\x00\xff:", station.key_hash)
    assert "00ff3a" not in repr(station)


async def test_the_same_file_again_changes_nothing_and_a_changed_row_updates_its_station(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    rows = "sticker,bearer,site,security_profile,password\nCP1,gprs,A,1,secret\nCP2,lan,B,,\n"
    await put(registry, rows)
    seen = await registry.last_change()
    again = await put(registry, rows)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    assert await registry.changes(seen) == []
    changed = await put(registry, "sticker,bearer,protocol\ncp1,wifi,2.0.1\n")
    assert (changed.added, changed.updated) == (0, 1)
    first = (await registry.stations())[0]
    assert (first.bearer, first.protocol, first.site) == (Bearer.WIFI, "2.0.1", "A"), "a column that is not named is left alone"
    assert first.key_hash is not None
    (line,) = await registry.changes(seen)
    assert (line.kind, line.station) == (ChangeKind.STATION, first.id)


async def test_rows_that_clash_are_refused_together_or_left_out(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    await put(registry, "sticker,identity,bearer\nCP1,box-1,gprs\n")
    text = "sticker,identity,bearer\nCP2,box-2,gprs\ncp2,box-3,gprs\nCP4,box-1,gprs\nCP5,box-2,gprs\n"
    refused = await put(registry, text)
    assert [clash.line for clash in refused.clashes] == [3, 4, 5]
    assert "in line 2 already" in refused.clashes[0].why
    assert "belongs to CP1 already" in refused.clashes[1].why
    assert len(await registry.stations()) == 1
    skipped = await put(registry, text, skip_clashes=True)
    assert skipped.added == 1


async def test_two_stations_may_swap_their_identities(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    await put(registry, "sticker,identity,bearer\nCP1,a,gprs\nCP2,b,gprs\n")
    done = await put(registry, "sticker,identity,bearer\nCP1,c,gprs\nCP2,a,gprs\n")
    assert done.clashes == ()
    assert [one.identity for one in await registry.stations()] == ["c", "a"]


async def test_a_station_is_retired_by_any_spelling_of_its_sticker(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    await put(registry, "sticker,bearer\nCP1,gprs\n")
    assert await registry.set_life_cycle(Sticker("cp1"), LifeCycle.RETIRED, START)
    assert not await registry.set_life_cycle(Sticker("CP9"), LifeCycle.RETIRED, START)
    (station,) = await registry.stations()
    assert not station.admitted


async def test_planned_work_is_announced_and_ended(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    await put(registry, "sticker,bearer\nCP1,gprs\nCP2,gprs\n")
    one, two = [station.id for station in await registry.stations()]
    until = START + timedelta(hours=2)
    await registry.announce([one, two], until, START)
    assert await registry.maintenance() == {one: until, two: until}
    await registry.announce([one], None, START)
    assert await registry.maintenance({one}) == {one: None}
    await registry.announce([], until, START)
    kinds = [change.kind for change in await registry.changes(0)]
    assert kinds.count(ChangeKind.MAINTENANCE) == 3


async def test_cards_are_kept_and_told(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    expires = START + timedelta(days=1)
    await registry.put_cards([{"id_tag": "A1", "status": "Accepted", "expires_at": expires, "holder": "x"}], START)
    await registry.put_cards([{"id_tag": "A1", "status": "Blocked", "expires_at": None, "holder": ""}], START)
    await registry.put_cards([], START)
    assert await registry.cards() == {"A1": (Authorization.BLOCKED, None)}
    assert [change.kind for change in await registry.changes(0)] == [ChangeKind.CARDS] * 2


async def test_only_the_stations_asked_for_are_read(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    await put(registry, "sticker,bearer\nCP1,gprs\nCP2,gprs\n")
    one, _ = await registry.stations()
    assert await registry.stations({one.id}) == [one]


async def test_two_stations_may_change_places_in_one_file(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    await put(registry, "sticker,identity,bearer\nCP1,a,gprs\nCP2,b,gprs\n")
    done = await put(registry, "sticker,identity,bearer\nCP1,b,gprs\nCP2,a,gprs\nCP3,c,gprs\n")
    assert (done.updated, done.added, done.clashes) == (2, 1, ())
    assert [one.identity for one in await registry.stations()] == ["b", "a", "c"]


async def test_a_provisional_sticker_gives_way_to_the_real_one(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    await put(registry, "sticker,identity,bearer,site,provisional\nP-1,box-1,lan,Brill,true\nP-2,box-2,lan,Brill,true\n")
    done = await put(registry, "sticker,identity,bearer,former_sticker\nCP1,box-1,lan,\nCP2,eld-2,lan,P-2\n")
    assert (done.added, done.updated, done.clashes) == (0, 2, ())
    one, two = await registry.stations()
    assert (one.sticker, one.identity, one.former_sticker, one.provisional, one.site) == ("CP1", "box-1", "P-1", False, "Brill")
    assert (two.sticker, two.identity, two.former_sticker, two.provisional) == ("CP2", "eld-2", "P-2", False)
    again = await put(registry, "sticker,identity,bearer,former_sticker\nCP1,box-1,lan,P-1\nCP2,eld-2,lan,P-2\n")
    assert (again.updated, again.unchanged) == (0, 2)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("CP9,a,P-1\nCP9,b,P-2\n", "sticker 'CP9': is in line 2 already"),
        ("CP9,a,P-1\nCP8,b,P-1\n", "sticker 'CP8': is in line 2 already"),
        ("CP9,a,P-1\nP-1,b,\n", "sticker 'P-1': is in line 2 already"),
        ("P-2,b,\nP-1,a,P-2\n", "former_sticker 'P-2': that station is there beside P-1; retire one of them"),
    ],
)
async def test_a_new_sticker_is_given_once(database: SqlDatabase, rows: str, why: str) -> None:
    registry = SqlRegistry(database)
    await put(registry, "sticker,identity,bearer,provisional\nP-1,box-1,lan,true\nP-2,box-2,lan,true\n")
    head = "sticker,identity,former_sticker,bearer\n"
    refused = await put(registry, head + rows.replace("\n", ",lan\n"))
    assert [clash.why for clash in refused.clashes] == [why]
    assert [one.sticker for one in await registry.stations()] == ["P-1", "P-2"]
    await put(registry, head + rows.replace("\n", ",lan\n"), skip_clashes=True)


async def test_a_dry_run_tells_every_change_and_writes_none(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    await put(registry, "sticker,bearer,site,security_profile,password\nCP1,gprs,A,1,secret\n")
    seen = await registry.last_change()
    sheet = read_csv(b"sticker,bearer,site,password,tap\nCP1,lan,A,another,true\nCP2,wifi,,,\n")
    told = await registry.apply(sheet.rows, START, dry_run=True)
    assert (told.added, told.updated) == (1, 1)
    assert [(one.sticker, one.added) for one in told.changes] == [("CP1", False), ("CP2", True)]
    assert told.changes[0].columns == (("bearer", "gprs", "lan"), ("tap", "false", "true"), ("password", "", ""))
    assert await registry.changes(seen) == []
    assert [one.bearer for one in await registry.stations()] == [Bearer.GPRS]


async def test_a_file_without_columns_never_takes_back_what_is_known(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    place = {"type": "Point", "coordinates": [6.1, 49.6]}
    site = {"type": "Feature", "geometry": place, "properties": {"name": "Chargy Ok - Weber", "devices": 2, "capacity": 4}}
    data = json.dumps({"type": "FeatureCollection", "features": [site]}).encode()
    first = await registry.apply(read_geojson(data).rows, START)
    assert first.added == 2
    one, two = await registry.stations()
    assert (one.bearer, one.provisional, one.owner.name, one.connectors) == (Bearer.GPRS, True, "Weber", 2)
    await put(registry, f"sticker,former_sticker,identity,bearer\nCP7,{one.sticker},eld-7,lan\n")
    again = await registry.apply(read_geojson(data).rows, START)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    moved = await registry.apply(read_geojson(data.replace(b"49.6", b"49.7"), "wifi").rows, START)
    assert (moved.added, moved.updated) == (0, 2)
    seven = next(station for station in await registry.stations() if station.sticker == "CP7")
    assert (seven.identity, seven.lat, seven.bearer, seven.provisional) == ("eld-7", 49.7, Bearer.WIFI, False)
    assert two.sticker in {station.sticker for station in await registry.stations()}


async def test_an_export_read_again_changes_nothing_and_makes_the_same_registry(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    await put(
        registry,
        "sticker,identity,bearer,site,owner,owner_phone,lat,lon,allowed_networks,state,security_profile,tap,provisional,former_sticker\n"
        "CP1,-=box,gprs,=1+1,'=x,+352 621 1,-5.5,6.25,10.0.0.0/8 fd00::/8,commissioning,1,true,false,P-7\n"
        'CP2,CP2,lan,"a ""b"", c",@SUM(A1),,,,,retired,0,false,true,\n',
    )
    file = io.StringIO(newline="")
    assert write_csv(await registry.stations(), file) == 2
    text = file.getvalue()
    assert not re.search(r'(^|,)"?[=@+-](?![0-9.])', text), "a cell that a spreadsheet would run"
    again = await put(registry, text)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)


async def test_a_number_that_was_freed_and_is_worn_again_survives_an_export(database: SqlDatabase) -> None:
    registry = SqlRegistry(database)
    await put(registry, "sticker,identity,bearer\nCP1,a,lan\n")
    await put(registry, "sticker,identity,bearer,former_sticker\nCP2,a,lan,CP1\n")
    await put(registry, "sticker,identity,bearer\nCP1,b,lan\n")
    file = io.StringIO(newline="")
    write_csv(await registry.stations(), file)
    again = await put(registry, file.getvalue())
    assert (again.clashes, again.updated, again.unchanged) == ((), 0, 2)


async def test_strangers_are_kept_and_gone_once_they_are_registered(database: SqlDatabase) -> None:
    store, registry = SqlKnocks(database), SqlRegistry(database)
    first = Knock(identity="box-1", first=START, last=START, count=1, addresses=("10.0.0.1",), offered="", reason=Outcome.UNKNOWN)
    later = START + timedelta(minutes=1)
    second = Knock(
        identity="bo x",
        first=START,
        last=later,
        count=7,
        addresses=("10.0.0.2", "fd00::1"),
        offered="ocpp1.6",
        reason=Outcome.MALFORMED,
    )
    await store.replace([first, second])
    assert await store.all() == [second, first]
    await put(registry, "sticker,identity,bearer\nCP1,box-1,lan\n")
    assert await store.all() == [second]
    await store.replace([])
    assert await store.all() == []
