import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Format, Signal } from '../../src/decode/span.ts'

/** The body of one OTLP request, as a client sent it or as a test made it. */
export interface OtlpRequest {
  readonly signal: Signal
  readonly format: Format
  readonly body: Buffer<ArrayBuffer>
}

/** What a recording's rows must be; `null` or absent: the payload can't say. Times are ISO with microseconds. */
export interface Expectation {
  readonly recording: string
  readonly tasks: readonly ExpectedTask[]
  /** Aspect → why no receiver can know it from these bytes. */
  readonly unrecoverable: Readonly<Record<string, unknown>>
}

export interface ExpectedTask {
  readonly workflow_id?: string | null
  readonly trace_ids?: readonly string[]
  readonly status?: string
  readonly status_accept?: readonly string[]
  readonly user_id?: string
  readonly session_id?: string
  readonly query?: string | null
  readonly query_optional?: boolean
  readonly result?: string | null
  readonly result_optional?: boolean
  readonly started_at?: string
  readonly started_at_first_span?: string
  readonly ended_at?: string
  readonly agents?: readonly string[]
  readonly token_usage?: readonly ExpectedUsage[]
  readonly token_totals?: { readonly prompt_tokens: number; readonly completion_tokens: number }
  readonly not_comparable_spans?: boolean
  readonly tools?: readonly ExpectedTool[]
}

export interface ExpectedUsage {
  readonly provider: string | null
  readonly provider_accept?: readonly string[]
  readonly model: string | null
  readonly model_accept?: readonly string[]
  readonly prompt_tokens: number
  readonly completion_tokens?: number | null
  readonly cache_read_tokens?: number | null
  readonly cache_creation_tokens?: number | null
  readonly ended_at?: string
  readonly cost_usd?: number | null
}

export interface ExpectedTool {
  readonly tool_name: string
  readonly arguments?: unknown
  readonly success?: boolean | null
  readonly error?: string | null
  readonly duration_ms?: number | null
  readonly ended_at?: string
}

const folder = path.join(import.meta.dirname, '..', 'recordings')

/** The names of all recordings here that begin with one of the prefixes, sorted. */
export function recordingNames(...prefixes: readonly string[]): string[] {
  return readdirSync(folder)
    .filter((name) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix)))
    .sort()
}

/** The requests of a recording, byte for byte, in their order of arrival; metrics are left out. */
export function requestsOf(recording: string): OtlpRequest[] {
  return readdirSync(path.join(folder, recording))
    .sort()
    .flatMap((file) => {
      const [, signal, ending] = /^\d+\.(traces|logs)\.(pb|json)$/.exec(file) ?? []
      if (!signal) return []
      const body = Buffer.from(readFileSync(path.join(folder, recording, file)))
      return [{ signal: signal as Signal, format: ending === 'json' ? 'json' : 'protobuf', body } as const]
    })
}

export function expectationOf(recording: string): Expectation {
  return JSON.parse(readFileSync(path.join(folder, recording, 'expect.json'), 'utf8'))
}
