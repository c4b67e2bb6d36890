import { availableParallelism } from 'node:os'
import * as z from 'zod'
import type { JwtIssuer } from '../accept/credentials/jwt.ts'
import type { ListenAddress } from '../accept/listening.ts'
import type { TlsVersion } from '../accept/tls/tls-files.ts'
import type { Budget } from '../budgets/budget.ts'
import { type AbsentParent, type Content, storedByDefault } from '../defaults.ts'
import type { LogLevel } from '../events/events.ts'
import type { RedactionRules } from '../map/redact/redactor.ts'
import type { CustomAttributes } from '../map/table/custom-attributes.ts'
import type { PriceOverride } from '../settle/prices/prices.ts'
import { budgets, webhookSecrets, webhookUrl } from './budget-kinds.ts'
import { certificateTenants, jwtIssuers } from './credential-kinds.ts'
import { redaction } from './redaction-kind.ts'
import {
  absentParent,
  attributes,
  boolean,
  content,
  file,
  list,
  listenAddress,
  logLevel,
  origins,
  pageAddress,
  prices,
  type RetentionPolicy,
  retention,
  tenantServers,
  type ValueKind,
  wholeNumber,
} from './value-kinds.ts'

/** The complete configuration, checked and frozen. The meaning, unit and default of each value: `settings`. */
export interface Config {
  /** null: the embedded database in `dataDir`. */
  readonly databaseUrl: string | null
  /** null: readers have the database that is written to. */
  readonly readerDatabaseUrl: string | null
  /** The URL of the server of each tenant that has one of its own. */
  readonly tenants: Readonly<Record<string, string>>
  readonly httpListen: ListenAddress
  readonly grpcListen: ListenAddress
  readonly grpcHealth: boolean
  readonly grpcReflection: boolean
  readonly corsOrigins: readonly string[]
  /** `on`: the page is on the port of OTLP/HTTP; an address: it has a port of its own. */
  readonly page: 'on' | 'off' | ListenAddress
  /** null, as for the key: clear text. */
  readonly tlsCertFile: string | null
  readonly tlsKeyFile: string | null
  /** null: no client certificate is asked for. */
  readonly tlsClientCaFile: string | null
  readonly tlsMinVersion: TlsVersion
  /** The tenant of each name in a client certificate. */
  readonly tlsClientTenants: Readonly<Record<string, string>>
  /** `none`, `table`, or the path of a file. */
  readonly tokens: string
  readonly jwt: readonly JwtIssuer[]
  readonly insecure: boolean
  readonly dataDir: string
  readonly turnTimeoutMs: number
  readonly migrate: boolean
  readonly maxRequestBytes: number
  readonly maxInflightBytes: number
  readonly maxBatchSpans: number
  readonly processes: number
  readonly lanes: number
  readonly answerTimeoutMs: number
  readonly startTimeoutMs: number
  readonly beginWithinMs: number
  readonly shutdownTimeoutMs: number
  readonly maxConnectionAgeMs: number
  readonly workflowKeys: readonly string[]
  readonly attributes: CustomAttributes
  readonly absentParent: AbsentParent
  readonly prices: Readonly<Record<string, PriceOverride>>
  readonly content: Content
  /** null: nothing is redacted. */
  readonly redaction: RedactionRules | null
  /** null: no hash stands in for a secret. */
  readonly redactionKey: string | null
  readonly retention: RetentionPolicy
  /** null: rows are not archived before retention removes them. */
  readonly archive: string | null
  readonly budgets: readonly Budget[]
  /** null, as without secrets: no webhooks. */
  readonly budgetWebhookUrl: string | null
  /** In base64. */
  readonly budgetWebhookSecret: readonly string[]
  readonly payloadBytes: number
  readonly textCharacters: number
  readonly logLevel: LogLevel
  readonly metricsTenants: number
  readonly cacheSpans: number
  readonly refusedDays: number
  readonly refusedSpans: number
}

/** One setting, with all that the configuration, the flags, the error messages and docs/settings.md need. */
export interface Setting<T> extends ValueKind<T> {
  /** The environment variable. */
  readonly key: string
  /** Another variable with this meaning, from OpenTelemetry; `key` goes before it. */
  readonly standard?: string
  /** Without the two dashes. */
  readonly flag: string
  /** The flag takes no value: it means true, or false where it begins with `no-`. */
  readonly valueless?: true
  /** The default as the environment would have it; '' for none. */
  readonly default: string
  readonly doc: string
  /** Its value is never printed as it is: of a URL the password is masked, of a `whole` secret nothing is shown. */
  readonly secret?: true | 'whole'
}

