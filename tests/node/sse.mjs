// npm graphql-sse: distinct connections; there is no single-connection mode.
import assert from "node:assert/strict";
import { createClient } from "graphql-sse";
import { admin, EVENTS, graphql, record, repeatedly, within } from "./deeds.mjs";

const headers = { Authorization: `Bearer ${admin}` };
const client = createClient({ url: graphql, headers, retryAttempts: 0 });

const viewer = await within(10, client.iterate({ query: "{ viewer { role } }" }).next());
assert.equal(viewer.value.data.viewer.role, "OPERATOR_ADMIN");

const events = client.iterate({ query: EVENTS });
const first = events.next();
await within(20, repeatedly(record, first));
const { kind, cursor } = (await first).value.data.events;
assert.equal(kind, "ENTRY_RECORDED");
assert.ok(cursor);
await events.return();

const faulty = await within(10, client.iterate({ query: "{ nothing }" }).next());
assert.equal(faulty.value.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
const single = await fetch(graphql, { method: "PUT", headers });
assert.equal(single.status, 405);
assert.equal((await single.json()).errors[0].extensions.code, "BAD_REQUEST");
console.log("graphql-sse: query, subscription, error; single-connection mode is 405");
process.exit(0);
