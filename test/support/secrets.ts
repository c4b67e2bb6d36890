import fc from 'fast-check'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const letters = (length: number, from: string = alphabet) =>
  fc
    .array(fc.integer({ min: 0, max: from.length - 1 }), { minLength: length, maxLength: length })
    .map((places) => places.map((place) => from[place]).join(''))

/** Completes digits to the number of a card: the check digit of Luhn. */
export function cardOf(digits: string): string {
  for (let check = 0; check < 10; check++) {
    const sum = [...`${digits}${check}`].reverse().reduce((total, digit, i) => {
      const doubled = Number(digit) * (i % 2 === 0 ? 1 : 2)
      return total + (doubled > 9 ? doubled - 9 : doubled)
    }, 0)
    if (sum % 10 === 0) return `${digits}${check}`
  }
  throw new Error('no check digit')
}

/** Completes a German account to its IBAN. */
export function ibanOf(account: string): string {
  const rest = [...`${account}131400`].reduce((left, digit) => (left * 10 + Number(digit)) % 97, 0)
  return `DE${String(98 - rest).padStart(2, '0')}${account}`
}

const digits = (length: number) => letters(length, '0123456789')

/** Secrets of each kind that a fixed pattern finds. */
export const secrets: Readonly<Record<string, fc.Arbitrary<string>>> = {
  email: fc
    .tuple(
      letters(7),
      fc.constantFrom('.', '-', '+', '_'),
      letters(5),
      letters(6),
      fc.constantFrom('com', 'co.uk', 'museum'),
    )
    .map(([a, mark, b, domain, end]) => `${a}${mark}${b}@${domain}.${end}`),
  card: digits(14).map((rest) => cardOf(`4${rest}`)),
  spacedCard: digits(14).map((rest) => cardOf(`5${rest}`.replace(/^5./, '53')).replace(/(\d{4})(?=\d)/g, '$1 ')),
  iban: digits(18).map(ibanOf),
  spacedIban: digits(18).map((account) => ibanOf(account).replace(/(.{4})(?=.)/g, '$1 ')),
  openai: letters(40).map((rest) => `sk-proj-${rest}`),
  anthropic: letters(60).map((rest) => `sk-ant-api03-${rest}`),
  google: letters(35).map((rest) => `AIza${rest}`),
  github: letters(36).map((rest) => `ghp_${rest}`),
  gitlab: letters(20).map((rest) => `glpat-${rest}`),
  slack: fc.tuple(digits(11), letters(24)).map(([team, rest]) => `xoxb-${team}-${rest}`),
  aws: letters(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567').map((rest) => `AKIA${rest}`),
  stripe: letters(24).map((rest) => `sk_live_${rest}`),
  jwt: fc.tuple(letters(20), letters(40), letters(43)).map(([a, b, c]) => `eyJ${a}.eyJ${b}.${c}`),
  bearer: letters(32).map((token) => `Bearer ${token}`),
  pem: letters(64).map((base64) => `-----BEGIN RSA PRIVATE KEY-----\n${base64}\n-----END RSA PRIVATE KEY-----`),
}

/** A secret of any kind. */
export const anySecret: fc.Arbitrary<string> = fc.oneof(...Object.values(secrets))
