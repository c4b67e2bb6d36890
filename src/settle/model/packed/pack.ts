import { deserialize, serialize } from 'node:v8'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Node } from '../node.ts'
import { plainEvent } from '../plain-event.ts'
import type { SmallSet } from '../../small/small-set.ts'

/** What is packed of a node. */
export type PackedContent = Pick<Node, 'facts' | 'rows' | 'contribution'>

/** The facts, rows and contributions of some nodes, compressed. They are there as objects from the first read until `close`. */
export class Pack {
  readonly #packed: Uint8Array
  readonly #opened: SmallSet<Pack>
  #content: readonly PackedContent[] | null = null

  constructor(nodes: readonly Node[], opened: SmallSet<Pack>) {
    const content = nodes.map(({ facts, rows, contribution }): PackedContent => {
      return { facts: { ...facts, events: facts.events.map(plainEvent) }, rows, contribution }
    })
    // a copy, because the buffer of zlib has room for more
    this.#packed = new Uint8Array(deflateRawSync(serialize(content), { level: 1 }))
    this.#opened = opened
  }

  content(at: number): PackedContent {
    if (this.#content === null) {
      this.#content = deserialize(inflateRawSync(this.#packed)) as PackedContent[]
      this.#opened.add(this)
    }
    return this.#content[at]!
  }

  close(): void {
    this.#content = null
  }
}
