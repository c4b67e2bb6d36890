import { useEffect } from 'preact/hooks'
import type { RunAnswer } from '../../../answers/run.ts'
import { Icon } from '../../parts/icon.tsx'
import { SqlButton } from '../../parts/sql-button.tsx'
import { useKeys } from '../../state/keys.ts'
import { linkTo, navigate } from '../../state/location.ts'
import { meta } from '../../state/meta.ts'
import type { Route, RunRoute } from '../../state/route.ts'
import { runPagesOf } from '../runs/run-pages.ts'
import { CloseRun } from './close-run.tsx'

interface RunNavOptions {
  readonly route: RunRoute
  /** null until it is known: one can go on before. */
  readonly run: RunAnswer | null
}

export function RunNav({ route, run }: RunNavOptions) {
  return (
    <div class="row run-nav">
      <a class="button quiet" {...linkTo({ view: 'runs', list: route.list })}>
        <Icon name="left" />
        Runs
      </a>
      <Neighbours route={route} />
      <span class="space" />
      {run?.run.status === 'RUNNING' && meta.value?.can.close && <CloseRun workflow={route.workflow} />}
      {run && <SqlButton sql={run.sql} of="this run" />}
    </div>
  )
}

/** The run before and the run behind, in the list that the person came from. */
function Neighbours({ route }: { readonly route: RunRoute }) {
  const pages = runPagesOf(route.list)
  useEffect(() => {
    void pages.start()
  }, [pages])
  const rows = pages.rows.value
  const at = rows.findIndex(({ workflow_id }) => workflow_id === route.workflow)
  const isLast = at === rows.length - 1
  useEffect(() => {
    if (at >= 0 && isLast) void pages.loadNext()
    if (at === 0) void pages.loadPrevious()
  }, [pages, at, isLast])
  const [previous, next] = at < 0 ? [undefined, undefined] : [rows[at - 1], rows[at + 1]]
  const to = (workflow: string): Route => ({ ...route, workflow, span: null })
  useKeys({
    '[': () => previous && navigate(to(previous.workflow_id)),
    ']': () => next && navigate(to(next.workflow_id)),
  })
  return (
    <>
      {previous && (
        <a class="button quiet" title="Previous run of the list: [" {...linkTo(to(previous.workflow_id))}>
          <Icon name="up" />
          <span>Previous</span>
        </a>
      )}
      {next && (
        <a class="button quiet" title="Next run of the list: ]" {...linkTo(to(next.workflow_id))}>
          <Icon name="down" />
          <span>Next</span>
        </a>
      )}
    </>
  )
}
