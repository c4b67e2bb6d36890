import type { NodeContribution } from '../contribution.ts'
import type { Node } from '../node.ts'
import { Pack } from './pack.ts'
import { PackedFacts } from './packed-facts.ts'
import type { NodeRows } from '../rows.ts'

/**
 * Which nodes of a trace have facts and rows as plain objects. Those that were written longest ago have them packed, a
 * fifteenth of the size, and unpacked for as long as a transaction reads them: a trace may go on for weeks, and its former
 * spans hardly matter to those that come.
 */
export interface Packing {
  /** In the order in which their rows were last derived. */
  readonly unpacked: Set<Node>
  /** The packs that this transaction has read. */
  readonly opened: Set<Pack>
}

/** Makes the packing of a trace without nodes. */
export function newPacking(): Packing {
  return { unpacked: new Set(), opened: new Set() }
}

/** Notes a node whose rows are derived. Its facts are plain from now on. */
export function touchNode({ unpacked }: Packing, node: Node): void {
  unpacked.delete(node)
  unpacked.add(node)
  if (node.facts instanceof PackedFacts) node.facts = node.facts.plain()
}

/** Whether facts or rows of a node are packed. */
export function isPacked({ facts, rows }: Node): boolean {
  return facts instanceof PackedFacts || rows instanceof PackedRows
}

/** Packs nodes together. The texts of their events must be forgotten already. */
export function packTogether(trace: string, nodes: readonly Node[], opened: Set<Pack>): void {
  const pack = new Pack(nodes, opened)
  nodes.forEach((node, at) => {
    const { rows, contribution } = node
    node.facts = new PackedFacts(pack, at, node, trace)
    if (rows !== null) node.rows = new PackedRows(pack, at, rows)
    if (contribution !== null) node.contribution = new PackedContribution(pack, at, contribution.workflow)
  })
}

class PackedRows implements NodeRows {
  readonly #pack: Pack
  readonly #at: number
  readonly #hasUsage: boolean
  readonly #hasReport: boolean
  readonly #hasAgent: boolean

  constructor(pack: Pack, at: number, { usage, report, agent }: NodeRows) {
    this.#pack = pack
    this.#at = at
    this.#hasUsage = usage !== null
    this.#hasReport = report !== null
    this.#hasAgent = agent !== null
  }

  #plain(): NodeRows {
    return this.#pack.content(this.#at).rows!
  }

  get place(): NodeRows['place'] {
    return this.#plain().place
  }
  get events(): NodeRows['events'] {
    return this.#plain().events
  }
  get usage(): NodeRows['usage'] {
    return this.#hasUsage ? this.#plain().usage : null
  }
  get report(): NodeRows['report'] {
    return this.#hasReport ? this.#plain().report : null
  }
  get tools(): NodeRows['tools'] {
    return this.#plain().tools
  }
  get agent(): NodeRows['agent'] {
    return this.#hasAgent ? this.#plain().agent : null
  }
}

class PackedContribution implements NodeContribution {
  readonly workflow: string
  readonly #pack: Pack
  readonly #at: number

  constructor(pack: Pack, at: number, workflow: string) {
    this.workflow = workflow
    this.#pack = pack
    this.#at = at
  }

  #plain(): NodeContribution {
    return this.#pack.content(this.#at).contribution!
  }

  get agent(): string | null {
    return this.#plain().agent
  }
  get usage(): NodeContribution['usage'] {
    return this.#plain().usage
  }
  get tools(): NodeContribution['tools'] {
    return this.#plain().tools
  }
  get isCutOff(): boolean {
    return this.#plain().isCutOff
  }
  get unaccounted(): number {
    return this.#plain().unaccounted
  }
  get uncounted(): string | null {
    return this.#plain().uncounted
  }
  get run(): string | null {
    return this.#plain().run
  }
}
