/** The names of the fixed patterns, in the order in which they are tried. */
export const patternNames = ['pem', 'jwt', 'bearer', 'key', 'email', 'iban', 'card'] as const

/** The name of a fixed pattern: a secret of this kind is replaced by the name in brackets. */
export type PatternName = (typeof patternNames)[number]

/**
 * What a word begins after: no letter or digit, or an escape of JSON, since a text may be JSON inside of JSON. It follows the
 * first letters of a pattern, by which the search is fast.
 */
const begins = (letters: string) => `${letters}(?<=(?:^|[^A-Za-z0-9]|\\\\[bfnrt])${letters})`

/** What follows the prefix of a key of each provider. */
const keys = [
  // OpenAI, Anthropic, OpenRouter, Langfuse and others
  `${begins('sk-')}[A-Za-z0-9_-]{16,}`,
  // Stripe
  `${begins('[spr]k_')}(?:live|test)_[A-Za-z0-9]{10,}`,
  // Google
  'AIza[A-Za-z0-9_-]{30,}',
  'ya29\\.[A-Za-z0-9_-]{20,}',
  // GitHub, GitLab
  'gh[pousr]_[A-Za-z0-9]{30,}',
  'github_pat_[A-Za-z0-9_]{22,}',
  'glpat-[A-Za-z0-9_.-]{20,}',
  // Slack
  'xox[abeoprs]-[A-Za-z0-9-]{10,}',
  // AWS
  `(?:AKIA|ASIA)[A-Z0-9]{16}`,
  // Hugging Face, Groq, xAI, npm, Spanledger
  'hf_[A-Za-z0-9]{30,}',
  'gsk_[A-Za-z0-9]{40,}',
  'xai-[A-Za-z0-9]{40,}',
  'npm_[A-Za-z0-9]{30,}',
  `${begins('sl_')}[A-Za-z0-9_-]{40,}`,
].join('|')

/** Letters of local parts and domains; those of accents are in use as well. */
const letter = 'A-Za-z0-9\\u00c0-\\u024f'

const sources: Readonly<Record<PatternName, string>> = {
  pem: '-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)',
  // a word of its letters is tried once, from its beginning
  jwt: 'eyJ(?<=(?:^|[^A-Za-z0-9_-]|\\\\[bfnrt])eyJ)[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}(?:\\.[A-Za-z0-9_-]*)+',
  bearer: '[Bb]earer(?:\\s+|%20)[A-Za-z0-9._~+/=-]{16,}',
  key: keys,
  // each word is tried once, from its beginning, so that the search takes linear time
  email: `(?<![${letter}._%+-])[${letter}._%+-]+@(?:[${letter}-]+\\.)+[A-Za-z]{2,}`,
  iban: `${begins('[A-Z]{2}')}\\d{2}(?:[ -]?[A-Za-z0-9]){11,30}`,
  card: `${begins('\\d')}(?:[ -]?\\d){12,40}`,
}

/** The base64 of a data URL is skipped: it costs most, has no text, and looks like keys here and there. */
const dataUrl = 'data:[a-z]+/[\\w.+-]+;base64,[A-Za-z0-9+/=]{64,}'

/** A global expression that finds these patterns, each in a group of its name, and data URLs without a group. */
export function expressionOf(names: readonly PatternName[]): RegExp {
  const groups = patternNames.filter((name) => names.includes(name)).map((name) => `(?<${name}>${sources[name]})`)
  return new RegExp([dataUrl, ...groups].join('|'), 'g')
}

/**
 * What every secret of a pattern has in it, and few other texts: a search for these takes an eighth of the time. The prefixes
 * of keys are looked for by what separates them from the rest.
 */
const hints: Readonly<Record<PatternName, string>> = {
  pem: '-----BEGIN',
  jwt: 'eyJ',
  bearer: 'earer',
  key: '[-_](?<=(?:[spr]k|gh[pousr]|pat|xox[a-z]|hf|gsk|xai|npm|sl)[-_])[A-Za-z0-9]|A(?:Iza|KIA|SIA)|ya29',
  email: '[^@\\s]@[^@\\s]',
  iban: '[A-Z]{2}\\d{2}[ -]?[A-Za-z0-9]',
  card: '\\d(?:[ -]?\\d){12}',
}

/** An expression that finds something in each text that has a secret; it finds none in most of the others. */
export function hintOf(names: readonly PatternName[]): RegExp {
  return new RegExp(names.length === 0 ? '(?!)' : names.map((name) => hints[name]).join('|'))
}

/** Where a secret begins and ends in what a pattern has found. */
export interface Place {
  readonly from: number
  readonly to: number
}

/** The first secret in what a pattern has found; null for none. Cards and accounts must have right check digits. */
export function secretIn(name: PatternName, found: string): Place | null {
  if (name === 'card') return cardIn(found)
  if (name === 'iban') return ibanIn(found)
  return { from: 0, to: found.length }
}

const longestCard = 19
/** The most digits that the pattern of cards finds at once. */
const mostDigits = 41

/**
 * How much of what a pattern has found, in which there is no secret, can't begin one either. Of digits the last group may begin
 * an address, and where the pattern took all that it can, a card may go on behind them.
 */
export function withoutSecret(name: PatternName, found: string): number {
  if (name === 'iban') return 4
  const groups = [...found.matchAll(groupsOfDigits)]
  const digits = groups.reduce((sum, [group]) => sum + group.length, 0)
  let before = 0
  const next = groups.find(({ 0: group }) => {
    before += group.length
    return digits === mostDigits ? digits - before < longestCard : before === digits
  })!
  return next.index === 0 ? next[0].length : next.index
}

/** The first digits of cards: Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay, Maestro. */
const issuers = /^(?:4|5[0-8]|2[2-7]|3[04-9]|6)/
const groupsOfDigits = /\d+/g

/**
 * Finds a card number in digits with single separators: a run of whole groups, so that the number that follows a card, such as
 * its check value, doesn't hide it.
 */
function cardIn(found: string): Place | null {
  const groups = [...found.matchAll(groupsOfDigits)]
  for (const [first, { index: from }] of groups.entries()) {
    let digits = ''
    for (const { 0: group, index } of groups.slice(first)) {
      digits += group
      if (digits.length > longestCard) break
      if (isCard(digits)) return { from, to: index + group.length }
    }
  }
  return null
}

/** Whether digits are the number of a card: their length, their issuer, and the check digit of Luhn. */
export function isCard(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19 || !issuers.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    const doubled = digit * 2
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** The lengths of IBANs by country (ISO 13616 registry). */
const ibanLengths: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 ' +
    'LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 ' +
    'RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

function ibanIn(found: string): Place | null {
  const length = ibanLengths.get(found.slice(0, 2)) ?? 0
  let account = ''
  for (let at = 0; at < found.length && account.length < length; at++) {
    const character = found[at]!
    if (character !== ' ' && character !== '-') account += character
    if (account.length === length) return hasIbanCheck(account.toUpperCase()) ? { from: 0, to: at + 1 } : null
  }
  return null
}

/** Whether the two check digits are right: modulo 97, with letters as numbers from 10 on (ISO 7064). */
function hasIbanCheck(account: string): boolean {
  let rest = 0
  for (const character of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}
