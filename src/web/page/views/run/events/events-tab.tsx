import type { ReadonlySignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { RunEventRow } from '../../../../../queries/rows/event-rows.ts'
import { duration } from '../../../format/times.ts'
import { Nothing } from '../../../parts/notes.tsx'
import { useVirtualRows } from '../../../parts/virtual-rows.ts'
import { narrow, useMedia } from '../../../state/media.ts'
import type { SpanTree } from '../timeline/span-tree.ts'
import type { RunEvents } from './events.ts'
import { offsetOf } from './replay.tsx'

interface EventsTabOptions {
  readonly events: RunEvents
  readonly tree: SpanTree | null
  readonly replayed: ReadonlySignal<number | null>
  readonly chosen: string | null
  readonly onChoose: (id: string) => void
}

const height = { usual: 32, narrow: 54 }

export function EventsTab({ events, tree, replayed, chosen, onChoose }: EventsTabOptions) {
  const rows = events.inTime.value
  const scroller = useRef<HTMLDivElement>(null)
  const rowHeight = useMedia(narrow) ? height.narrow : height.usual
  const { items, height: whole } = useVirtualRows(scroller, rows.length, rowHeight)
  const until = replayed.value
  if (rows.length === 0) return <Nothing title={events.ended.value ? 'No event was recorded' : 'Waiting for events'} />
  return (
    <div class="scroller" ref={scroller} tabIndex={0} role="region" aria-label="List of events">
      <div role="table" aria-label="Events" aria-rowcount={rows.length + 1} class="events">
        <div role="row" aria-rowindex={1} class="event-row heads">
          <span role="columnheader" class="number">
            At
          </span>
          <span role="columnheader">Event</span>
          <span role="columnheader" class="event-agent">
            Agent
          </span>
          <span role="columnheader">Message</span>
        </div>
        <div role="rowgroup" style={{ height: `${whole}px`, position: 'relative' }}>
          {items.map(({ index, start }) => {
            const event = rows[index]!
            const at = offsetOf(event, tree)
            const isAhead = until !== null && at > until
            const id = event.trace_id && event.span_id ? `${event.trace_id}/${event.span_id}` : null
            return (
              <EventLine
                key={event.id}
                {...{ event, at, index, isAhead }}
                place={{ transform: `translateY(${start}px)`, height: `${rowHeight}px` }}
                isChosen={id !== null && id === chosen}
                onOpen={id === null ? null : () => onChoose(id)}
              />
            )
          })}
        </div>
      </div>
    </div>
  )
}

interface EventLineOptions {
  readonly event: RunEventRow
  readonly at: number
  readonly index: number
  readonly place: { readonly transform: string; readonly height: string }
  readonly isAhead: boolean
  readonly isChosen: boolean
  readonly onOpen: (() => void) | null
}

function EventLine({ event, at, index, place, isAhead, isChosen, onOpen }: EventLineOptions) {
  const classes = ['event-row', isAhead && 'ahead', isChosen && 'chosen', /failed$/.test(event.type) && 'failed']
  return (
    <div role="row" aria-rowindex={index + 2} class={classes.filter(Boolean).join(' ')} style={place}>
      <span role="cell" class="number muted" title={event.timestamp}>
        {duration(at / 1000)}
      </span>
      <span role="cell" class="clip">
        {onOpen === null ? (
          <span class="event-type">{event.type}</span>
        ) : (
          <button type="button" class="link event-type" onClick={onOpen}>
            {event.type}
          </button>
        )}
      </span>
      <span role="cell" class="clip muted event-agent">
        {event.agent}
      </span>
      <span role="cell" class="clip" title={event.message ?? ''}>
        {event.message}
      </span>
    </div>
  )
}