/** The one table of settings, in the order in which they are shown. */
export const settings: { readonly [K in keyof Config]: Setting<Config[K]> } = {
  databaseUrl: {
    key: 'DATABASE_URL',
    flag: 'database-url',
    allowed: 'a URL postgres://user:password@host:port/database',
    default: '',
    doc: 'PostgreSQL 14 or newer. Without it the variables PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLMODE, PGSSLROOTCERT, PGSSLCERT and PGSSLKEY are read; without these too, the embedded database is used.',
    secret: true,
    schema: z
      .string()
      .refine((text) => text === '' || /^postgres(ql)?:\/\//.test(text))
      .transform((text) => text || null),
  },
  readerDatabaseUrl: {
    key: 'SPANLEDGER_READER_DATABASE_URL',
    flag: 'reader-database-url',
    allowed: 'a URL postgres://user:password@host:port/database',
    default: '',
    doc: 'Where the page reads: a replica of the database of `database_url`, or the same one by another role. Without it, where rows are written.',
    secret: true,
    schema: z
      .string()
      .refine((text) => text === '' || /^postgres(ql)?:\/\//.test(text))
      .transform((text) => text || null),
  },
  tenants: {
    key: 'SPANLEDGER_TENANTS',
    flag: 'tenants',
    ...tenantServers(),
    default: '{}',
    doc: 'Tenants that have a PostgreSQL of their own. All others are schemas of the database of `database_url`.',
    secret: true,
  },
  httpListen: {
    key: 'SPANLEDGER_HTTP_LISTEN',
    flag: 'http-listen',
    ...listenAddress(),
    default: '127.0.0.1:4318',
    doc: 'Where OTLP/HTTP is received. Port 0: a free one.',
  },
  grpcListen: {
    key: 'SPANLEDGER_GRPC_LISTEN',
    flag: 'grpc-listen',
    ...listenAddress(),
    default: '127.0.0.1:4317',
    doc: 'Where OTLP/gRPC is received. Port 0: a free one.',
  },
  grpcHealth: {
    key: 'SPANLEDGER_GRPC_HEALTH',
    flag: 'grpc-health',
    ...boolean(),
    default: 'false',
    doc: 'Whether grpc.health.v1.Health answers on the port of OTLP/gRPC, without a credential: SERVING while rows can be committed.',
  },
  grpcReflection: {
    key: 'SPANLEDGER_GRPC_REFLECTION',
    flag: 'grpc-reflection',
    ...boolean(),
    default: 'false',
    doc: 'Whether the port of OTLP/gRPC describes its services to clients such as grpcurl, without a credential.',
  },
  corsOrigins: {
    key: 'SPANLEDGER_CORS_ORIGINS',
    flag: 'cors-origins',
    ...origins(),
    default: '',
    doc: 'Whose pages may send from a browser over OTLP/HTTP; without any, none. With `*` all may, but not with credentials, which beacons have.',
  },
  page: {
    key: 'SPANLEDGER_PAGE',
    flag: 'page',
    ...pageAddress(),
    default: 'on',
    doc: 'Whether the page and its API are served, at / of the port of OTLP/HTTP or on a port of their own. Their readers need a credential with the scope `read` where senders need one.',
  },
  tlsCertFile: {
    key: 'SPANLEDGER_TLS_CERT_FILE',
    flag: 'tls-cert-file',
    ...file(),
    default: '',
    doc: 'The certificate of both ports with those between it and its CA (PEM), which are served by TLS then. It is read again when it changes.',
  },
  tlsKeyFile: {
    key: 'SPANLEDGER_TLS_KEY_FILE',
    flag: 'tls-key-file',
    ...file(),
    default: '',
    doc: 'The private key of that certificate (PEM, without a passphrase).',
  },
  tlsClientCaFile: {
    key: 'SPANLEDGER_TLS_CLIENT_CA_FILE',
    flag: 'tls-client-ca-file',
    ...file(),
    default: '',
    doc: 'The CAs of client certificates (PEM). With it every sender must have a certificate of one of these (mTLS).',
  },
  tlsMinVersion: {
    key: 'SPANLEDGER_TLS_MIN_VERSION',
    flag: 'tls-min-version',
    allowed: '1.2 or 1.3',
    default: '1.2',
    doc: 'The oldest version of TLS that is spoken.',
    schema: z
      .union([z.string(), z.number()])
      .transform(String)
      .pipe(z.enum(['1.2', '1.3'])),
  },
  tlsClientTenants: {
    key: 'SPANLEDGER_TLS_CLIENT_TENANTS',
    flag: 'tls-client-tenants',
    ...certificateTenants(),
    default: '{}',
    doc: 'The tenant of each name (SAN, a URI or DNS name) in a client certificate. Without any, a certificate is one of the default tenant.',
  },
  tokens: {
    key: 'SPANLEDGER_TOKENS',
    flag: 'tokens',
    allowed: 'none, table, or the path of a file',
    default: 'none',
    doc: 'Where the tokens are that senders must have: in the database, as `spanledger token create` makes them, or in a file of hashes, which is read again when it changes.',
    schema: z.string().min(1),
  },
  jwt: {
    key: 'SPANLEDGER_JWT',
    flag: 'jwt',
    ...jwtIssuers(),
    default: '',
    doc: 'Issuers of JSON Web Tokens (OIDC) that senders may have. Without `tenant_claim` they are of the default tenant, without `scope_claim` they may send.',
  },
  insecure: {
    key: 'SPANLEDGER_INSECURE',
    flag: 'insecure',
    valueless: true,
    ...boolean(),
    default: 'false',
    doc: 'Lets a receiver without credentials listen on other addresses than loopback, where everyone who reaches it may write.',
  },
  dataDir: {
    key: 'SPANLEDGER_DATA_DIR',
    flag: 'data-dir',
    allowed: 'a folder',
    default: './.spanledger',
    doc: 'The folder of the embedded database. One `serve` has it; the other commands ask that one while it runs.',
    schema: z.string().min(1),
  },
  turnTimeoutMs: {
    key: 'SPANLEDGER_TURN_TIMEOUT_MS',
    flag: 'turn-timeout-ms',
    ...wholeNumber('milliseconds', 1_000, 600_000),
    default: '10000',
    doc: 'How long another command may have the embedded database of `serve` at a time. Senders are asked to try again meanwhile; what takes longer is ended.',
  },
  migrate: {
    key: 'SPANLEDGER_MIGRATE',
    flag: 'no-migrate',
    valueless: true,
    ...boolean(),
    default: 'true',
    doc: 'Whether `serve` brings the tables up to date when it starts. With false it stops if they are not.',
  },
  maxRequestBytes: {
    key: 'SPANLEDGER_MAX_REQUEST_BYTES',
    flag: 'max-request-bytes',
    ...wholeNumber('bytes', 1024, 1 << 30),
    default: '67108864',
    doc: 'The longest request, counted before and after decompression.',
  },
  maxInflightBytes: {
    key: 'SPANLEDGER_MAX_INFLIGHT_BYTES',
    flag: 'max-inflight-bytes',
    ...wholeNumber('bytes', 1024, 2 ** 36),
    default: '75497472',
    doc: 'All requests that are not answered yet, together, decompressed. Above it senders are asked to try again. At least `max_request_bytes`, or a request of that length never has room.',
  },
  maxBatchSpans: {
    key: 'SPANLEDGER_MAX_BATCH_SPANS',
    flag: 'max-batch-spans',
    ...wholeNumber('spans', 1, 100_000),
    default: '4096',
    doc: 'How many spans one transaction takes, as long as no single request has more.',
  },
  processes: {
    key: 'SPANLEDGER_PROCESSES',
    flag: 'processes',
    allowed: 'a whole number of processes, 1 to 64, or 0 for one a core',
    default: '1',
    doc: 'How many processes serve behind the two ports, 0 for one a core (at most four). One keeps a trace in one memory and is right where PostgreSQL shares the machine; the embedded database has always one.',
    schema: wholeNumber('processes', 0, 64).schema.transform((count) => count || Math.min(4, availableParallelism())),
  },
  lanes: {
    key: 'SPANLEDGER_LANES',
    flag: 'lanes',
    ...wholeNumber('transactions', 1, 64),
    default: '2',
    doc: 'How many transactions a process runs side by side, each on a connection of its own. With the embedded database it is always one.',
  },
  answerTimeoutMs: {
    key: 'SPANLEDGER_ANSWER_TIMEOUT_MS',
    flag: 'answer-timeout-ms',
    ...wholeNumber('milliseconds', 100, 60_000),
    default: '4000',
    doc: 'A request is answered within this time: committed, or to be tried again.',
  },
  startTimeoutMs: {
    key: 'SPANLEDGER_START_TIMEOUT_MS',
    flag: 'start-timeout-ms',
    ...wholeNumber('milliseconds', 0, 3_600_000),
    default: '300000',
    doc: 'A receiver that starts waits so long for its database. Senders are asked to try again meanwhile.',
  },
  beginWithinMs: {
    key: 'SPANLEDGER_BEGIN_WITHIN_MS',
    flag: 'begin-within-ms',
    ...wholeNumber('milliseconds', 50, 60_000),
    default: '2500',
    doc: 'A request that has waited longer is not begun any more, but given back.',
  },
  shutdownTimeoutMs: {
    key: 'SPANLEDGER_SHUTDOWN_TIMEOUT_MS',
    flag: 'shutdown-timeout-ms',
    ...wholeNumber('milliseconds', 100, 600_000),
    default: '10000',
    doc: 'After SIGTERM or SIGINT, the time to commit and answer what is in flight.',
  },
  maxConnectionAgeMs: {
    key: 'SPANLEDGER_MAX_CONNECTION_AGE_MS',
    flag: 'max-connection-age-ms',
    ...wholeNumber('milliseconds', 0, 86_400_000),
    default: '600000',
    doc: 'The age, give or take a tenth, at which a sender over OTLP/gRPC is asked to connect anew (GOAWAY), so that a load balancer can spread its load over several receivers. 0: never.',
  },
  workflowKeys: {
    key: 'SPANLEDGER_WORKFLOW_KEYS',
    flag: 'workflow-keys',
    ...list('attribute keys'),
    default: storedByDefault.workflowKeys.join(),
    doc: 'Further attributes that name the workflow of a span; the first that has a value wins, before the known ones.',
  },
  attributes: {
    key: 'SPANLEDGER_ATTRIBUTES',
    flag: 'attributes',
    ...attributes(),
    default: JSON.stringify(storedByDefault.attributes),
    doc: 'Further attributes that hold a field, whatever dialect a span is written in: what a list names is asked before the known ones, what `last` names after them.',
  },
  absentParent: {
    key: 'SPANLEDGER_ABSENT_PARENT',
    flag: 'absent-parent',
    ...absentParent(),
    default: storedByDefault.absentParent,
    doc: 'A span whose local parent never comes keeps its task RUNNING (`wait`) or ends it as a root does: always (`ends`) or for these services.',
  },
  prices: {
    key: 'SPANLEDGER_PRICES',
    flag: 'prices',
    ...prices(),
    default: JSON.stringify(storedByDefault.prices),
    doc: 'Prices that go before the price list, by model. All but `input` may be left out: cached tokens and cache writes cost as input then, output nothing.',
  },
  content: {
    key: 'SPANLEDGER_CONTENT',
    flag: 'content',
    ...content(),
    default: storedByDefault.content,
    doc: 'How much is stored of each prompt, answer, tool input and tool output: all, so many characters (what is cut is marked), or none.',
  },
  payloadBytes: {
    key: 'SPANLEDGER_PAYLOAD_BYTES',
    flag: 'payload-bytes',
    ...wholeNumber('bytes', 256, 1 << 24),
    default: String(storedByDefault.payloadBytes),
    doc: 'The longest `payload` of an event; the rest is cut and marked.',
  },
  textCharacters: {
    key: 'SPANLEDGER_TEXT_CHARACTERS',
    flag: 'text-characters',
    ...wholeNumber('characters', 256, 1 << 24),
    default: String(storedByDefault.textCharacters),
    doc: 'The longest text of a column without a length (query, result, output, errors); the rest is cut and marked.',
  },
  redaction: {
    key: 'SPANLEDGER_REDACTION',
    flag: 'redaction',
    ...redaction(),
    default: 'off',
    doc: 'Which secrets are replaced (`[email]`) before anything is written, in all texts of a span; ids of users, sessions, workflows and calls stay. Refused spans are kept without their bytes then.',
  },
  redactionKey: {
    key: 'SPANLEDGER_REDACTION_KEY',
    flag: 'redaction-key',
    allowed: 'a text of at least 16 characters',
    default: '',
    doc: 'With it a hash (HMAC-SHA-256) follows the kind of each secret (`[email:0c3f5a9b1e27]`), so that equal ones can be found; without the key nobody can compute it.',
    schema: z
      .string()
      .refine((text) => text === '' || text.length >= 16)
      .transform((text) => text || null),
    secret: true,
  },
  retention: {
    key: 'SPANLEDGER_RETENTION',
    flag: 'retention',
    ...retention(),
    default: '{}',
    doc: 'How many days the rows of a table are kept; without a number for ever. Whole months go, by the hour, and `spanledger prune` does it at once. The sums of days stay. `ledger` is what is remembered of traces: later spans of before are refused.',
  },
  archive: {
    key: 'SPANLEDGER_ARCHIVE',
    flag: 'archive',
    allowed: 'a folder',
    default: '',
    doc: 'Where rows that `retention` removes are written first, as Parquet, a file for each table and month; each tenant has a folder in it. Without one they are not archived.',
    schema: z.string().transform((text) => text || null),
  },
  budgets: {
    key: 'SPANLEDGER_BUDGETS',
    flag: 'budgets',
    ...budgets(),
    default: '[]',
    doc: 'What users, tenants, models or workflow names may spend in a day or month. At 80 and 100 % there is a row in `budget_alerts`, a line in the log, and a webhook ([budgets](budgets.md)).',
  },
  budgetWebhookUrl: {
    key: 'SPANLEDGER_BUDGET_WEBHOOK_URL',
    flag: 'budget-webhook-url',
    ...webhookUrl(),
    default: '',
    doc: 'Where a signed webhook (Standard Webhooks) is sent for each alert of a budget. Redirects are not followed.',
    secret: 'whole',
  },
  budgetWebhookSecret: {
    key: 'SPANLEDGER_BUDGET_WEBHOOK_SECRET',
    flag: 'budget-webhook-secret',
    ...webhookSecrets(),
    default: '',
    doc: 'The key with which these webhooks are signed (HMAC-SHA256).',
    secret: 'whole',
  },
  logLevel: {
    key: 'SPANLEDGER_LOG_LEVEL',
    standard: 'OTEL_LOG_LEVEL',
    flag: 'log-level',
    ...logLevel(),
    default: 'info',
    doc: 'Which lines go to standard error: readable on a terminal (in colour unless NO_COLOR is set), as JSON elsewhere.',
  },
  metricsTenants: {
    key: 'SPANLEDGER_METRICS_TENANTS',
    flag: 'metrics-tenants',
    ...wholeNumber('tenants', 0, 1_000),
    default: '0',
    doc: 'So many tenants are named in metrics, which anyone can read who may scrape; the others are counted together. 0: none is named.',
  },
  cacheSpans: {
    key: 'SPANLEDGER_CACHE_SPANS',
    flag: 'cache-spans',
    ...wholeNumber('spans', 0, 10_000_000),
    default: '50000',
    doc: 'How many spans of live traces are kept in memory, so that they need not be read again; those of a long trace that came long ago are compressed, and three of them count as one; a long text counts as the spans whose memory it takes; the trace that was written last stays even when it has more.',
  },
  refusedDays: {
    key: 'SPANLEDGER_REFUSED_DAYS',
    flag: 'refused-days',
    ...wholeNumber('days', 1, 10_000),
    default: String(storedByDefault.refusedDays),
    doc: 'What was refused, with its bytes, is kept so long after it last came.',
  },
  refusedSpans: {
    key: 'SPANLEDGER_REFUSED_SPANS',
    flag: 'refused-spans',
    ...wholeNumber('spans', 0, 100_000_000),
    default: String(storedByDefault.refusedSpans),
    doc: 'How many refused spans and records are kept; the oldest go first.',
  },
}

/** The key of a setting in a file: `http_listen`. */
export function fileKey(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
}
