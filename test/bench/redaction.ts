/** What redaction costs a receiver under full load, with all of its fixed patterns and names of keys. `npm run bench:redaction` */

import { compareSettings } from './settings-pairs.ts'

const redaction = { blocked_keys: ['*password*', '*secret*', '*api_key*', 'authorization'] }

await compareSettings('redaction', { SPANLEDGER_REDACTION: JSON.stringify(redaction) })
