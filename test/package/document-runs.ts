/** Commands of the documents that `documents.test.ts` does not run, by their first words, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  'docker ': 'there is no container engine; test/deploy lints the Dockerfile',
  'POSTGRES_PASSWORD=$(openssl rand -hex 16) docker compose': 'there is no container engine; test/deploy lints it',
  'kubectl ': 'there is no cluster',
  'helm install ': 'there is no cluster; test/deploy renders and validates the chart',
  'npm install --global': 'it asks the registry; test/package/spanledger.test.ts installs the tarball globally',
  'install -': 'it writes into /etc; test/deploy verifies the unit',
  'systemctl ': 'systemd does not run; test/deploy verifies the unit',
  'spanledger complete zsh': 'it takes zsh; test/commands/complete.test.ts',
  'spanledger complete fish': 'it takes fish; test/commands/complete.test.ts',
  'spanledger complete powershell': 'it takes PowerShell; test/commands/complete.test.ts',
  'claude mcp add': 'it takes Claude Code; test/commands/mcp.test.ts asks the same server',
  'spanledger tenant add initech --distribute': 'it takes Citus; test/whole/citus.test.ts',
  'LEDGER_ENDPOINT=127.0.0.1:14317 otelcol-contrib': 'test/whole/collector.test.ts runs a Collector by the same file',
  'npm install @opentelemetry/api @opentelemetry/auto': 'test/clients/javascript.test.ts',
  'node --experimental-loader': 'test/clients/javascript.test.ts',
  'pip install ': 'test/clients/python.test.ts',
  'opentelemetry-instrument ': 'test/clients/python.test.ts',
  'python -c ': 'test/clients/python-models.test.ts',
  'go mod tidy': 'test/clients/go.test.ts',
  'go run': 'test/clients/go.test.ts',
  'mvn ': 'test/clients/java.test.ts',
  'java ': 'test/clients/java.test.ts',
  'npm ci': 'it is for a clone of the repository; .ci/run',
  'npm run check': 'it is for a clone of the repository; .ci/run',
  'npm test': 'it is for a clone of the repository; .ci/run',
  'npm run docs': 'it is for a clone of the repository; test/docs/generated.test.ts',
  '-- DuckDB': 'it takes DuckDB; test/clients/archive.test.ts',
  'create role ': 'it is for a new server; test/whole/privileges.test.ts',
}

/** What a page's reader has beside it, and what they did before a command of it. */
export interface Page {
  /** Whether its reader has no PostgreSQL. */
  readonly isEmbedded?: boolean
  /** Whether a receiver runs before its first command; another that it starts runs beside it until it listens. */
  readonly isServing?: boolean
  /** By the first words of a command: the commands that its reader has given before, of this page or another one. */
  readonly before?: Readonly<Record<string, string>>
  /** By the first words of a command: the exit code that is right for it. */
  readonly exits?: Readonly<Record<string, number>>
  /** The first words of commands whose database has no tables yet. */
  readonly withoutTables?: readonly string[]
}

const addAcme = 'spanledger tenant add acme'

/** Pages that need more than a ledger in PostgreSQL. */
export const pages: Readonly<Record<string, Page>> = {
  'README.md': { isEmbedded: true },
  'docs/commands.md': {
    isServing: true,
    withoutTables: ['DATABASE_URL=postgres://localhost/agents spanledger copy'],
    before: { 'spanledger token create': addAcme },
  },
  'docs/operations.md': {
    withoutTables: ['export DATABASE_URL=postgres://user:password@localhost:5432/agents'],
    before: { 'spanledger forget --tenant acme': addAcme, 'grant usage on schema acme': addAcme },
    // nothing was sent for the tenant that was just made
    exits: { 'spanledger explain --tenant acme order-7': 1 },
  },
  'docs/security.md': { before: { 'export TOKEN=': addAcme } },
  'docs/sending.md': { isServing: true },
}

/** The entry of a table whose key a command begins with. */
export function entryFor<Value>(
  table: Readonly<Record<string, Value>> | undefined,
  command: string,
): Value | undefined {
  return Object.entries(table ?? {}).find(([words]) => command.startsWith(words))?.[1]
}
