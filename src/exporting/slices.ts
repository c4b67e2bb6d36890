import { collect } from '../decode/decode-state.ts'
import { singleJsonRequest } from '../decode/json-request.ts'
import { decodeSdkRecords, decodeSdkSpans } from '../decode/sdk/sdk.ts'
import type { SdkRecord, SdkResource, SdkSpan } from '../decode/sdk/sdk-types.ts'
import type { DecodedRest, ItemSink, Signal, SingleRequest } from '../decode/span.ts'
import type { ReceivedItems } from '../pipeline.ts'

/** One of the signals that an SDK exports, and how its objects are decoded. */
export interface SdkSignal<Item> {
  readonly signal: Signal
  readonly decodeInto: (sink: ItemSink, items: readonly Item[]) => DecodedRest
}

export const sdkSpans: SdkSignal<SdkSpan> = { signal: 'traces', decodeInto: decodeSdkSpans }
export const sdkRecords: SdkSignal<SdkRecord> = { signal: 'logs', decodeInto: decodeSdkRecords }

/** The spans or records that are decoded without a break: between two slices, the app's event loop gets its turn (E43). */
export const sliceItems = 64

/** The request of an item that is lost. */
const emptyRequest: SingleRequest = { format: 'json', length: () => 0, digest: () => '', bytes: () => new Uint8Array() }

/** Cuts the SDK's objects into slices, which are decoded one after the other. */
export function* slicesOf<Item>(
  { signal, decodeInto }: SdkSignal<Item>,
  items: readonly Item[],
  tenant: string,
): Generator<ReceivedItems> {
  for (let at = 0; at < items.length; at += sliceItems) {
    const slice = items.slice(at, at + sliceItems)
    yield {
      signal,
      transport: 'sdk',
      tenant,
      decodeInto: (sink) => decodeInto(sink, slice),
      requestOf: (index) => {
        const { spans, records } = collect((sink) => decodeInto(sink, [slice[index]!]))
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
