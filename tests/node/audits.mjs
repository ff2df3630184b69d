// The requirements of GraphQL over HTTP, as the reference implementation's authors audit servers.
import { auditServer } from "graphql-http";

const url = `${process.argv[2]}/graphql`;
const results = await auditServer({ url, fetchFn: fetch });
const failed = results.filter((each) => each.status !== "ok");
for (const each of failed) console.log(each.status, each.id, each.name, each.reason ?? "", await each.response?.text?.());
console.log(`audits: ${results.length - failed.length} of ${results.length} passed`);
process.exit(failed.length ? 1 : 0);
