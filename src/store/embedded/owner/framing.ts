import type { Socket } from 'node:net'
import { deserialize, serialize } from 'node:v8'

/** Bytes before each frame that hold its length. */
const prefixBytes = 4

/** Writes a value as one frame: its length in 4 bytes, then what `v8.serialize` makes of it. */
export function writeFrame(socket: Socket, value: unknown): void {
  const body = serialize(value)
  const length = Buffer.alloc(prefixBytes)
  length.writeUInt32BE(body.length)
  socket.write(Buffer.concat([length, body]))
}

/** Reads the values of a socket's frames until the other side ends it. Throws when the connection breaks. */
export async function* readFrames(socket: Socket): AsyncGenerator<unknown, undefined> {
  let chunks: Buffer[] = []
  let size = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size < firstFrameBytes(chunks)) continue
    let rest = Buffer.concat(chunks)
    for (let end = firstFrameBytes([rest]); rest.length >= end; end = firstFrameBytes([rest])) {
      yield deserialize(rest.subarray(prefixBytes, end))
      rest = rest.subarray(end)
    }
    chunks = [rest]
    size = rest.length
  }
  return undefined
}

/** Returns the size of the first frame with its prefix, or that of the prefix where the length is not there yet. */
function firstFrameBytes(chunks: readonly Buffer[]): number {
  const first = chunks.find(({ length }) => length > 0)
  return first === undefined || first.length < prefixBytes ? prefixBytes : prefixBytes + first.readUInt32BE()
}
