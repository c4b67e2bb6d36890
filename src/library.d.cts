import type { Receiver, ReceiverOptions } from './library.js' with { 'resolution-mode': 'import' }

export type { Receiver, ReceiverOptions }

/** The function of the same name in library.ts. */
export declare function openReceiver(options?: ReceiverOptions): Promise<Receiver>
