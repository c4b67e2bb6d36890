import type { Facts, ToolRun, Usage } from '../../src/map/facts/facts.ts'
import { lesserSpans } from './span-oracle.ts'

/**
 * The rules of docs/design.md §3 and §4 the slow and obvious way: over the whole set at once, each as its sentence says it,
 * with nothing kept and nothing shared with the code under test.
 */
export interface Judged {
  readonly facts: Facts
  readonly workflow: string
  readonly agent: string | null
  readonly counts: boolean
  /** What its workflow hears of it where it counts: known as what it covers, and `elsewhere` as its other reports are. */
  readonly report: Facts
  readonly entry: boolean
  readonly waits: boolean
  /** A span of its trace belongs to a durable run. */
  readonly durable: boolean
  /** The attempt of an activity that it is, or is made in. */
  readonly activity: Facts | null
  /** The inner side of a tool run above it, or the lesser report of one beside it. */
  readonly inner: boolean
  /** The span of that run right above it; null where it is no inner side. */
  readonly outer: Facts | null
  /** The better report beside it of the same tool run; null where there is none. */
  readonly better: Facts | null
}

/** All spans and records of one trace, whatever their order and however often; null: nobody's run. */
export function judge(set: readonly Facts[]): Judged[] | null {
  const all = survivors(set)
  if (!all.some(({ kind, workflowId }) => kind !== 'plain' || workflowId !== null)) return null
  const tree = treeOf(all)
  const fallback = fallbackOf(all)
  const workflow = (facts: Facts) =>
    [facts, ...tree.ancestors(facts)].find(({ workflowId }) => workflowId !== null)?.workflowId ?? fallback
  const agent = (facts: Facts) => [facts, ...tree.ancestors(facts)].find((one) => one.agent !== null)?.agent ?? null
  const uncovered = all.filter((v) => v.usage !== null && !all.some((u) => covers(tree, u, v)))
  const calls = uncovered.filter(isCall).map((facts) => asKnown(tree, facts))
  const lesser = lesserTwins(calls)
  const known = all.filter(isCall).map((facts) => asKnown(tree, facts))
  const repeated = uncovered.filter((facts) => isRepeated(facts, { calls: known, uncovered }))
  const isLesser = (facts: Facts) => [...lesser.keys()].some(({ id }) => id === facts.id)
  const better = lesserSpans(all.filter((facts) => outerOf(tree, facts) === null && activityOf(tree, facts) === null))
  return all.map((facts) => {
    const parent = tree.parent(facts)
    return {
      facts,
      workflow: workflow(facts),
      agent: agent(facts),
      counts: uncovered.includes(facts) && !isLesser(facts) && !repeated.includes(facts),
      report: reportOf(tree, facts, lesser),
      entry: facts.source === 'span' && (parent === null || workflow(parent) !== workflow(facts)),
      waits: parent === null && facts.parent !== '' && !tree.onCycle(facts),
      durable: all.some(({ run }) => run !== null),
      activity: activityOf(tree, facts),
      inner: outerOf(tree, facts) !== null || better.has(facts),
      outer: outerOf(tree, facts),
      better: better.get(facts) ?? null,
    }
  })
}

function survivors(set: readonly Facts[]): Facts[] {
  const best = new Map<string, Facts>()
  for (const facts of set) {
    const other = best.get(facts.id)
    if (other === undefined || beats(facts, other)) best.set(facts.id, facts)
  }
  return [...best.values()].sort(byStart)
}

function beats(a: Facts, b: Facts): boolean {
  if (a.open !== b.open) return b.open
  if (a.endNs !== b.endNs) return a.endNs > b.endNs
  if (a.attributeCount !== b.attributeCount) return a.attributeCount > b.attributeCount
  return a.digest > b.digest
}

export function byStart(a: Facts, b: Facts): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1
  return key(a) < key(b) ? -1 : 1
}

/** Two traces may have the same id of a span. */
function key({ id, trace }: Facts): string {
  return `${id} ${trace}`
}

interface Tree {
  parent(facts: Facts): Facts | null
  /** Nearest first. */
  ancestors(facts: Facts): Facts[]
  onCycle(facts: Facts): boolean
}

function treeOf(all: readonly Facts[]): Tree {
  const byId = new Map(all.map((facts) => [facts.id, facts]))
  const named = (facts: Facts) => (facts.parent === '' ? null : (byId.get(facts.parent) ?? null))
  const onCycle = (facts: Facts) => {
    const seen = new Set<Facts>()
    for (let at = named(facts); at !== null && !seen.has(at); at = named(at)) {
      if (at === facts) return true
      seen.add(at)
    }
    return false
  }
  const parent = (facts: Facts) => (onCycle(facts) ? null : named(facts))
  const ancestors = (facts: Facts) => {
    const list: Facts[] = []
    for (let at = parent(facts); at !== null; at = parent(at)) list.push(at)
    return list
  }
  return { parent, ancestors, onCycle }
}

