import { singleJsonRequest } from '../decode/json-request.ts'
import { decodeSdkRecords, decodeSdkSpans } from '../decode/sdk/sdk.ts'
import type { SdkRecord, SdkResource, SdkSpan } from '../decode/sdk/sdk-types.ts'
import type { Decoded, Signal, SingleRequest } from '../decode/span.ts'
import type { DecodedItems } from '../pipeline.ts'

/** One of the signals that an SDK exports, and how its objects are decoded. */
export interface SdkSignal<Item> {
  readonly signal: Signal
  readonly decode: (items: readonly Item[]) => Decoded
}

export const sdkSpans: SdkSignal<SdkSpan> = { signal: 'traces', decode: decodeSdkSpans }
export const sdkRecords: SdkSignal<SdkRecord> = { signal: 'logs', decode: decodeSdkRecords }

/** The spans or records that are decoded without a break: between two slices, the app's event loop gets its turn (E43). */
const sliceItems = 64

/** The request of an item that is lost. */
const emptyRequest: SingleRequest = { format: 'json', length: () => 0, digest: () => '', bytes: () => new Uint8Array() }

/** Decodes the SDK's objects slice by slice, each when the caller asks for it. */
export function* decodeSlices<Item>(
  { signal, decode }: SdkSignal<Item>,
  items: readonly Item[],
  tenant: string,
): Generator<DecodedItems> {
  for (let at = 0; at < items.length; at += sliceItems) {
    const slice = items.slice(at, at + sliceItems)
    yield {
      signal,
      transport: 'sdk',
      tenant,
      decoded: decode(slice),
      requestOf: (index) => {
        const { spans, records } = decode([slice[index]!])
        const [item] = [...spans, ...records]
        // The app may have changed its object since, so that it can't be decoded any more.
        return item === undefined ? emptyRequest : singleJsonRequest(signal, item)
      },
    }
  }
}

/**
 * Resolves when the attributes of all resources of these items are there; undefined where they are. The SDK's processors
 * wait for them before they export, an app that calls an exporter itself may not (E32).
 */
export function resourcesComplete(items: readonly { readonly resource: SdkResource }[]): Promise<unknown> | undefined {
  const pending = new Set(items.map(({ resource }) => resource).filter((resource) => resource?.asyncAttributesPending))
  if (pending.size === 0) return undefined
  return Promise.all([...pending].map((resource) => resource.waitForAsyncAttributes?.()))
}
