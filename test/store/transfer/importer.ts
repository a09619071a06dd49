import { importRows } from '../../../src/store/transfer/import-rows.ts'

/** A process of its own that imports what it is sent, and says how far it has come. */
const [url = ''] = process.argv.slice(2)
await importRows(process.stdin, url, (rows) => process.stdout.write(`${rows}\n`))
