// What a strict frontend writes: generated types only, unions told apart by __typename.
import type { ResultOf } from "@graphql-typed-document-node/core";
import { JournalsDocument, RecordDocument, type JournalsQuery, type RecordMutationVariables } from "./generated";

type Entry = NonNullable<JournalsQuery["objects"]["edges"][number]["node"]["journals"]>[number];

export function numbers(journal: Entry): readonly number[] {
    return journal.entries.edges.map((edge) => edge.node.number);
}

export function recorded(made: ResultOf<typeof RecordDocument>): number {
    const result = made.createEntry;
    if (result.__typename === "Problem") throw new Error(result.field ? `${result.field}: ${result.message}` : result.message);
    return result.number;
}

export const variables: RecordMutationVariables = { input: { journalId: "x", values: { system: "АПС" }, clientId: null } };
export const documents = [JournalsDocument, RecordDocument] as const;
