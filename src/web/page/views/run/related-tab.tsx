import type { RunAnswer } from '../../../answers/run.ts'
import type { RunLink } from '../../../answers/runs.ts'
import { money, short } from '../../format/numbers.ts'
import { duration, moment } from '../../format/times.ts'
import { Nothing } from '../../parts/notes.tsx'
import { StatusTag } from '../../parts/status.tsx'
import { TableScroll } from '../../parts/table-scroll.tsx'
import { linkTo } from '../../state/location.ts'
import type { RunList } from '../../state/route.ts'

export function relativesOf({ parent, children, siblings, session, retries }: RunAnswer): number {
  return (parent === null ? 0 : 1) + children.length + siblings.length + session.length + retries.length
}

/** The runs around this one, and the tool runs that took several attempts. */
export function RelatedTab({ run, list }: { readonly run: RunAnswer; readonly list: RunList }) {
  if (relativesOf(run) === 0 && run.parent_workflow_id === null)
    return <Nothing title="No related run">It has no parent, child or session, and no tool was tried twice.</Nothing>
  const groups: readonly (readonly [string, readonly RunLink[]])[] = [
    ['Parent', run.parent === null ? [] : [run.parent]],
    ['Children', run.children],
    ['Siblings', run.siblings],
    ['Of the same session', run.session],
  ]
  return (
    <div class="page-scroll">
      {run.parent === null && run.parent_workflow_id !== null && (
        <p class="note">
          Its parent <code>{run.parent_workflow_id}</code> has not arrived here.
        </p>
      )}
      {groups.map(([name, runs]) => runs.length > 0 && <Group key={name} name={name} runs={runs} list={list} />)}
      {run.relatives_more && <p class="muted pad">There are more than are shown.</p>}
      {run.retries.length > 0 && <Retries run={run} />}
    </div>
  )
}

interface GroupOptions {
  readonly name: string
  readonly runs: readonly RunLink[]
  readonly list: RunList
}

function Group({ name, runs, list }: GroupOptions) {
  return (
    <section class="card">
      <header class="card-head">
        <h2>{name}</h2>
      </header>
      <TableScroll name={name}>
        <table class="data related">
          <thead class="hidden">
            <tr>
              {['Status', 'Run', 'Started', 'Duration', 'Tokens', 'Cost'].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {runs.map((one) => (
              <tr key={one.workflow_id}>
                <td>
                  <StatusTag status={one.status} />
                </td>
                <th scope="row" class="wide">
                  <a {...linkTo({ view: 'run', workflow: one.workflow_id, tab: '', span: null, list })}>
                    {one.query || one.workflow_id}
                  </a>
                  {one.query !== '' && <span class="second mono clip">{one.workflow_id}</span>}
                </th>
                <td class="muted">{moment(one.started_at)}</td>
                <td class="number">{duration(one.duration_ms)}</td>
                <td class="number">{short(one.total_tokens)}</td>
                <td class="number">{money(one.cost_nano_usd)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </section>
  )
}

function Retries({ run }: { readonly run: RunAnswer }) {
  return (
    <section class="card">
      <header class="card-head">
        <h2>Tried more than once</h2>
      </header>
      <TableScroll name="Tried more than once">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Tool</th>
              <th scope="col" class="number">
                Attempts
              </th>
              <th scope="col">In the end</th>
              <th scope="col">Last error</th>
            </tr>
          </thead>
          <tbody>
            {run.retries.map(({ tool, attempts, success, error, ended_at }) => (
              <tr key={`${tool} ${ended_at}`}>
                <th scope="row">{tool}</th>
                <td class="number">{attempts}</td>
                <td>{success === null ? 'still tries' : success ? 'succeeded' : 'failed'}</td>
                <td class="wide">{error}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </section>
  )
}
