// What the clients need of the demo: somebody signed in, and something that happens.
import assert from "node:assert/strict";

export const address = process.argv[2];
export const graphql = `${address}/graphql`;
export const socket = graphql.replace(/^http/, "ws");

export async function ask(query, variables = {}, token) {
    const answer = await fetch(graphql, {
        method: "POST",
        headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query, variables }),
    });
    const told = await answer.json();
    assert.equal(told.errors, undefined, JSON.stringify(told.errors));
    return told.data;
}

export async function signIn(email) {
    const query = `mutation ($email: String!) {
        signIn(input: { email: $email, password: "demo-password" }) { ... on Session { token } }
    }`;
    return (await ask(query, { email })).signIn.token;
}

export const worker = await signIn("operator.employee@demo.test");
export const admin = await signIn("operator.admin@demo.test");

export async function journal() {
    const query = `{ objects(first: 1) { edges { node { journals(status: ACTIVE) { id type { code } } } } } }`;
    const [{ node }] = (await ask(query, {}, worker)).objects.edges;
    return node.journals.find((each) => each.type.code === "SPZ_MAIN").id;
}

// Records a work; every admin of the operator is told so by an event.
export async function record() {
    const values = { system: "АПС", location: "Этаж 1", work_kind: "CHECK", work_done: "Проверка", result: "OPERATIONAL" };
    const query = `mutation ($input: CreateEntryInput!) {
        createEntry(input: $input) { __typename ... on Entry { id number } ... on Problem { code message field } }
    }`;
    const made = (await ask(query, { input: { journalId: await journal(), values } }, worker)).createEntry;
    assert.equal(made.__typename, "Entry", JSON.stringify(made));
    return made;
}

export const EVENTS = "subscription { events { kind cursor entry { id number } } }";

// Does a deed until it has been heard of: nobody tells when a subscription has begun.
export async function repeatedly(deed, heard) {
    const made = [];
    for (let waiting = true; waiting; ) {
        made.push(await deed());
        waiting = await Promise.race([heard.then(() => false), new Promise((resolve) => setTimeout(resolve, 1000, true))]);
    }
    return made;
}

// Fails instead of waiting for ever.
export function within(seconds, promise) {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error("nothing came in time")), seconds * 1000).unref());
    return Promise.race([promise, late]);
}
