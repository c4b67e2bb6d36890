import { setImmediate as turn } from 'node:timers/promises'
import type { SdkSpan } from '../decode/sdk/sdk-types.ts'
import { type MappedItems, mapItems, type Pipeline, storeItems } from '../pipeline.ts'
import type { RefusedSpan } from '../transaction/refused-spans.ts'
import type { SharedDatabase } from './shared-database.ts'
import { type SdkSignal, sdkSpans, sliceItems, slicesOf } from './slices.ts'

/**
 * Writes what an SDK exports. Resolves after COMMIT with the spans or records that were refused; throws as
 * `SharedDatabase.pipeline` does.
 */
export async function writeItems<Item>(
  database: SharedDatabase,
  signal: SdkSignal<Item>,
  items: readonly Item[],
): Promise<readonly RefusedSpan[]> {
  const pipeline = await database.pipeline()
  return storeItems(pipeline, await mapSlices(pipeline, signal, items, database.settings.tenant))
}

/** Writes spans that haven't ended yet, but for those that aren't recognised as parts of a run: they make no row. */
export async function writeOpenSpans(database: SharedDatabase, spans: readonly SdkSpan[]): Promise<void> {
  const pipeline = await database.pipeline()
  await storeItems(pipeline, partsOfRuns(await mapSlices(pipeline, sdkSpans, spans, database.settings.tenant)))
}

/** Decodes and maps slice by slice; between two slices, the app's event loop gets its turn (E43). */
async function mapSlices<Item>(
  pipeline: Pipeline,
  signal: SdkSignal<Item>,
  items: readonly Item[],
  tenant: string,
): Promise<MappedItems> {
  const slices: MappedItems[] = []
  for (const slice of slicesOf(signal, items, tenant)) {
    if (slices.length > 0) await turn()
    slices.push(mapItems(pipeline, slice))
  }
  return {
    signal: signal.signal,
    transport: 'sdk',
    tenant,
    facts: slices.flatMap(({ facts }) => facts),
    indexes: slices.flatMap(({ indexes }, slice) => indexes.map((index) => slice * sliceItems + index)),
    requestOf: (index) => slices[Math.floor(index / sliceItems)]!.requestOf(index % sliceItems),
    refused: slices.flatMap(({ refused }) => refused),
  }
}

function partsOfRuns({ facts, indexes, ...rest }: MappedItems): MappedItems {
  const isPart = (_: unknown, i: number) => facts[i]!.kind !== 'plain' || facts[i]!.workflowId !== null
  return { ...rest, facts: facts.filter(isPart), indexes: indexes.filter(isPart) }
}
