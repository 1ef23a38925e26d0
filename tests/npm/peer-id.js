// Reads a private key in libp2p's form and a message, both in hex, and prints the Peer ID, its CID in
// base36, and the signature; then whether a signature of another implementation is of this key.

import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { base36 } from 'multiformats/bases/base36'

const [key, message, signature] = process.argv.slice(2).map((text) => Buffer.from(text, 'hex'))

const privateKey = privateKeyFromProtobuf(key)
const peerId = peerIdFromPrivateKey(privateKey)

console.log(JSON.stringify({
  peerId: peerId.toString(),
  base36: peerId.toCID().toString(base36),
  signature: Buffer.from(await privateKey.sign(message)).toString('hex'),
  verifies: await privateKey.publicKey.verify(message, signature)
}))
