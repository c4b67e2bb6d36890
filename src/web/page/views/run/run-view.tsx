import { type ReadonlySignal, useComputed, useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { RunAnswer } from '../../../answers/run.ts'
import { type Answer, useAnswer } from '../../api/use-answer.ts'
import { short } from '../../format/numbers.ts'
import { ErrorNote, Waiting, WithAnswer } from '../../parts/notes.tsx'
import { useKeys } from '../../state/keys.ts'
import { onRunChanges, reconnects } from '../../state/live.ts'
import { lastList, linkTo, navigate } from '../../state/location.ts'
import type { RunRoute } from '../../state/route.ts'
import { CallsTab } from './calls/calls-tab.tsx'
import { type RunEvents, useEvents } from './events/events.ts'
import { EventsTab } from './events/events-tab.tsx'
import { Replay, ReplayButton, timeOfStep } from './events/replay.tsx'
import { RelatedTab, relativesOf } from './related-tab.tsx'
import { RunHeader } from './run-header.tsx'
import { RunNav } from './run-nav.tsx'
import { SpanPanel } from './span/span-panel.tsx'
import { TextTab } from './text-tab.tsx'
import { readSpanTree } from './timeline/read-span-tree.ts'
import type { SpanTree } from './timeline/span-tree.ts'
import { Waterfall } from './timeline/waterfall.tsx'

const tabs = [
  ['', 'Timeline'],
  ['calls', 'Calls and cost'],
  ['events', 'Events'],
  ['text', 'Question and answer'],
  ['related', 'Related'],
] as const

export function RunView({ route }: { readonly route: RunRoute }) {
  const { workflow } = route
  const path = `/api/workflows/${encodeURIComponent(workflow)}`
  const run = useAnswer<RunAnswer>(path)
  const tree = useAnswer<SpanTree>(`${path}/tree`, { parse: readSpanTree })
  useReload(workflow, run, tree)
  lastList.value = route.list
  const choose = (id: string | null) => navigate({ ...route, span: id }, { replace: true })
  useKeys({
    Escape: () => choose(null),
    u: () => navigate({ view: 'runs', list: route.list }),
  })
  return (
    <>
      <RunNav route={route} run={run.value} />
      {run.value === null && <h1 class="hidden">Run {workflow}</h1>}
      <WithAnswer answer={run}>
        {(known) => <Known run={known} tree={tree} route={route} onChoose={choose} />}
      </WithAnswer>
    </>
  )
}

interface KnownOptions {
  readonly run: RunAnswer
  readonly tree: Answer<SpanTree>
  readonly route: RunRoute
  readonly onChoose: (id: string | null) => void
}

function Known({ run, tree, route, onChoose }: KnownOptions) {
  const { workflow, span, tab } = route
  const events = useEvents(workflow)
  const spans = useSpans(tree.value)
  const step = useSignal<number | null>(null)
  const replayed = useComputed(() => timeOfStep(step.value, events, spans))
  const hasEvents = useComputed(() => events.rows.value.length > 0)
  const bar = useCurrentInSight(tab)
  const hasReplay = (tab === '' || tab === 'events') && hasEvents.value
  return (
    <>
      <RunHeader run={run} route={route} />
      <div class="tabs">
        <nav aria-label="Parts of the run" ref={bar}>
          {tabs.map(([id, name]) => (
            <a key={id} {...linkTo({ ...route, tab: id })} aria-current={tab === id ? 'page' : undefined}>
              {name}
              {id === 'events' && <EventCount events={events} />}
              {id === 'related' && relativesOf(run) > 0 && (
                <span class="count">
                  {relativesOf(run)}
                  {run.relatives_more && '+'}
                </span>
              )}
            </a>
          ))}
        </nav>
        {hasReplay && <ReplayButton step={step} />}
      </div>
      {hasReplay && <Replay {...{ events, tree: spans, step, replayed }} />}
      <div class={span === null ? 'run-body' : 'run-body split'}>
        <Body {...{ run, tree, route, onChoose, events, spans, replayed }} />
        {span !== null && <SpanPanel workflow={workflow} id={span} onClose={() => onChoose(null)} />}
      </div>
    </>
  )
}

/** Scrolls a bar that is wider than the window to its current link. */
function useCurrentInSight(current: string) {
  const bar = useRef<HTMLElement>(null)
  useEffect(() => {
    const link = bar.current?.querySelector<HTMLElement>('[aria-current]')
    if (!link || !bar.current) return
    bar.current.scrollLeft = link.offsetLeft - bar.current.offsetLeft - (bar.current.clientWidth - link.clientWidth) / 2
  }, [current])
  return bar
}

/** Of its own: while events arrive nothing else is drawn again. */
function EventCount({ events }: { readonly events: RunEvents }) {
  return <span class="count">{short(events.rows.value.length)}</span>
}

/** The spans of an answer; what was closed stays closed when they are read again. */
function useSpans(spans: SpanTree | null): SpanTree | null {
  const last = useRef<SpanTree | null>(null)
  return useMemo(() => {
    if (spans !== null && last.current !== null) spans.closeAs(last.current)
    last.current = spans
    return spans
  }, [spans])
}

interface BodyOptions extends KnownOptions {
  readonly events: RunEvents
  readonly spans: SpanTree | null
  readonly replayed: ReadonlySignal<number | null>
}

function Body({ run, tree, route, onChoose, events, spans, replayed }: BodyOptions) {
  if (route.tab === 'calls') return <CallsTab {...{ run, route, spans }} />
  if (route.tab === 'text') return <TextTab run={run} />
  if (route.tab === 'related') return <RelatedTab run={run} list={route.list} />
  if (route.tab === 'events')
    return (
      <div class="run-part">
        <EventsTab {...{ events, tree: spans, replayed, onChoose }} chosen={route.span} />
      </div>
    )
  if (tree.error !== null && spans === null) return <ErrorNote error={tree.error} retry={tree.reload} />
  if (spans === null) return <Waiting />
  return (
    <div class="run-part">
      <Waterfall {...{ tree: spans, replayed, onChoose }} chosen={route.span} />
    </div>
  )
}

/** A large tree is read less often. */
const pauseMs = 700
const largePauseMs = 8000
const large = 5000

/** Asks again for a run that has changed, with a pause between. */
function useReload(workflow: string, run: Answer<RunAnswer>, tree: Answer<SpanTree>): void {
  const current = useRef({ run, tree })
  current.current = { run, tree }
  const reconnected = reconnects.value
  useEffect(() => {
    if (reconnected === 0) return
    current.current.run.reload()
    current.current.tree.reload()
  }, [reconnected])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const reload = () => {
      timer = undefined
      current.current.run.reload()
      current.current.tree.reload()
    }
    const unsubscribe = onRunChanges(({ rows, removed }) => {
      const isChanged = rows.some(({ workflow_id }) => workflow_id === workflow) || removed.includes(workflow)
      const isLarge = (current.current.tree.value?.count ?? 0) > large
      if (isChanged) timer ??= setTimeout(reload, isLarge ? largePauseMs : pauseMs)
    })
    return () => {
      unsubscribe()
      clearTimeout(timer)
    }
  }, [workflow])
}
