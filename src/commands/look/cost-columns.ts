import { exactUsd } from '../../columns.ts'
import type { CostDimension } from '../../queries/sums/cost-dimensions.ts'
import type { CostReport, CostSums } from '../../queries/sums/costs.ts'
import type { Column } from '../formats/table/column.ts'
import { barText, countText, moneyText, shareText } from '../formats/table/human-texts.ts'

/** A line of the report. */
export interface CostLine extends CostSums {
  /** The key for people; `(none)` for what states none. */
  readonly name: string
  /** The cost as a part of the whole, 0 to 1. */
  readonly share: number
  /** The cost as a part of the dearest key's, 0 to 1. */
  readonly bar: number
  /** The cost of the period before; null without comparison. */
  readonly previousNano: bigint | null
  /** Whether the line is a sum of others. */
  readonly isSum: boolean
}

/** What decides which columns there are. */
export interface CostColumnsOptions {
  readonly by: CostDimension
  readonly of: CostReport['of']
  readonly isCompared: boolean
}

const barWidth = 20

/** The columns of a report of costs. */
export function costColumns({ by, of, isCompared }: CostColumnsOptions): readonly Column<CostLine>[] {
  const tone = ({ isSum }: CostLine) => (isSum ? 'strong' : undefined)
  const columns: readonly Column<CostLine>[] = [
    {
      name: by.replace('-', '_'),
      head: by.toUpperCase(),
      least: 12,
      value: (line) => (line.isSum ? line.name : line.key),
      text: (line) => line.name,
      tone,
    },
    of === 'runs' ? counter('runs', (line) => line.runs) : counter('calls', (line) => line.calls),
    ...(of === 'runs'
      ? [counter('total_tokens', (line) => line.total_tokens, 'TOKENS')]
      : [
          counter('prompt_tokens', (line) => line.prompt_tokens, 'INPUT'),
          { ...counter('cache_read_tokens', (line) => line.cache_read_tokens, 'CACHED'), optional: true as const },
          counter('completion_tokens', (line) => line.completion_tokens, 'OUTPUT'),
        ]),
    {
      name: 'cost_usd',
      head: 'COST',
      align: 'right',
      value: (line) => exactUsd(line.costNano),
      text: (line) => `${moneyText(line.costNano)}${(line.unpriced_calls ?? 0) > 0 ? '+' : ''}`,
      tone,
    },
    ...(isCompared ? comparison : []),
    {
      name: 'share',
      head: 'SHARE',
      align: 'right',
      value: (line) => line.share,
      text: (line) => shareText(line.share),
      tone: () => 'faint',
    },
    {
      name: 'bar',
      head: '',
      isDrawing: true,
      optional: true,
      value: (line) => line.bar,
      text: (line, view) => barText(line.bar, barWidth, view),
      tone: () => 'busy',
    },
    { name: 'cost_nano_usd', value: (line) => line.costNano.toString() },
    ...(of === 'runs'
      ? []
      : [
          { name: 'cache_creation_tokens', value: (line: CostLine) => line.cache_creation_tokens },
          { name: 'unpriced_calls', value: (line: CostLine) => line.unpriced_calls },
          { name: 'unpriced_tokens', value: (line: CostLine) => line.unpriced_tokens },
        ]),
  ]
  return columns
}

const comparison: readonly Column<CostLine>[] = [
  {
    name: 'previous_cost_usd',
    head: 'BEFORE',
    align: 'right',
    value: (line) => exactUsd(line.previousNano ?? 0n),
    text: (line) => moneyText(line.previousNano ?? 0n),
  },
  {
    name: 'change_usd',
    head: 'CHANGE',
    align: 'right',
    value: (line) => exactUsd(line.costNano - (line.previousNano ?? 0n)),
    text: (line) => signed(line.costNano - (line.previousNano ?? 0n)),
    tone: (line) => (line.costNano > (line.previousNano ?? 0n) ? 'bad' : 'good'),
  },
]

function signed(nano: bigint): string {
  return nano > 0n ? `+${moneyText(nano)}` : moneyText(nano)
}

function counter(name: string, value: (line: CostLine) => number | null, head = name.toUpperCase()): Column<CostLine> {
  return {
    name,
    head,
    align: 'right',
    value,
    text: (line) => (value(line) === null ? '' : countText(value(line)!)),
    tone: ({ isSum }) => (isSum ? 'strong' : undefined),
  }
}
