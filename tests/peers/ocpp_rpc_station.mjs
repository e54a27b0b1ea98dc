// npm's ocpp-rpc as a station of OCPP 1.5 over JSON that does what it is asked: it answers a command, and then shows what it did.
//
// Usage: node ocpp_rpc_station.mjs MODULES ENDPOINT IDENTITY PASSWORD
// Out:   one JSON object a line: {"open"} first; {"asked", "params"} for each request of the central system.
// Ends when its standard input does.

import { createRequire } from 'node:module';

const [modules, endpoint, identity, password] = process.argv.slice(2);
const require = createRequire(`${modules}/x.js`);
const { RPCClient } = require('ocpp-rpc');
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const now = () => new Date().toISOString();

const client = new RPCClient({ endpoint, identity, password, protocols: ['ocpp1.5'], reconnect: false, pingIntervalMs: 0 });
const settings = { HeartBeatInterval: '300' };
let listVersion = 0;
let transaction = 0;

const status = (word) => client.call('StatusNotification', { connectorId: 1, status: word, errorCode: 'NoError' });
const boot = () =>
    client.call('BootNotification', { chargePointVendor: 'Elektra', chargePointModel: 'Duo 15', firmwareVersion: '1.5' });
const start = async ({ connectorId, idTag }) => {
    const begun = { connectorId: connectorId ?? 1, idTag, timestamp: now(), meterStart: 1000 };
    transaction = (await client.call('StartTransaction', begun)).transactionId;
};
const stop = ({ transactionId }) => client.call('StopTransaction', { transactionId, timestamp: now(), meterStop: 5000 });
const upload = async ({ location }) => {
    const told = await fetch(`${location}diag.log`, { method: 'PUT', body: 'a log of the station\n'.repeat(1000) });
    await client.call('DiagnosticsStatusNotification', { status: told.status === 201 ? 'Uploaded' : 'UploadFailed' });
};
const read = ({ key = Object.keys(settings) }) => ({
    configurationKey: key.filter((one) => one in settings).map((one) => ({ key: one, readonly: false, value: settings[one] })),
    unknownKey: key.filter((one) => !(one in settings)),
});

const accepted = { status: 'Accepted' };
const word = { Operative: 'Available', Inoperative: 'Unavailable' };
const orders = {
    ChangeAvailability: [() => accepted, ({ type }) => status(word[type])],
    ChangeConfiguration: [({ key, value }) => ((settings[key] = value), accepted)],
    ClearCache: [() => accepted],
    GetConfiguration: [read],
    GetDiagnostics: [() => ({ fileName: 'diag.log' }), upload],
    GetLocalListVersion: [() => ({ listVersion })],
    RemoteStartTransaction: [() => accepted, start],
    RemoteStopTransaction: [() => accepted, stop],
    Reset: [() => accepted, boot],
    SendLocalList: [(asked) => ((listVersion = asked.listVersion), accepted)],
    UnlockConnector: [() => accepted, () => status('Available')],
    UpdateFirmware: [() => ({}), () => client.call('FirmwareStatusNotification', { status: 'Installed' })],
};
for (const [action, [answer, done]] of Object.entries(orders)) {
    client.handle(action, ({ params }) => {
        say({ asked: action, params });
        if (done) setTimeout(() => done(params).catch((error) => say({ failed: action, why: error.message })), 50);
        return answer(params);
    });
}

await client.connect();
await boot();
await status('Available');
say({ open: client.protocol });
for await (const _ of process.stdin);
await client.close();
process.exit(0); // timers of the library would keep the process for half a minute
