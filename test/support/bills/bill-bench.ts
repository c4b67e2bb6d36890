import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import * as command from '../../../src/commands/reconcile/reconcile.ts'
import { type InProcess, type Printed, printed } from '../look.ts'
import { freshDatabase, type TestDatabase } from '../postgres.ts'
import { openTestReceiver } from '../receiver.ts'
import { requestsOf } from '../recordings.ts'
import { sendAll } from '../send.ts'
import {
  anthropicAnalyticsCosts,
  anthropicAnalyticsUsage,
  anthropicCosts,
  anthropicUsage,
  consoleCostCsv,
  consoleUsageCsv,
} from './anthropic-export.ts'
import { type BilledCall, billedRecordings } from './billed-calls.ts'
import { genericCsv, openaiCostCsv, openaiCosts, openaiUsage, openaiUsageCsv } from './openai-export.ts'
import {
  awsReport,
  azureDetails,
  focusCsv,
  googleRows,
  litellmCsv,
  openrouterActivity,
  openrouterGenerations,
} from './other-exports.ts'

const { recordings, calls } = billedRecordings()

/** The recordings whose calls are known with all their counters. */
export const recordingNames: readonly string[] = recordings

/** The calls that recordings have made of a provider. */
export const callsOf = (provider: string): readonly BilledCall[] => calls.filter((call) => call.provider === provider)

/** The time at which these comparisons are made: all calls are long past. */
export const later: number = Date.parse('2026-12-24T00:00:00Z')

export const json = (pages: readonly unknown[]): string => pages.map((page) => JSON.stringify(page)).join('\n')
export const csv = (lines: readonly string[]): string => `${lines.join('\n')}\n`

export type Files = Readonly<Record<string, string>>
export type Options = Readonly<Record<string, string>>

/** A ledger, and files beside it. */
export interface BillBench extends AsyncDisposable {
  /** Runs `spanledger reconcile` over files of these contents. */
  run(files: Readonly<Record<string, string | Buffer>>, options?: Options, how?: Partial<InProcess>): Promise<Printed>
  /** The same with `--json`; fails where it says anything on standard error. */
  report(
    files: Readonly<Record<string, string | Buffer>>,
    options?: Options,
    how?: Partial<InProcess>,
  ): Promise<Report & { readonly code: number }>
}

/**
 * Makes a ledger of recordings: by default of all those whose calls are known with all their counters. A `ledger` that is
 * given is used, and not closed.
 */
export async function openBillBench(sent: readonly string[] = recordings, ledger?: TestDatabase): Promise<BillBench> {
  const database = ledger ?? (await freshDatabase())
  if (sent.length > 0) {
    await using receiver = await openTestReceiver(database.url)
    expect(await sendAll(sent.flatMap(requestsOf), [receiver.http], { parallel: 4 })).toMatchObject({ failed: [] })
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'spanledger-bills-'))
  const bench: Omit<BillBench, keyof AsyncDisposable> = {
    async run(files, options = {}, how = {}) {
      const args: string[] = []
      for (const [name, content] of Object.entries(files)) {
        args.push(path.join(folder, name))
        await writeFile(path.join(folder, name), content)
      }
      const given = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, [value]]))
      const settings = { DATABASE_URL: database.url }
      const { code, output, errors } = await printed(command, { nowMs: later, ...how, args, options: given, settings })
      return { code, output: output.replaceAll(`${folder}/`, ''), errors: errors.replaceAll(`${folder}/`, '') }
    },
    async report(files, options = {}, how = {}) {
      const { code, output, errors } = await bench.run(files, options, { ...how, switches: ['json'] })
      expect(errors).toBe('')
      const [report] = JSON.parse(output)
      return { code, ...report }
    },
  }
  return {
    ...bench,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true })
      if (ledger === undefined) await database[Symbol.asyncDispose]()
    },
  }
}

export interface Exporter {
  readonly provider: string
  readonly files: (calls: readonly BilledCall[]) => Files
  /** Whether it states requests. */
  readonly hasRequests: boolean
  /** Whether a second file has more lines, and doesn't state the same ones again. */
  readonly hasParts?: true
  readonly options?: Readonly<Record<string, string>>
}

