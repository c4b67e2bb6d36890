import { settings } from '../settings.ts'
import type { Command, CommandGroup } from './command.ts'

const everySetting = Object.keys(settings) as (keyof typeof settings)[]
const database = ['databaseUrl', 'dataDir'] as const

/** Every command, in the order in which help shows them. */
export const commands: readonly (Command | CommandGroup)[] = [
  {
    usage: 'serve',
    summary: 'receive OTLP and write the rows, until SIGTERM or SIGINT',
    example: 'spanledger serve --http-listen 0.0.0.0:4318',
    settings: everySetting,
    load: () => import('./serve.ts'),
  },
  {
    usage: 'migrate',
    summary: 'bring the tables up to date, then end',
    example: 'DATABASE_URL=postgres://localhost/agents spanledger migrate',
    settings: database,
    load: () => import('./migrate.ts'),
  },
  {
    usage: 'explain <id>',
    summary: 'say why the rows of a trace (32 hex digits) or a workflow are there or are not',
    example: 'spanledger explain 0af7651916cd43dd8448eb211c80319c',
    settings: [...database, 'prices'],
    switches: { json: 'Print JSON: a list of traces, each a tree of spans.' },
    load: () => import('./explain.ts'),
  },
]
