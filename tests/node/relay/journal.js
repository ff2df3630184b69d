// What relay-compiler has to accept: a fragment that is refetched by node(id), and a connection.
import { graphql } from "relay-runtime";

graphql`
  fragment journal_journal on Journal
  @refetchable(queryName: "journalEntriesQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
    id
    volume
    entries(first: $count, after: $cursor) @connection(key: "journal_entries") {
      edges { node { id number ...journal_entry } }
    }
  }
`;
graphql`
  fragment journal_entry on Entry { id number status slots { id side } }
`;
graphql`
  query journalQuery($id: ID!) { node(id: $id) { ...journal_journal @alias } viewer { id role } }
`;
graphql`
  mutation journalRecordMutation($input: CreateEntryInput!) {
    createEntry(input: $input) { __typename ... on Entry { ...journal_entry @alias } ... on Problem { code message } }
  }
`;
graphql`
  subscription journalLiveSubscription { signatureEvents { __typename } }
`;
