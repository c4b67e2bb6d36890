/** An export that can't be read, or is incomplete: a difference to it would say nothing. `message` says what to do. */
export class Unreadable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Unreadable'
  }
}