export const exporters: Readonly<Record<string, Exporter>> = {
  'OpenAI API': {
    hasRequests: true,
    provider: 'openai',
    files: (calls) => ({ 'usage.json': json(openaiUsage(calls)), 'costs.json': json(openaiCosts(calls)) }),
  },
  'OpenAI CSV': {
    hasRequests: true,
    provider: 'openai',
    files: (calls) => ({ 'usage.csv': csv(openaiUsageCsv(calls)), 'costs.csv': csv(openaiCostCsv(calls)) }),
  },
  'Anthropic legacy': {
    hasRequests: false,
    provider: 'anthropic',
    files: (calls) => ({ 'usage.json': json(anthropicUsage(calls)), 'costs.json': json(anthropicCosts(calls)) }),
  },
  'Anthropic analytics': {
    hasRequests: true,
    provider: 'anthropic',
    files: (calls) => ({
      'usage.json': json(anthropicAnalyticsUsage(calls, later)),
      'costs.json': json(anthropicAnalyticsCosts(calls, later)),
    }),
  },
  'Anthropic Console': {
    hasRequests: false,
    provider: 'anthropic',
    files: (calls) => ({ 'usage.csv': csv(consoleUsageCsv(calls)), 'costs.csv': csv(consoleCostCsv(calls)) }),
  },
  'OpenRouter activity': {
    hasRequests: true,
    provider: 'openai',
    options: { provider: 'openai' },
    files: (calls) => ({ 'activity.json': openrouterActivity(calls) }),
  },
  'OpenRouter generations': {
    hasRequests: true,
    provider: 'openai',
    options: { provider: 'openai' },
    files: (calls) => ({ 'generations.jsonl': openrouterGenerations(calls) }),
  },
  LiteLLM: {
    hasRequests: true,
    provider: 'openai',
    files: (calls) => ({ 'spend-logs.csv': csv(litellmCsv(calls)) }),
  },
  'AWS CUR': {
    hasParts: true,
    hasRequests: false,
    provider: 'anthropic',
    options: { provider: 'anthropic' },
    files: (calls) => ({ 'cur.csv': csv(awsReport(calls)) }),
  },
  Azure: {
    hasParts: true,
    hasRequests: false,
    provider: 'openai',
    options: { provider: 'openai' },
    files: (calls) => ({ 'azure.csv': csv(azureDetails(calls)) }),
  },
  Google: {
    hasParts: true,
    hasRequests: false,
    provider: 'google',
    files: (calls) => ({ 'google.jsonl': googleRows(calls) }),
  },
  'FOCUS CSV': {
    hasParts: true,
    hasRequests: false,
    provider: 'openai',
    files: (calls) => ({ 'focus.csv': csv(focusCsv(calls)) }),
  },
  'generic CSV': {
    hasParts: true,
    hasRequests: true,
    provider: 'openai',
    files: (calls) => ({ 'bill.csv': csv(genericCsv(calls)) }),
  },
}

/** What `--json` says of a comparison, as far as these tests read it. */
export interface Report {
  readonly totals: Readonly<Record<'bill' | 'ledger' | 'difference' | 'unexplained', Sums>>
  readonly cells: readonly {
    readonly period: string
    readonly model: string | null
    readonly difference: Sums
    readonly unexplained: Sums
    readonly reasons: readonly (Sums & { readonly code: string; readonly close?: string })[]
  }[]
  readonly apart: readonly { readonly why: string; readonly label: string; readonly cost_usd: string }[]
  readonly notes: readonly string[]
}

export interface Sums {
  readonly requests?: number
  readonly prompt_tokens?: number
  readonly completion_tokens?: number
  readonly cost_usd?: string
}

/** The reasons of all cells, each with what it explains. */
export function reasonsIn({ cells }: Report): object[] {
  return cells.flatMap(({ reasons }) =>
    reasons.map(({ code, requests, prompt_tokens, completion_tokens, cost_usd }) => ({
      code,
      ...(requests !== undefined && { requests }),
      ...(prompt_tokens !== undefined && { prompt_tokens }),
      ...(completion_tokens !== undefined && { completion_tokens }),
      cost_usd,
    })),
  )
}

export const nano = (text: string | undefined): bigint => BigInt((text ?? '0').replace('.', ''))

/** The amounts of the reasons and what is unexplained sum to the difference, in each cell. */
export function expectSums({ cells }: Report): void {
  for (const { difference, reasons, unexplained } of cells) {
    const parts = [...reasons, unexplained]
    expect(parts.reduce((sum, { cost_usd }) => sum + nano(cost_usd), 0n)).toBe(nano(difference.cost_usd))
    for (const name of ['requests', 'prompt_tokens', 'completion_tokens'] as const)
      expect(parts.reduce((sum, part) => sum + (part[name] ?? 0), 0)).toBe(difference[name] ?? 0)
  }
}
