// The peer: PostGraphile 5 in its production configuration over the product's own tables. From the environment:
// DATABASE_URL, PORT, POOL, and ANONYMOUS=1 for a server that asks nobody who they are.
import { createHash } from "node:crypto";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { pgSmartTags } from "postgraphile/utils";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";

const { DATABASE_URL, PORT, POOL, ANONYMOUS } = process.env;

// Only objects, journals and entries have root fields: what hangs below them is guarded by its parent.
const SHOWN = ["objects", "journals", "entries"];
const BELOW = ["revisions", "slots", "signatures", "certificates", "people", "journal_types"];
const tables = (kept, behavior) => ({ kind: "class", match: (table) => kept(table.relname), tags: { behavior } });
const behaviors = pgSmartTags([
  tables((name) => BELOW.includes(name), "-query:resource:list -query:resource:connection -query:resource:single"),
  tables((name) => ![...SHOWN, ...BELOW].includes(name), "-*"),
]);

export default {
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  plugins: [behaviors],
  pgServices: [
    makePgService({
      connectionString: DATABASE_URL,
      schemas: ["public"],
      poolConfig: { max: Number(POOL), idleTimeoutMillis: 0 },
    }),
  ],
  // Plain lists beside connections, keys as they are instead of opaque ones, no mutations: this is about reading.
  schema: { defaultBehavior: "+list +connection -insert -update -delete" },
  disablePlugins: ["PgIndexBehaviorsPlugin", "NodePlugin", "AddNodeInterfaceToSuitableTypesPlugin", "NodeAccessorPlugin"],
  grafserv: { port: Number(PORT), host: "127.0.0.1", graphiql: false, watch: false, maxRequestLength: 100000 },
  grafast: {
    explain: false,
    // Identity by pgSettings, as its documentation has it: the policies of peer.sql find the session by this digest,
    // which spares a statement that would look for it before.
    context(request) {
      if (ANONYMOUS === "1") return {};
      const token = (request.node?.req.headers.authorization ?? "").slice("Bearer ".length);
      return { pgSettings: { "app.token_digest": createHash("sha256").update(token).digest("hex") } };
    },
  },
};
