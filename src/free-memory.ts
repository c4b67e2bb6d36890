/** Shorter memory is left to the garbage collector: to free it at once costs some microseconds. */
const smallestFreed = 64 * 1024

/** A port that is closed frees what is transferred to it, since nothing can receive it. */
const closed = new MessageChannel().port1
closed.close()

/**
 * Frees the memory of a long buffer at once, which has the length 0 then. Nothing may refer to it any more. The garbage
 * collector counts memory outside of its heap late: under overload hundreds of megabytes would wait for it.
 */
export function freeMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= smallestFreed) closed.postMessage(null, [buffer])
}
