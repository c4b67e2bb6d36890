import type { Socket } from 'node:net'
import { deserialize, serialize } from 'node:v8'

/** Writes a value to a peer: its length in 4 bytes, then what `v8.serialize` makes of it. */
export function writeFrame(socket: Socket, value: unknown): void {
  const body = serialize(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  socket.write(Buffer.concat([length, body]))
}

/** The values that a peer writes, until it ends. Throws when the connection breaks. */
export async function* readFrames(socket: Socket): AsyncGenerator<unknown, undefined> {
  let chunks: Buffer[] = []
  let size = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size < neededBy(chunks)) continue
    let rest = Buffer.concat(chunks)
    for (; rest.length >= neededBy([rest]); rest = rest.subarray(neededBy([rest]))) {
      yield deserialize(rest.subarray(4, neededBy([rest])))
    }
    chunks = [rest]
    size = rest.length
  }
  return undefined
}

/** How many bytes the first frame takes, as far as its beginning tells. */
function neededBy(chunks: readonly Buffer[]): number {
  const first = chunks.find(({ length }) => length > 0)
  return first === undefined || first.length < 4 ? 4 : 4 + first.readUInt32BE()
}
