/**
 * The reasons for which a sender is denied:
 *
 * - `unauthenticated` the credential is missing or wrong: never retry
 * - `forbidden`       the credential is good, and does not allow this: never retry
 * - `too-many`        too many wrong credentials came from this address: retry later
 */
export type Denial = (typeof denials)[number]

const denials = ['unauthenticated', 'forbidden', 'too-many'] as const

/** Whether a word is a reason for which senders are denied. */
export function isDenial(word: string): word is Denial {
  return denials.some((denial) => denial === word)
}

/** The sender of a request may not do what it asks for. `message` is for its operator, and never has a part of a secret. */
export class Denied extends Error {
  readonly refusal: Denial
  /** Whole seconds after which the request may be sent again; 0: never. */
  readonly retryAfterSeconds: number

  constructor(refusal: Denial, message: string, retryAfterSeconds = 0) {
    super(message)
    this.name = new.target.name
    this.refusal = refusal
    this.retryAfterSeconds = retryAfterSeconds
  }
}
