import type { CallRow, CallSums, ModelSums } from '../../../../../queries/rows/call-rows.ts'
import type { Run } from '../../../../answers/run.ts'
import { rowsOf } from '../../../api/columnar.ts'
import { count, exactMoney, nothing, sumMoney } from '../../../format/numbers.ts'
import { duration } from '../../../format/times.ts'
import { Nothing } from '../../../parts/notes.tsx'

/** What the run cost: by model, and by call and part. Each total is the sum of the rows above it. */
export function CallsTab({ run }: { readonly run: Run }) {
  const calls = rowsOf(run.calls)
  if (calls.length === 0)
    return <Nothing title="No model call counted">Nothing in this run reports what a model used.</Nothing>
  return (
    <div class="page-scroll">
      <section class="card">
        <header class="card-head">
          <h2>By model</h2>
        </header>
        <SumsTable rows={run.by_model} total={run.sums} />
      </section>
      <section class="card">
        <header class="card-head">
          <h2>By call</h2>
          <span class="muted">To the last digit, as the ledger has it</span>
        </header>
        <CallTable calls={calls} run={run} />
        {run.calls_more && (
          <p class="muted pad">
            The first {count(calls.length)} of {count(run.sums.calls)} calls are shown.
          </p>
        )}
      </section>
    </div>
  )
}

const columns: readonly (readonly [string, (sums: CallSums) => string])[] = [
  ['Calls', ({ calls }) => count(calls)],
  ['Input', (sums) => count(sums.prompt_tokens - sums.cache_read_tokens - sums.cache_creation_tokens)],
  ['Cached', ({ cache_read_tokens }) => count(cache_read_tokens)],
  ['Written', ({ cache_creation_tokens }) => count(cache_creation_tokens)],
  ['Output', (sums) => count(sums.completion_tokens - sums.reasoning_tokens)],
  ['Reasoning', ({ reasoning_tokens }) => count(reasoning_tokens)],
  ['Tokens', ({ total_tokens }) => count(total_tokens)],
  ['Cost', ({ cost_nano_usd }) => exactMoney(cost_nano_usd)],
]

function SumsTable({ rows, total }: { readonly rows: readonly ModelSums[]; readonly total: CallSums }) {
  return (
    <div class="table-scroll">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Model</th>
            {columns.map(([name]) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.provider} ${row.model}`}>
              <th scope="row">
                {row.model} <span class="muted">{row.provider}</span>
                {row.unpriced_calls > 0 && <span class="tag warn">{row.unpriced_calls} unpriced</span>}
              </th>
              {columns.map(([name, value]) => (
                <td key={name} class="number">
                  {value(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            {columns.map(([name, value]) => (
              <td key={name} class="number">
                {value(total)}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </div>
  )
}

/** The parts of a cost in the order in which they are read. */
export const partOrder: readonly string[] = [
  'input',
  'cache_read',
  'cache_write',
  'cache_write_1h',
  'audio_input',
  'image_input',
  'output',
  'reasoning',
]

/** The parts that any call has, in the order in which they are read. */
function partsOf(calls: readonly CallRow[]): string[] {
  const found = new Set(calls.flatMap(({ cost_parts }) => Object.keys(cost_parts ?? {})))
  const known = partOrder.filter((part) => found.has(part))
  return [...known, ...[...found].filter((part) => !partOrder.includes(part)).sort()]
}

export function partName(part: string): string {
  const names: Readonly<Record<string, string>> = {
    cache_read: 'Cached',
    cache_write: 'Written',
    cache_write_1h: 'Written, 1 h',
  }
  return names[part] ?? part.charAt(0).toUpperCase() + part.slice(1).replaceAll('_', ' ')
}

function CallTable({ calls, run }: { readonly calls: readonly CallRow[]; readonly run: Run }) {
  const parts = partsOf(calls)
  const sumOf = (part: string) => sumMoney(calls.map(({ cost_parts }) => cost_parts?.[part] ?? '0'))
  return (
    <div class="table-scroll">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Agent</th>
            <th scope="col">Tier</th>
            <th scope="col" class="number">
              Took
            </th>
            <th scope="col" class="number">
              Tokens
            </th>
            {parts.map((part) => (
              <th key={part} scope="col" class="number">
                {partName(part)}
              </th>
            ))}
            <th scope="col" class="number">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <CallLine key={call.id} call={call} parts={parts} />
          ))}
        </tbody>
        {!run.calls_more && (
          <tfoot>
            <tr>
              <th scope="row">Total</th>
              <td />
              <td />
              <td />
              <td class="number">{count(run.sums.total_tokens)}</td>
              {parts.map((part) => (
                <td key={part} class="number">
                  {exactMoney(sumOf(part))}
                </td>
              ))}
              <td class="number">{exactMoney(run.sums.cost_nano_usd)}</td>
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}

function CallLine({ call, parts }: { readonly call: CallRow; readonly parts: readonly string[] }) {
  return (
    <tr>
      <th scope="row">
        {call.model}
        {call.error !== null && (
          <span class="tag failed" title={call.error}>
            failed
          </span>
        )}
      </th>
      <td>{call.agent ?? nothing}</td>
      <td>{call.service_tier ?? nothing}</td>
      <td class="number">{duration(call.duration_ms)}</td>
      <td class="number">{count(call.total_tokens)}</td>
      {parts.map((part) => (
        <td key={part} class="number muted">
          {call.cost_parts?.[part] === undefined ? nothing : exactMoney(call.cost_parts[part])}
        </td>
      ))}
      <td class="number">{call.unpriced ? <span class="tag warn">unpriced</span> : exactMoney(call.cost_nano_usd)}</td>
    </tr>
  )
}
