import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import type { CostBy, CostSeriesAnswer } from '../../../answers/costs.ts'
import { moneyColumn } from '../../format/money-column.ts'
import { dollars, nothing } from '../../format/numbers.ts'
import { Nothing } from '../../parts/notes.tsx'
import { TableScroll } from '../../parts/table-scroll.tsx'
import { linkTo, navigate } from '../../state/location.ts'
import { colour, colourChange } from '../../state/theme.ts'
import { rowsBehind } from './cost-rows.ts'
import { plotOptions } from './plot-options.ts'

interface CostPlotOptions {
  readonly series: CostSeriesAnswer
  readonly onZoom: (firstDay: string, lastDay: string) => void
}

const colours = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'series-6', 'series-7', 'series-8']

/** What the calls without a value are named, and the others by their value. */
export function nameOfKey(by: CostBy, key: string | null): string {
  return key ?? `No ${by === 'service-tier' ? 'tier' : by}`
}

function colourOf(series: CostSeriesAnswer, index: number): string {
  return series.series[index]?.other ? 'other' : colours[index % colours.length]!
}

export function CostPlot({ series, onZoom }: CostPlotOptions) {
  const place = useRef<HTMLDivElement>(null)
  usePlot({ series, onZoom, place })
  if (series.series.length === 0) return <Nothing title="Nothing was counted in this range" />
  const range = { since: series.since, until: series.until }
  const nameOf = (key: string | null) => nameOfKey(series.by, key)
  return (
    <figure class="plot">
      <div ref={place} class="plot-place" aria-hidden="true" />
      <figcaption>
        <ul class="legend">
          {series.series.map(({ key, other }, index) => (
            <li key={`${key} ${other}`}>
              <span class="swatch" style={{ background: `var(--${colourOf(series, index)})` }} />
              {other ? (
                'Others'
              ) : (
                <a class="clip" title={nameOf(key)} {...linkTo(rowsBehind({ by: series.by, key, ...range }))}>
                  {nameOf(key)}
                </a>
              )}
            </li>
          ))}
        </ul>
        <details class="plot-table">
          <summary>As a table</summary>
          <DayTable series={series} />
        </details>
      </figcaption>
    </figure>
  )
}

/** Draws bars of the days, one value upon the other. */
function usePlot({
  series,
  onZoom,
  place,
}: CostPlotOptions & { readonly place: { current: HTMLDivElement | null } }): void {
  const zoom = useRef(onZoom)
  zoom.current = onZoom
  useEffect(() => {
    const element = place.current
    if (element === null || series.days.length === 0) return
    let plot: uPlot | undefined
    let isOver = false
    const draw = async () => {
      const { default: UPlot } = await import('uplot')
      if (isOver) return
      plot?.destroy()
      plot = new UPlot(
        plotOptions({
          width: element.clientWidth,
          days: series.days,
          colours: series.series.map((_, index) => colour(colourOf(series, index))),
          text: colour('muted'),
          line: colour('line'),
          bars: UPlot.paths.bars!,
          onRange: (first, last) => zoom.current(first, last),
          onDay: (day) => navigate(rowsBehind({ by: 'day', key: day, since: day, until: day })),
        }),
        stacked(series) as uPlot.AlignedData,
        element,
      )
    }
    const unsubscribe = colourChange.subscribe(() => void draw())
    const size = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: plot.height }))
    size.observe(element)
    return () => {
      isOver = true
      unsubscribe()
      size.disconnect()
      plot?.destroy()
    }
  }, [series, place])
}

/** Days in seconds, then for each series from the last to the first the sum of it and those below it. */
function stacked({ days, series }: CostSeriesAnswer): number[][] {
  const sums: number[][] = []
  let below = days.map(() => 0)
  for (const { cost_nano_usd } of series) {
    below = below.map((sum, day) => sum + dollars(cost_nano_usd[day]!))
    sums.push(below)
  }
  return [days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000), ...sums.reverse()]
}

function DayTable({ series }: { readonly series: CostSeriesAnswer }) {
  return (
    <TableScroll name="Cost by day">
      <table class="data compact">
        <thead>
          <tr>
            <th scope="col">Day</th>
            {series.series.map(({ key, other }) => (
              <th key={`${key} ${other}`} scope="col" class="number">
                {other ? 'Others' : nameOfKey(series.by, key)}
              </th>
            ))}
            <th scope="col" class="number">
              Total
            </th>
          </tr>
        </thead>
        <tbody>
          {series.days.map((day, index) => {
            const costs = moneyColumn(series.series, ({ cost_nano_usd }) => cost_nano_usd[index]!)
            return (
              <tr key={day}>
                <th scope="row">
                  <a {...linkTo(rowsBehind({ by: 'day', key: day, since: day, until: day }))}>{day}</a>
                </th>
                {series.series.map((one) => (
                  <td key={`${one.key} ${one.other}`} class="number">
                    {one.cost_nano_usd[index] === '0' ? <span class="muted">{nothing}</span> : costs.textOf(one)}
                  </td>
                ))}
                <td class="number">{costs.total}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </TableScroll>
  )
}
