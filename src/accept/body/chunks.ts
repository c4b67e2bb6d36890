/** Bytes that arrive in pieces of any length. */
export type Chunks = AsyncIterable<Buffer>

/** Reads given numbers of bytes from chunks of any length. */
export class ChunkReader {
  readonly #source: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  constructor(chunks: Chunks) {
    this.#source = chunks[Symbol.asyncIterator]()
  }

  /** The next `length` bytes in a buffer of their own; fewer only at the end. */
  async upTo(length: number): Promise<Buffer> {
    const taken = Buffer.alloc(length)
    let filled = 0
    while (filled < length && (await this.#hold())) {
      const copied = this.#held.copy(taken, filled)
      this.#held = this.#held.subarray(copied)
      filled += copied
    }
    return taken.subarray(0, filled)
  }

  /** The next `length` bytes. Throws where there are fewer. */
  async exactly(length: number): Promise<Buffer> {
    const taken = await this.upTo(length)
    if (taken.length < length) throw new Error('unexpected end')
    return taken
  }

  /** Skips `length` bytes. Throws where there are fewer. */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      if (!(await this.#hold())) throw new Error('unexpected end')
      const passed = Math.min(left, this.#held.length)
      this.#held = this.#held.subarray(passed)
      left -= passed
    }
  }

  /** All bytes that are left, in the chunks in which they arrive. */
  async *rest(): Chunks {
    while (await this.#hold()) {
      yield this.#held
      this.#held = this.#held.subarray(this.#held.length)
    }
  }

  /** Waits until at least one byte is held; false at the end. */
  async #hold(): Promise<boolean> {
    while (this.#held.length === 0) {
      const { done, value } = await this.#source.next()
      if (done) return false
      this.#held = value
    }
    return true
  }
}