/** The nearest durable part at or above, if it is an activity's attempt. */
function activityOf(tree: Tree, facts: Facts): Facts | null {
  const part = [facts, ...tree.ancestors(facts)].find(({ run }) => run !== null)
  return part?.run?.activity == null ? null : part
}

/** The nearest tool above, with no agent, call, workflow or task between, is the same tool or the same call. */
function outerOf(tree: Tree, facts: Facts): Facts | null {
  const stops = ({ kind, source, usage }: Facts) =>
    kind === 'tool' ||
    kind === 'llm' ||
    usage !== null ||
    (source === 'span' && ['agent', 'workflow', 'task'].includes(kind))
  const above = tree.ancestors(facts).find(stops)
  if (facts.tool === null || above?.kind !== 'tool' || above.tool === null) return null
  const sameName = facts.tool.name !== null && above.tool.name === facts.tool.name
  const sameId = facts.tool.callId !== null && above.tool.callId === facts.tool.callId
  return sameName || sameId || isServersName(facts.tool, above.tool) ? above : null
}

/** A request to an MCP server, under a client's name that ends in the server's: srv__tool, srv-tool. */
function isServersName({ name, isMcp }: ToolRun, { name: clients }: ToolRun): boolean {
  if (!isMcp || name === null || clients === null) return false
  return clients.length > name.length && clients.endsWith(name) && !/[a-z0-9]/i.test(clients.at(-name.length - 1)!)
}

function fallbackOf(all: readonly Facts[]): string {
  return all.find(({ workflowId }) => workflowId !== null)?.workflowId ?? all[0]!.trace
}

/** A poll or a copy of a call that is reported otherwise, or of which there is a later poll, or an earlier copy elsewhere. */
function isRepeated(
  facts: Facts,
  known: { readonly calls: readonly Facts[]; readonly uncovered: readonly Facts[] },
): boolean {
  const usage = facts.usage!
  if (usage.role !== 'poll' && usage.role !== 'copy') return false
  const hasId = usage.responseId !== null
  if (hasId && known.calls.some((call) => sameId(call, facts))) return true
  const like = known.uncovered.filter((other) => other !== facts && other.usage!.role === usage.role)
  const others = hasId ? like.filter((other) => sameId(other, facts)) : []
  if (usage.role === 'poll')
    return others.some((other) => (other.endNs === facts.endNs ? other.id < facts.id : other.endNs > facts.endNs))
  const isSame = (call: Facts) => sameCounters(call, facts) && !(hasId && call.usage!.responseId !== null)
  if (known.calls.some((call) => isSame(call) && overlap(call, facts))) return true
  const isElsewhere = (other: Facts) => other.origin !== facts.origin || other.parent === facts.parent
  return others.some((other) => byStart(other, facts) < 0 && isElsewhere(other))
}

/** call < poll < own < aggregate < last-step < partial < lifetime < estimate < copy */
function rank({ role }: Usage): number {
  return ['call', 'poll', 'own', 'aggregate', 'last-step', 'partial', 'lifetime', 'estimate', 'copy'].indexOf(role)
}

function covers(tree: Tree, u: Facts, v: Facts): boolean {
  const [a, b] = [u.usage, v.usage]
  if (u === v || a === null || b === null || a.role === 'copy' || a.class !== b.class) return false
  if (tree.ancestors(u).includes(v)) {
    if (rank(a) > rank(b) || (a.role === 'own' && b.role === 'own')) return false
    return !(a.role === 'call' && b.role === 'call') || (!barred(tree, u, v) && !areTwo(a, b))
  }
  if (tree.ancestors(v).includes(u)) return rank(a) < rank(b) && (a.role !== 'call' || !barred(tree, v, u))
  return false
}

function barred(tree: Tree, low: Facts, high: Facts): boolean {
  const line = tree.ancestors(low)
  return line
    .slice(0, line.indexOf(high))
    .some(({ kind, source }) => source === 'span' && ['tool', 'agent', 'workflow', 'task'].includes(kind))
}

function areTwo(a: Usage, b: Usage): boolean {
  const ids = a.responseId !== null && b.responseId !== null && a.responseId !== b.responseId
  return ids && (a.prompt !== b.prompt || a.completion !== b.completion)
}

