import { chosenColumns } from '../../state/chosen-columns.ts'
import { columns, type RunColumn } from '../../state/columns.ts'
import { useMedia } from '../../state/media.ts'
import type { RunList, Sort } from '../../state/route.ts'

interface ColumnForm {
  readonly name: string
  readonly sort?: Sort
  /** A number, at the right side of its column. */
  readonly end?: boolean
  /** In pixels: in a window of usual width, at least where there is little room, and in a very wide window. */
  readonly width: number
  readonly least?: number
  readonly wideWidth: number
}

export const columnForms: Readonly<Record<RunColumn, ColumnForm>> = {
  status: { name: 'Status', width: 104, wideWidth: 112 },
  user: { name: 'User · session', width: 140, least: 90, wideWidth: 320 },
  model: { name: 'Model · mode', width: 166, least: 90, wideWidth: 280 },
  started: { name: 'Started', sort: 'started', width: 100, wideWidth: 150 },
  duration: { name: 'Duration', sort: 'duration', end: true, width: 76, least: 66, wideWidth: 110 },
  input: { name: 'Input', end: true, width: 60, wideWidth: 90 },
  output: { name: 'Output', end: true, width: 60, wideWidth: 90 },
  tokens: { name: 'Tokens', sort: 'tokens', end: true, width: 60, wideWidth: 90 },
  cost: { name: 'Cost', sort: 'cost', end: true, width: 98, least: 92, wideWidth: 120 },
  tools: { name: 'Tools', end: true, width: 44, wideWidth: 70 },
  agents: { name: 'Agents', end: true, width: 50, wideWidth: 70 },
}

const usual = columns.filter((column) => !['input', 'output', 'agents'].includes(column))
/** Where there is little room. */
const fewer = usual.filter((column) => column !== 'user' && column !== 'tools')
const leastRunWidth = { usual: 180, fewer: 120 }
/** At both sides of a row. */
const padding = 16
const gap = { usual: 16, wide: 28 }

export interface ShownColumns {
  readonly columns: readonly RunColumn[]
  /** Whether they were chosen, in the URL or in this browser. */
  readonly isChosen: boolean
  /** For the grid of each row. */
  readonly style: Readonly<Record<string, string>>
}

/** The columns of a list: those of its URL, those that were chosen in this browser, or those that have room. */
export function useColumns({ columns: named }: RunList): ShownColumns {
  const hasFewer = useMedia('(max-width: 1080px)')
  const isWide = useMedia('(min-width: 1700px)')
  const chosen = named ?? chosenColumns.value
  const shown = chosen ?? (hasFewer ? fewer : usual)
  const run = leastRunWidth[hasFewer ? 'fewer' : 'usual']
  const forms = shown.map((column) => columnForms[column])
  const leastOf = ({ width, least, wideWidth }: ColumnForm) => (isWide ? wideWidth : (least ?? width))
  const between = isWide ? gap.wide : gap.usual
  const tracks = forms.map((form) => `minmax(${leastOf(form)}px, ${isWide ? form.wideWidth : form.width}px)`)
  const style = {
    '--columns': withRun(shown, tracks, `minmax(${run}px, 1fr)`).join(' '),
    '--gap': `${between}px`,
    '--least': `${forms.reduce((sum, form) => sum + leastOf(form) + between, run + 2 * padding)}px`,
  }
  return { columns: shown, isChosen: chosen !== null, style }
}

/** The cells of a row with that of the run among them: behind the status, or first. */
export function withRun<Cell>(columns: readonly RunColumn[], cells: readonly Cell[], run: Cell): Cell[] {
  const place = columns[0] === 'status' ? 1 : 0
  return [...cells.slice(0, place), run, ...cells.slice(place)]
}
