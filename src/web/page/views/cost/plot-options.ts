import type uPlot from 'uplot'

interface PlotOptions {
  readonly width: number
  readonly days: readonly string[]
  /** Of the series, from the lowest to the highest. */
  readonly colours: readonly string[]
  readonly text: string
  readonly line: string
  readonly bars: NonNullable<uPlot.Series.BarsPathBuilderFactory>
  readonly onRange: (firstDay: string, lastDay: string) => void
  readonly onDay: (day: string) => void
}

const height = 220
const dayS = 86_400
/** What the name of a day takes. */
const dayWidth = 64
const dayName = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const font = '11px system-ui, sans-serif'

/** Bars of days in UTC: dragging chooses days, a click opens one. */
export function plotOptions(options: PlotOptions): uPlot.Options {
  const { width, days, colours, text, line, bars, onRange, onDay } = options
  const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { show: false }, font }
  const first = Date.parse(`${days[0]}T00:00:00Z`) / 1000
  const last = Date.parse(`${days.at(-1)}T00:00:00Z`) / 1000
  return {
    width,
    height,
    legend: { show: false },
    padding: [12, 8, 0, 0],
    scales: {
      x: { time: true, range: [first - dayS / 2, last + dayS / 2] },
      y: { range: (_, __, max) => [0, (max || 1) * 1.05] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        grid: { show: false },
        splits: (plot) => namedDays(days, plot.width),
        values: (_, seconds) => seconds.map((at) => dayName.format(at * 1000)),
      },
      { ...axis, size: 64, values: (_, values) => values.map((value) => `$${trimmed(value)}`) },
    ],
    cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
    series: [
      {},
      ...[...colours].reverse().map(
        (fill): uPlot.Series => ({
          fill,
          width: 0,
          paths: bars({ size: [0.72, 64], radius: 0.04, align: 0 }),
          points: { show: false },
        }),
      ),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width: chosen } = plot.select
          if (chosen < 4) return
          const at = (x: number) =>
            Math.min(days.length - 1, Math.max(0, Math.round((plot.posToVal(x, 'x') - first) / dayS)))
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
          onRange(days[at(left)]!, days[at(left + chosen)]!)
        },
      ],
      ready: [
        (plot) => {
          let pressedAt = 0
          plot.over.addEventListener('mousedown', (event) => {
            pressedAt = event.clientX
          })
          plot.over.addEventListener('click', (event) => {
            const day = plot.cursor.idx
            if (Math.abs(event.clientX - pressedAt) < 4 && day !== null && day !== undefined) onDay(days[day]!)
          })
        },
      ],
    },
  }
}

/** As many days as there is room to name, in seconds. */
function namedDays(days: readonly string[], width: number): number[] {
  const step = Math.max(1, Math.ceil((days.length * dayWidth) / Math.max(1, width)))
  return days.filter((_, index) => index % step === 0).map((day) => Date.parse(`${day}T00:00:00Z`) / 1000)
}

function trimmed(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}
