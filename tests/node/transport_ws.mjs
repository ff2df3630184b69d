// npm graphql-ws: subscriptions, queries over the socket, close codes.
import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { admin, EVENTS, record, repeatedly, socket, within } from "./deeds.mjs";

const options = { url: socket, webSocketImpl: WebSocket, retryAttempts: 0 };
const client = createClient({ ...options, connectionParams: { token: admin } });

const viewer = await within(10, client.iterate({ query: "{ viewer { role } }" }).next());
assert.equal(viewer.value.data.viewer.role, "OPERATOR_ADMIN");
assert.equal(typeof viewer.value.extensions.cost.requested, "number");

const events = client.iterate({ query: EVENTS });
const first = events.next();
const made = await within(20, repeatedly(record, first));
const { kind, entry } = (await first).value.data.events;
assert.equal(kind, "ENTRY_RECORDED");
assert.ok(made.some((each) => each.id === entry.id));
await events.return();

const faulty = client.iterate({ query: "{ nothing }" }).next();
await assert.rejects(within(10, faulty), ([error]) => error.extensions.code === "GRAPHQL_VALIDATION_FAILED");
const again = await within(10, client.iterate({ query: "{ __typename }" }).next());
assert.equal(again.value.data.__typename, "Query", "the socket lives on after a faulty operation");
await client.dispose();

async function closed(change, ...messages) {
    const raw = new WebSocket(socket, "graphql-transport-ws", change);
    await new Promise((resolve, reject) => raw.once("open", resolve).once("error", reject));
    for (const each of messages) raw.send(typeof each === "string" ? each : JSON.stringify(each));
    return within(10, new Promise((resolve) => raw.once("close", resolve)));
}
const init = { type: "connection_init" };
const subscribe = { id: "1", type: "subscribe", payload: { query: EVENTS } };
assert.equal(await closed({}, "no JSON"), 4400);
assert.equal(await closed({}, subscribe), 4401);
assert.equal(await closed({}, { ...init, payload: { token: "nobody's" } }), 4403);
assert.equal(await closed({}, { ...init, payload: { token: admin } }, subscribe, subscribe), 4409);
assert.equal(await closed({}, init, init), 4429);
const refused = new WebSocket(socket, "graphql-transport-ws", { origin: "https://evil.example" });
const [, answer] = await within(10, new Promise((resolve) => refused.once("unexpected-response", (...all) => resolve(all))));
assert.equal(answer.statusCode, 403);
console.log("graphql-ws: query, subscription, error, 4400 4401 4403 4409 4429, a foreign page");
process.exit(0);
