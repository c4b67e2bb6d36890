import { langfuse } from './langfuse.ts'
import { litellm } from './litellm.ts'
import { phoenix } from './phoenix.ts'
import type { ForeignFormat } from './span.ts'

/** The formats of other products that are read. */
export const foreignFormats: readonly ForeignFormat[] = [langfuse, phoenix, litellm]
