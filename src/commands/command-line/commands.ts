import { settings } from '../../config/settings.ts'
import { costDimensions } from '../../queries/cost-dimensions.ts'
import { periodOptions } from '../formats/table/period.ts'
import { tableOptions, tableSwitches } from '../formats/table/table-options.ts'
import type { Command, CommandGroup, CommandOption } from './command.ts'

const everySetting = Object.keys(settings) as (keyof typeof settings)[]
const database = ['databaseUrl', 'dataDir', 'tenants'] as const
const tenant: CommandOption = { value: 'name', text: 'The tenant that is meant; without it the default tenant.' }

/** Every command, in the order in which help shows them. */
export const commands: readonly (Command | CommandGroup)[] = [
  {
    usage: 'serve',
    summary: 'receive OTLP and write the rows, until SIGTERM or SIGINT',
    example: 'spanledger serve --http-listen 0.0.0.0:4318',
    settings: everySetting,
    load: () => import('../serve.ts'),
  },
  {
    usage: 'migrate',
    summary: 'bring the tables of all tenants up to date, then end',
    example: 'DATABASE_URL=postgres://localhost/agents spanledger migrate',
    settings: database,
    switches: {
      plan: 'Print the SQL that would run, as psql takes it, and change nothing.',
      json: 'Print JSON: {"applied": [the steps that were taken], "tenants": {"acme": [those of a tenant]}}.',
    },
    options: { tenant: { value: 'name', text: 'Only the tables of this tenant.' } },
    load: () => import('../migrate.ts'),
  },
  {
    usage: 'partition',
    summary: 'keep the rows of each month in a table of their own, from now on, while receivers write',
    example: 'DATABASE_URL=postgres://localhost/agents spanledger partition',
    settings: database,
    switches: { json: 'Print JSON: {"partitioned": [tables], "made": [partitions of coming months]}.' },
    options: { tenant },
    load: () => import('../partition.ts'),
  },
  {
    usage: 'prune',
    summary: 'remove what the setting `retention` keeps no longer, at once',
    example: 'spanledger prune --dry-run',
    settings: [...database, 'retention', 'archive'],
    switches: {
      'dry-run': 'Say what would go, and remove nothing.',
      json: 'Print JSON: a list of {"table", "partition", "rows", "bytes", "before"}.',
    },
    options: { tenant },
    load: () => import('../prune.ts'),
  },
  {
    usage: 'forget',
    summary:
      'forget a run, all runs of a user or session, or a tenant, for good, and say how many rows of each table went',
    example: 'spanledger forget --user ada --dry-run',
    settings: [...database, 'prices', 'textCharacters'],
    switches: {
      'dry-run': 'Say what would go, and change nothing.',
      json: 'Print JSON: {"runs", "tables": [{"table", "rows", "foreign": rows that Spanledger has not made, and that stay}], "files": [{"file", "rows"}] of the archive, where no table has rows}.',
    },
    options: {
      user: { value: 'id', text: 'Forget the user whom spans name so, and all runs of that user.' },
      workflow: { value: 'id', text: 'Forget the run of this workflow id.' },
      session: { value: 'id', text: 'Forget all runs of this session.' },
      tenant: { value: 'name', text: 'The tenant whose run, user or session is meant; alone: forget the tenant.' },
    },
    exits: { 1: 'nothing is known of it, or something failed' },
    load: () => import('../forget.ts'),
  },
  {
    usage: 'resettle',
    summary:
      'make the rows of runs again by the rules of this version, while receivers write, and say what has changed',
    example: 'spanledger resettle --since 2026-09-01',
    settings: [...database, 'prices', 'textCharacters'],
    switches: {
      all: 'Also runs that this version has settled already.',
      json: 'Print JSON: {"runs", "changedRuns", "tables": {"token_usage": {"added", "changed", "removed"}, …}, "before" and "after": {"tasks", "tokens", "costNano"}}.',
    },
    options: {
      since: { value: 'date', text: 'Only runs of traces that were last written in the month of this date, or later.' },
      tenant,
    },
    load: () => import('../resettle.ts'),
  },
  {
    usage: 'copy',
    summary: 'copy the embedded database of --data-dir, which nobody serves, into an empty PostgreSQL',
    example: 'DATABASE_URL=postgres://localhost/agents spanledger copy',
    settings: database,
    options: { tenant },
    load: () => import('../copy.ts'),
  },
  {
    usage: 'demo',
    summary: 'run a small workflow against a receiver that runs, show the rows that it made, and take them out again',
    example: 'spanledger demo',
    settings: [...database, 'grpcListen', 'prices'],
    switches: { keep: 'Leave the rows in the database, in the sums of the day too.' },
    exits: { 1: 'the rows are not what the workflow did, or something failed' },
    load: () => import('../demo/demo.ts'),
  },
  {
    usage: 'explain [id]',
    summary: 'say why the rows of a trace (32 hex digits) or a workflow are there or are not',
    example: 'spanledger explain 0af7651916cd43dd8448eb211c80319c',
    settings: [...database, 'prices', 'workflowKeys', 'attributes'],
    options: {
      tenant,
      file: {
        value: 'path',
        many: true,
        text: 'Explain recorded OTLP requests instead, without a database: protobuf, JSON, or one JSON request a line.',
      },
    },
    switches: { json: 'Print JSON: a list of traces, each a tree of spans.' },
    exits: { 1: 'nothing is known of it, or something failed' },
    load: () => import('../explain/explain.ts'),
  },
  {
    usage: 'tasks',
    summary: 'list runs, the latest first: status, question, user, duration, tokens, cost',
    example: 'spanledger tasks --status failed --since 24h',
    settings: database,
    switches: tableSwitches,
    options: {
      status: {
        value: 'status',
        choices: ['running', 'completed', 'failed', 'cancelled'],
        text: 'Only runs of this status.',
      },
      user: { value: 'id', text: 'Only runs of this user.' },
      session: { value: 'id', text: 'Only runs of this session.' },
      model: {
        value: 'name',
        text: 'Only runs that used this model most; of the last 7 days, unless --since says else.',
      },
      mode: { value: 'name', text: 'Only runs of this mode; of the last 7 days, unless --since says else.' },
      ...periodOptions('By default any time.'),
      limit: { value: 'number', text: 'How many to list; 30 without it.' },
      after: { value: 'place', text: 'List what comes after this place, which the page before names.' },
      ...tableOptions,
      tenant,
    },
    load: () => import('../look/tasks.ts'),
  },
  {
    usage: 'cost',
    summary: 'show what models, providers, users, days, agents, modes, tenants or service tiers cost',
    example: 'spanledger cost --by user --since 7d',
    settings: database,
    switches: { ...tableSwitches, compare: 'Beside each cost, that of the period of the same length before.' },
    options: {
      by: {
        value: 'what',
        choices: costDimensions,
        text: `By what to sum up: ${costDimensions.join(', ')}; model without it.`,
      },
      ...periodOptions('7d without it.'),
      limit: { value: 'number', text: 'How many lines to show; 30 without it on a terminal, else all.' },
      ...tableOptions,
      tenant,
    },
    load: () => import('../look/cost.ts'),
  },
  {
    usage: 'tools',
    summary: 'show which tools were used: how often, how well, how fast, and how they failed last',
    example: 'spanledger tools --since 24h',
    settings: database,
    switches: tableSwitches,
    options: { ...periodOptions('7d without it.'), ...tableOptions, tenant },
    load: () => import('../look/tools.ts'),
  },
  {
    usage: 'agents',
    summary: 'show which agents ran: how often, how well, how fast, and what their calls cost',
    example: 'spanledger agents --since 24h',
    settings: database,
    switches: tableSwitches,
    options: { ...periodOptions('7d without it.'), ...tableOptions, tenant },
    load: () => import('../look/agents.ts'),
  },
  {
    usage: 'doctor',
    summary: 'check all between a sender and its rows, and say what to do about what is not right',
    example: 'spanledger doctor --database-url postgres://localhost/agents',
    settings: [...database, 'httpListen', 'grpcListen'],
    switches: { json: 'Print JSON: a list of what was found; what is not right has an advice.' },
    options: { tenant: { value: 'name', text: 'Check the tables of this tenant, and send nothing.' } },
    exits: { 1: 'something is not right, or something failed' },
    load: () => import('../doctor/doctor.ts'),
  },
  {
    usage: 'reconcile [files...]',
    summary: "compare the ledger with a provider's own export, and say why they differ",
    example: 'spanledger reconcile usage.json costs.json',
    settings: [...database, 'prices'],
    switches: {
      json: 'Print JSON: a list of comparisons, with money as decimal text.',
      history: 'List what earlier comparisons have found, and compare nothing.',
    },
    options: {
      format: { value: 'name', text: `The format of the files; without it, it is detected (docs/reconcile.md).` },
      provider: { value: 'names', text: 'The providers of the ledger that are on the bill, with commas between them.' },
      map: {
        value: 'pairs',
        text: 'What of the ledger a group of the bill is, and names of it: workspace=tenant,key=user,wrkspc_01=acme.',
      },
      tolerance: {
        value: 'percent',
        text: 'How much may differ: of tokens nothing, of dollars 0.5% or a cent, unless this says it for both.',
      },
      by: { value: 'group', text: 'What the differences are listed by: day, model, project or key.' },
      rate: { value: 'pairs', text: 'What one unit of another currency is in dollars: EUR=1.0834.' },
      tenant,
    },
    exits: {
      1: 'a difference is beyond the tolerance',
      3: 'an export is unreadable or incomplete, or something failed',
      4: 'there is nothing to compare',
    },
    load: () => import('../reconcile/reconcile.ts'),
  },
  {
    group: 'refused',
    summary: 'look at the spans and log records that were not taken, and send them again',
    commands: [
      {
        usage: 'list',
        summary: 'list the latest hundred, with the reason of each',
        example: 'spanledger refused list',
        settings: database,
        switches: { json: 'Print JSON: a list of objects.', all: 'List all of them.' },
        options: { tenant },
        load: () => import('../refused/list.ts'),
      },
      {
        usage: 'show <id>',
        summary: 'show one with its content decoded; the beginning of its id is enough',
        example: 'spanledger refused show 3f2a',
        settings: database,
        switches: {
          json: 'Print JSON: one object, its content as OTLP/JSON.',
          raw: 'Print its bytes and nothing else: an OTLP request that holds just this.',
        },
        options: { tenant },
        load: () => import('../refused/show.ts'),
      },
      {
        usage: 'retry [ids...]',
        summary: 'send them again, all or those named, as after an upgrade or a change of the settings',
        example: 'spanledger refused retry 3f2a 90d8',
        settings: everySetting,
        switches: { json: 'Print JSON: a list of what became of each.' },
        options: { tenant },
        exits: { 3: 'some were refused again' },
        load: () => import('../refused/retry.ts'),
      },
    ],
  },
  {
    group: 'tenant',
    summary: 'make, list and drop tenants: schemas, each with tables and books of its own',
    commands: [
      {
        usage: 'add <name>',
        summary: 'make a tenant, with --database-url on a server of its own',
        example: 'spanledger tenant add acme',
        settings: database,
        switches: {
          distribute: 'Move its schema to a node of Citus, which must be the database.',
          json: 'Print JSON: {"tenant", "database", "applied": [the steps that were taken], "distributed"}.',
        },
        load: () => import('../tenant/add.ts'),
      },
      {
        usage: 'list',
        summary: 'list the tenants, and the database of each',
        example: 'spanledger tenant list',
        settings: database,
        switches: { json: 'Print JSON: a list of objects.' },
        load: () => import('../tenant/list.ts'),
      },
      {
        usage: 'drop <name>',
        summary: 'say what goes with a tenant, and with --yes drop it, for good',
        example: 'spanledger tenant drop acme --yes',
        settings: database,
        switches: { yes: 'Drop it.' },
        exits: { 1: 'it was not dropped, since --yes was not given, or something failed' },
        load: () => import('../tenant/drop.ts'),
      },
    ],
  },
  {
    usage: 'dialects [name]',
    summary: 'list whose telemetry is understood; with a name, which attributes of it fill which columns',
    example: 'spanledger dialects openinference',
    settings: [],
    switches: { json: 'Print JSON: a list of dialects, or of attributes.' },
    load: () => import('../dialects.ts'),
  },
  {
    usage: 'config',
    summary: 'print every setting in force and where its value came from, as a configuration file; secrets are masked',
    example: 'SPANLEDGER_LANES=4 spanledger config',
    settings: everySetting,
    switches: { json: 'Print JSON: a map from setting to {"value", "from"}.' },
    load: () => import('../config.ts'),
  },
]
