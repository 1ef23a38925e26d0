// Reads content by its CID through a delegated router alone, as a web page would, and prints what
// came: one line of JSON for each URL, with the body in base64.

import { createVerifiedFetchWithHelia } from '@helia/verified-fetch'
import { withHTTP } from '@helia/http'
import { createHeliaLight } from 'helia'
import * as dagCbor from '@ipld/dag-cbor'

const [router, ...wanted] = process.argv.slice(2)

const helia = await withHTTP(createHeliaLight({ codecs: [dagCbor] }), {
  delegatedRouters: [router],
  recursiveGateways: [],
  allowInsecure: true,
  allowLocal: true
}).start()
const verifiedFetch = await createVerifiedFetchWithHelia(helia)

for (const line of wanted) {
  const [url, accept] = line.split(' ')
  const response = await verifiedFetch(url, { headers: accept ? { accept } : {} })
  const body = Buffer.from(await response.arrayBuffer()).toString('base64')
  console.log(JSON.stringify({
    status: response.status, type: response.headers.get('content-type'), body
  }))
}

await verifiedFetch.stop()
