import type { Facts } from '../../../map/facts/facts.ts'
import type { Node } from '../node.ts'
import type { Pack, PackedContent } from './pack.ts'

/** Which facts there are, as bits: that is asked without reading the pack. */
const bits = { usage: 1, unknownUsage: 2, run: 4 }

/** The facts of a packed node. What is read when a child, a sibling or another report arrives is not packed. */
export class PackedFacts implements Facts {
  readonly source: Facts['source']
  readonly trace: string
  readonly id: string
  readonly parent: string
  readonly remoteParent: boolean
  readonly startNs: bigint
  readonly endNs: bigint
  readonly open: boolean
  readonly kind: Facts['kind']
  readonly origin: string
  readonly workflowId: string | null
  readonly agent: string | null
  readonly #bits: number
  readonly #pack: Pack
  readonly #at: number

  constructor(pack: Pack, at: number, { facts, parent, contribution }: Node, trace: string) {
    this.source = facts.source
    this.trace = trace
    this.id = facts.id
    this.parent = parent?.facts.id ?? facts.parent
    this.remoteParent = facts.remoteParent
    this.startNs = facts.startNs
    this.endNs = facts.endNs
    this.open = facts.open
    this.kind = facts.kind
    this.origin = facts.origin
    // each span has brought a text of its own
    this.workflowId = facts.workflowId === contribution?.workflow ? contribution.workflow : facts.workflowId
    this.agent = facts.agent
    this.#bits =
      (facts.usage === null ? 0 : bits.usage) |
      (facts.unknownUsage === null ? 0 : bits.unknownUsage) |
      (facts.run === null ? 0 : bits.run)
    this.#pack = pack
    this.#at = at
  }

  /** All that is packed of the node. */
  content(): PackedContent {
    return this.#pack.content(this.#at)
  }

  /** The facts as a plain object. */
  plain(): Facts {
    return this.content().facts
  }

  #has(bit: number): boolean {
    return (this.#bits & bit) !== 0
  }

  get attributeCount(): number {
    return this.plain().attributeCount
  }
  get digest(): string {
    return this.plain().digest
  }
  get name(): string {
    return this.plain().name
  }
  get dialect(): string {
    return this.plain().dialect
  }
  get spanKind(): number {
    return this.plain().spanKind
  }
  get service(): string {
    return this.plain().service
  }
  get outcome(): Facts['outcome'] {
    return this.plain().outcome
  }
  get error(): string | null {
    return this.plain().error
  }
  get run(): Facts['run'] {
    return this.#has(bits.run) ? this.plain().run : null
  }
  get endsWell(): boolean {
    return this.plain().endsWell
  }
  get statements(): Facts['statements'] {
    return this.plain().statements
  }
  get usage(): Facts['usage'] {
    return this.#has(bits.usage) ? this.plain().usage : null
  }
  get unknownUsage(): Facts['unknownUsage'] {
    return this.#has(bits.unknownUsage) ? this.plain().unknownUsage : null
  }
  get unreadUsage(): Facts['unreadUsage'] {
    return this.plain().unreadUsage
  }
  get tool(): Facts['tool'] {
    return this.kind === 'tool' ? this.plain().tool : null
  }
  get asks(): Facts['asks'] {
    return this.plain().asks
  }
  get answers(): Facts['answers'] {
    return this.plain().answers
  }
  get events(): Facts['events'] {
    return this.plain().events
  }
}
