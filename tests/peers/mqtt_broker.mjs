// npm's aedes as an MQTT broker that keeps sessions in memory.
//
// Usage: node mqtt_broker.mjs MODULES PORT USER PASSWORD [CERTIFICATE KEY]
// In:    one JSON object a line: {"topic", "payload"} is published with QoS 1; {"drop": true} cuts every connection off.
// Out:   one JSON object a line: {"listening"} first; {"joined"} and {"left"} with a client's id, {"refused"} with a user's name,
//        {"acknowledged"} with the payload of a message that a client has taken.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createInterface } from 'node:readline';

const [modules, port, user, password, certificate, key] = process.argv.slice(2);
const require = createRequire(`${modules}/x.js`);
const { createBroker } = require('aedes');
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

const broker = createBroker();
const sockets = new Set();
broker.authenticate = (client, name, secret, done) => {
    const known = name === user && secret?.toString() === password;
    if (!known) say({ refused: name ?? '' });
    done(known ? null : Object.assign(new Error('not known'), { returnCode: 4 }), known);
};
broker.authorizeSubscribe = (client, wanted, done) => done(null, wanted.topic === 'forbidden' ? null : wanted);
broker.on('clientReady', (client) => say({ joined: client.id }));
broker.on('clientDisconnect', (client) => say({ left: client.id }));
broker.on('ack', (packet, client) => client && packet?.payload && say({ acknowledged: packet.payload.toString() }));

const taken = (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    broker.handle(socket);
};
const server = certificate
    ? createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, taken)
    : createServer(taken);
server.listen(Number(port), '127.0.0.1', () => say({ listening: server.address().port }));

for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line);
    if (order.drop) sockets.forEach((socket) => socket.destroy());
    else broker.publish({ topic: order.topic, payload: order.payload, qos: 1, retain: false }, () => {});
}
process.exit(0);