/** A call has the trust, and where it has no response id the nearest one, of the calls above that it repeats. */
function asKnown(tree: Tree, call: Facts): Facts {
  const above = tree
    .ancestors(call)
    .filter((other) => isCall(other) && sameCounters(other, call) && !barred(tree, call, other))
    .map(({ usage }) => usage!)
  const responseId = [call.usage!, ...above].find((usage) => usage.responseId !== null)?.responseId ?? null
  const trust = Math.max(call.usage!.trust, ...above.map((usage) => usage.trust))
  return { ...call, usage: { ...call.usage!, responseId, trust } }
}

/** Another report of it, in equal numbers, may be of those that stand in other traces too. */
function reportOf(tree: Tree, facts: Facts, lesser: ReadonlyMap<Facts, Facts>): Facts {
  if (facts.usage === null) return facts
  const twins = [...lesser].filter(([, best]) => best.id === facts.id).map(([twin]) => twin)
  const equal = [...twins, ...[facts, ...twins].flatMap((one) => usagesAbove(tree, one))].filter((one) =>
    sameCounters(one, facts),
  )
  const known = facts.usage.role === 'call' ? asKnown(tree, facts) : facts
  return { ...known, usage: { ...known.usage!, elsewhere: [facts, ...equal].some(({ usage }) => usage!.elsewhere) } }
}

/** What a usage covers above it: the calls, and the nearest other usage. */
function usagesAbove(tree: Tree, facts: Facts): Facts[] {
  const above = tree.ancestors(facts)
  const calls = isCall(facts) ? above.filter((one) => isCall(one) && !barred(tree, facts, one)) : []
  const other = above.find(({ usage }) => usage !== null && usage.role !== 'call' && usage.role !== 'copy')
  return [...calls, ...(other === undefined ? [] : [other])]
}

function isCall({ usage }: Facts): boolean {
  return usage?.role === 'call'
}

/** First those with one response id, one of each origin; then those without an id join what has their counters and time. With the better ones. */
export function lesserTwins(calls: readonly Facts[]): Map<Facts, Facts> {
  const clusters: Facts[][] = []
  for (const call of calls) {
    if (call.usage!.responseId === null) continue
    const mine = clusters.find(
      (cluster) => sameId(cluster[0]!, call) && cluster.every((other) => origin(other) !== origin(call)),
    )
    if (mine === undefined) clusters.push([call])
    else mine.push(call)
  }
  const units = clusters
    .map((cluster) => ({ best: bestOf(cluster), members: cluster }))
    .sort((a, b) => byStart(a.best, b.best))
  for (const call of calls) {
    if (call.usage!.responseId !== null) continue
    const mine = units.find(
      ({ best, members }) =>
        sameCounters(best, call) && members.every((other) => origin(other) !== origin(call)) && overlap(best, call),
    )
    if (mine === undefined) {
      units.push({ best: call, members: [call] })
      units.sort((a, b) => byStart(a.best, b.best))
    } else mine.members.push(call)
  }
  return new Map(
    units.flatMap(({ members }) => {
      const best = bestOf(members)
      return members.filter((member) => member !== best).map((member) => [member, best] as const)
    }),
  )
}

function sameId(a: Facts, b: Facts): boolean {
  return a.usage!.class === b.usage!.class && a.usage!.responseId === b.usage!.responseId
}

function sameCounters(a: Facts, b: Facts): boolean {
  const [x, y] = [a.usage!, b.usage!]
  return x.class === y.class && x.prompt === y.prompt && x.completion === y.completion
}

function origin({ source, origin: from }: Facts): string {
  return `${source} ${from}`
}

function bestOf(members: readonly Facts[]): Facts {
  const order = (facts: Facts) =>
    [
      -facts.usage!.trust,
      facts.source === 'span' ? 0 : 1,
      ({ 3: 0, 1: 1, 2: 2 } as Record<number, number>)[facts.spanKind] ?? 3,
      key(facts),
    ] as const
  return [...members].sort((a, b) => {
    const [x, y] = [order(a), order(b)]
    for (const i of [0, 1, 2] as const) if (x[i] !== y[i]) return x[i] - y[i]
    return x[3] < y[3] ? -1 : 1
  })[0]!
}

function overlap(a: Facts, b: Facts): boolean {
  const reach = (facts: Facts) => (facts.source === 'record' ? 1_000_000_000n : 0n)
  return a.startNs - reach(a) <= b.endNs + reach(b) && b.startNs - reach(b) <= a.endNs + reach(a)
}
