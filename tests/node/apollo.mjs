// @apollo/client: a normalised cache that a live subscription and a mutation bring up to date.
import assert from "node:assert/strict";
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { getMainDefinition } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { graphql, record, repeatedly, socket, within, worker } from "./deeds.mjs";

const sockets = createClient({ url: socket, webSocketImpl: WebSocket, connectionParams: { token: worker } });
const http = new HttpLink({ uri: graphql, headers: { authorization: `Bearer ${worker}` } });
const live = ({ query }) => getMainDefinition(query).operation === "subscription";
const possibleTypes = { Node: ["Entry", "Journal", "ServiceObject", "User"] };
const client = new ApolloClient({
    link: ApolloLink.split(live, new GraphQLWsLink(sockets), http),
    cache: new InMemoryCache({ possibleTypes }),
});

const made = await record();
const ENTRY = gql`query ($id: ID!) { entry(id: $id) { id number status revision { id number reason } } }`;
const seen = [];
const watching = client.watchQuery({ query: ENTRY, variables: { id: made.id } });
watching.subscribe(({ data }) => data?.entry && seen.push(data.entry));
const until = async (holds) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
};
await within(10, until(() => seen.length));
assert.equal(seen.at(-1).status, "AWAITING_SIGNATURES");

const first = new Promise((resolve) => {
    client
        .subscribe({ query: gql`subscription { events { id kind entry { id status revision { id number reason } } } }` })
        .subscribe(({ data }) => resolve(data.events));
});
await within(20, repeatedly(record, first));

const { data } = await client.mutate({
    mutation: gql`mutation ($input: ReviseEntryInput!) {
        reviseEntry(input: $input) { __typename ... on Entry { id revision { id number reason } } ... on Problem { code message field } }
    }`,
    variables: { input: await revision(made.id) },
    fetchPolicy: "no-cache", // so that it is the subscription that tells
});
assert.equal(data.reviseEntry.__typename, "Entry", JSON.stringify(data.reviseEntry));
await within(10, until(() => seen.at(-1).revision.reason === "Уточнение"));
const cached = client.cache.extract()[`Entry:${made.id}`];
assert.ok(cached, "rows are kept by their id");

async function revision(entryId) {
    const query = gql`query ($id: ID!) { entry(id: $id) { id revision { id number values } } }`;
    const { data } = await client.query({ query, variables: { id: entryId }, fetchPolicy: "no-cache" });
    const { number, values } = data.entry.revision;
    const changed = { ...values, work_done: "Проверка, уточнено" };
    return { entryId, expectedRevision: number, values: changed, reason: "Уточнение" };
}
console.log("@apollo/client: query, normalised cache, subscription that changes what is shown");
process.exit(0);
