import type { NodeContribution } from '../contribution.ts'
import type { Node } from '../node.ts'
import { Pack } from './pack.ts'
import { PackedFacts } from './packed-facts.ts'
import type { NodeRows } from '../rows.ts'
import { SmallSet } from '../../small/small-set.ts'

/**
 * Which nodes of a trace have facts and rows as plain objects. Those that were written longest ago have them packed, a
 * fifteenth of their size, and unpacked for as long as a transaction reads them: a trace may go on for weeks, and its former
 * spans hardly matter to those that come.
 */
export interface Packing {
  /** In the order in which they have arrived, or their rows were derived again. */
  readonly unpacked: Set<Node>
  /** The packs that this transaction has read. */
  readonly opened: SmallSet<Pack>
}

/** Makes the packing of a trace without nodes. */
export function newPacking(): Packing {
  return { unpacked: new Set(), opened: new SmallSet() }
}

/** Notes a node that has arrived, or whose rows are derived. Its facts are plain from now on. */
export function touchNode({ unpacked }: Packing, node: Node): void {
  // most nodes have just arrived when their rows are derived
  if (node.rows === null && unpacked.has(node)) return
  unpacked.delete(node)
  unpacked.add(node)
  if (node.facts instanceof PackedFacts) node.facts = node.facts.plain()
}

/** Whether facts or rows of a node are packed. */
export function isPacked({ facts, rows }: Node): boolean {
  return facts instanceof PackedFacts || rows instanceof PackedRows
}

/** Packs nodes together. The texts of their events must be forgotten already. */
export function packTogether(trace: string, nodes: readonly Node[], opened: SmallSet<Pack>): void {
  const pack = new Pack(nodes, opened)
  nodes.forEach((node, at) => {
    const { rows, contribution } = node
    const facts = new PackedFacts(pack, at, node, trace)
    node.facts = facts
    if (rows !== null) node.rows = new PackedRows(facts, rows)
    if (contribution !== null) node.contribution = new PackedContribution(facts, contribution.workflow)
  })
}

/** Whether a node has each of the rows of which it has one at most, as bits: it is asked without reading the pack. */
const bits = { usage: 1, report: 2, agent: 4 }

class PackedRows implements NodeRows {
  readonly #facts: PackedFacts
  readonly #bits: number

  constructor(facts: PackedFacts, { usage, report, agent }: NodeRows) {
    this.#facts = facts
    this.#bits =
      (usage === null ? 0 : bits.usage) | (report === null ? 0 : bits.report) | (agent === null ? 0 : bits.agent)
  }

  #plain(): NodeRows {
    return this.#facts.content().rows!
  }

  #has(bit: number): boolean {
    return (this.#bits & bit) !== 0
  }

  get place(): NodeRows['place'] {
    return this.#plain().place
  }
  get events(): NodeRows['events'] {
    return this.#plain().events
  }
  get usage(): NodeRows['usage'] {
    return this.#has(bits.usage) ? this.#plain().usage : null
  }
  get report(): NodeRows['report'] {
    return this.#has(bits.report) ? this.#plain().report : null
  }
  get tools(): NodeRows['tools'] {
    return this.#plain().tools
  }
  get agent(): NodeRows['agent'] {
    return this.#has(bits.agent) ? this.#plain().agent : null
  }
}

class PackedContribution implements NodeContribution {
  readonly workflow: string
  readonly #facts: PackedFacts

  constructor(facts: PackedFacts, workflow: string) {
    this.workflow = workflow
    this.#facts = facts
  }

  #plain(): NodeContribution {
    return this.#facts.content().contribution!
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
