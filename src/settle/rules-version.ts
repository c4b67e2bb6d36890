/**
 * The version of the rules by which facts become rows: of `settle`, and of `map` as far as it decides what the facts in the
 * ledger mean. The version is kept with each trace. Count it up with every change after which the same facts make other rows: a
 * trace of another version is settled again as soon as it is read, and `spanledger resettle` does that for all.
 */
export const rulesVersion = 2
