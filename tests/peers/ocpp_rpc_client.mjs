// npm's ocpp-rpc as a charging station: sends what it is told on standard input, says on standard output what it was answered.
//
// Usage: node ocpp_rpc_client.mjs MODULES ENDPOINT IDENTITY PASSWORD PROTOCOL
// In:    one JSON object a line: {"action", "payload", "strict"}; not strict: the library sends what it holds for wrong.
// Out:   one JSON object a line: {"open"} first, then {"action", "result"} or {"action", "error", "description"} a request;
//        {"asked", "params"} for a request of the central system, {"invalid", "why"} for what the library's strict mode found
//        wrong in what it received, {"bad"} for a frame that it could not take.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [modules, endpoint, identity, password, protocol] = process.argv.slice(2);
const require = createRequire(`${modules}/x.js`);
const { RPCClient, createValidator } = require('ocpp-rpc');
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

// The library's schemas of 2.1 are named otherwise than its client asks for them.
const named = require('ocpp-rpc/lib/schemas/ocpp2_1.json').map((schema) => ({
    ...schema,
    $id: schema.$id.replace(/Request$/, '.req').replace(/Response$/, '.conf'),
}));

const client = new RPCClient({
    endpoint,
    identity,
    password,
    protocols: [protocol],
    strictMode: true,
    strictModeValidators: [createValidator('ocpp2.1', named)],
    reconnect: false,
    callTimeoutMs: 10_000,
    pingIntervalMs: 0,
});
client.on('strictValidationFailure', ({ method, outbound, error }) => {
    if (!outbound) say({ invalid: method, why: error.message });
});
client.on('badMessage', ({ buffer }) => say({ bad: buffer.toString() }));
client.handle('TriggerMessage', ({ params }) => {
    say({ asked: 'TriggerMessage', params });
    return { status: 'Accepted' };
});

await client.connect();
say({ open: client.protocol });
for await (const line of createInterface({ input: process.stdin })) {
    const { action, payload, strict } = JSON.parse(line);
    client.reconfigure({ strictMode: strict });
    try {
        say({ action, result: await client.call(action, payload) });
    } catch (error) {
        say({ action, error: error.constructor.name, description: error.message });
    }
}
await client.close();
process.exit(0); // timers of the library would keep the process for half a minute
