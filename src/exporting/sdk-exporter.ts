import type { ExportResult, ItemExporter } from './config/options.ts'

/** The interface that the SDK has for exporters of spans and of log records alike. */
export class SdkExporter<Item> implements ItemExporter<Item> {
  readonly #exports: ItemExporter<Item>

  protected constructor(exports: ItemExporter<Item>) {
    this.#exports = exports
  }

  /** Calls back once, within the time-out: after COMMIT, or with the error. Never throws. */
  export(items: Item[], resultCallback: (result: ExportResult) => void): void {
    this.#exports.export(items, resultCallback)
  }

  /** Resolves when all exports in flight are committed; rejects with the first reason why one isn't. */
  forceFlush(): Promise<void> {
    return this.#exports.forceFlush()
  }

  /**
   * Takes nothing new, waits for what is in flight, and closes the connections unless another exporter shares them.
   * Resolves in any case, in bounded time.
   */
  shutdown(): Promise<void> {
    return this.#exports.shutdown()
  }
}
