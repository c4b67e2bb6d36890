import { readFileSync } from 'node:fs'
import path from 'node:path'

type Figures = Readonly<Record<string, number>>

/** What `npm run bench:keep` has measured last. */
interface Measured {
  readonly date: string
  readonly machine: { readonly processor: string; readonly processors: number; readonly node: string }
  readonly results: Readonly<Record<string, Figures>>
}

/** The file of the last figures, relative to the root of the repository. */
export const lastFigures = 'test/bench/last.json'

interface Row {
  readonly what: string
  /** null: not measured. */
  readonly value: (results: Measured['results']) => string | null
  readonly goal: string
}

const every = 'id on every span'

const decimal =
  (digits: number, unit = '') =>
  (value: number) =>
    `${value.toFixed(digits)}${unit}`
const whole = (unit: string) => (value: number) =>
  `${Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')}${unit}`

/** A figure of one measurement, or what a function makes of it. */
function figure(
  of: string,
  name: string,
  format: (value: number) => string,
): (results: Measured['results']) => string | null {
  return (results) => {
    const value = results[of]?.[name]
    return value === undefined ? null : format(value)
  }
}

const ratio = (of: string) => figure(of, 'ratio', decimal(2))

/** What a span of one shape costs receiver and server, against one of runs of ten spans each in its own trace. */
function costAgainst(of: string): (results: Measured['results']) => string | null {
  const cost = ({ receiverMicros, postgresMicros }: Figures) => receiverMicros! + postgresMicros!
  return (results) => {
    const [one, base] = [results[of], results[every]]
    return one === undefined || base === undefined ? null : `${(cost(one) / cost(base)).toFixed(1)} ×`
  }
}

function ratioWithTasks(results: Measured['results']): string | null {
  const [name] = Object.keys(results).filter((one) => one.startsWith(`${every}, `) && one.endsWith('tasks before'))
  const [filled, empty] = [results[name ?? '']?.ratio, results[every]?.ratio]
  return filled === undefined || empty === undefined ? null : `${(filled / empty).toFixed(2)} of the empty ratio`
}

const rows: readonly Row[] = [
  { what: 'OTLP/gRPC, id on every span, as a share of COPY', value: ratio(every), goal: '0.45' },
  { what: '… id on the root only', value: ratio('id on the root only'), goal: '0.45' },
  {
    what: '… which comes eight requests later, so that all rows move',
    value: ratio('id on a root that comes later'),
    goal: 'none',
  },
  { what: 'OTLP/HTTP protobuf', value: ratio('OTLP/HTTP protobuf'), goal: '0.45' },
  { what: 'OTLP/HTTP JSON', value: ratio('OTLP/HTTP JSON'), goal: '0.35' },
  {
    what: 'children before their parents, 10 % duplicates',
    value: ratio('children earlier, 10 % duplicates'),
    goal: '0.4',
  },
  { what: 'spans of 50 kB', value: ratio('spans of 50 kB'), goal: '0.5' },
  { what: 'with 2 million tasks in the tables', value: ratioWithTasks, goal: '0.85' },
  { what: 'CPU of the receiver a span', value: figure(every, 'receiverMicros', whole(' µs')), goal: '40 µs' },
  {
    what: "CPU of PostgreSQL, against COPY's",
    value: figure(every, 'postgresOfCopy', decimal(2, ' ×')),
    goal: '1.4 ×',
  },
  { what: "write-ahead log, against COPY's", value: figure(every, 'walOfCopy', decimal(2, ' ×')), goal: '1.4 ×' },
  {
    what: 'resident memory of the receiver, peak',
    value: figure(every, 'peakMegabytes', whole(' MB')),
    goal: '250 MB',
  },
  {
    what: 'one trace of 100,000 spans, against traces of ten',
    value: costAgainst('one trace of all spans'),
    goal: '1.5 ×',
  },
  {
    what: 'one workflow of 10,000 traces, against traces of ten',
    value: costAgainst('one workflow of all traces'),
    goal: '1.5 ×',
  },
  {
    what: '1 span a request, 64 senders, gRPC',
    value: figure('1 span a request, grpc', 'spansPerSecond', whole('/s')),
    goal: '3,000/s',
  },
  {
    what: '1 span a request, 64 senders, HTTP',
    value: figure('1 span a request, http', 'spansPerSecond', whole('/s')),
    goal: '3,000/s',
  },
  {
    what: '99 of 100 requests answered at half load within',
    value: figure('answers at half load', 'p99Ms', whole(' ms')),
    goal: '60 ms',
  },
  { what: 'the embedded database', value: figure('embedded', 'spansPerSecond', whole('/s')), goal: '3,000/s' },
  { what: 'two processes against one', value: ratioOfProcesses, goal: '1.6 ×' },
  { what: "CPU of an app's exporter a span", value: figure('exporter', 'micros', whole(' µs')), goal: '40 µs' },
]

function ratioOfProcesses(results: Measured['results']): string | null {
  const measured = results['two processes']
  if (measured === undefined) return null
  const shared = measured.quota! < 1 ? `, each with ${measured.quota! * 100} % of a core` : ''
  return `${measured.ratio!.toFixed(1)} ×${shared}`
}

/** Reads the figures that were measured last. */
function measured(): Measured {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, '..', '..', lastFigures), 'utf8'))
}

/** The rows of the table in docs/performance.md: what, how much, the goal. */
export function performanceRows(): readonly (readonly [string, string, string])[] {
  const { results } = measured()
  return rows.map(({ what, value, goal }) => [what, value(results) ?? 'not measured', goal])
}

/** What the README says of the last bench. */
export function benchSentence(): string {
  const { ratio: share, spansPerSecond, receiverMicros, postgresMicros, peakMegabytes } = measured().results[every]!
  const figures = [
    `${whole('')(spansPerSecond!)} spans a second, ${share!.toFixed(2)} of one connection's \`COPY\` of the same rows`,
    `${receiverMicros!.toFixed(0)} µs of the receiver's CPU and ${postgresMicros!.toFixed(0)} µs of PostgreSQL's a span`,
    `${peakMegabytes!.toFixed(0)} MB of the receiver at most`,
  ]
  return `${figures.join('; ')} (${machineOf(measured())}).\n`
}

/** When and where the figures of docs/performance.md were measured. */
export function machineSentence(): string {
  return `Measured: ${machineOf(measured())}, which senders, receiver and PostgreSQL share.\n`
}

function machineOf({ date, machine: { processor, processors, node } }: Measured): string {
  const name = processor.replaceAll(/\((R|TM)\)/g, '').replaceAll(/\s+/g, ' ')
  return `${date.slice(0, 10)}, ${processors} cores of an ${name}, Node ${node.slice(1)}`
}
