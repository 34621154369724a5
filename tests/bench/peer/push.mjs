// Pushes saved documents: `node push.mjs PORT DOCUMENTS STORAGE IN_FLIGHT`. A document counts as stored when the
// server's directory of it holds a file. Prints documents per second.
import { readFile, readdir } from "node:fs/promises"
import { join } from "node:path"
import { Repo } from "@automerge/automerge-repo"
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket"

const [port, documents, storage, inFlight] = process.argv.slice(2)
const network = new WebSocketClientAdapter(`ws://127.0.0.1:${port}`)
const repo = new Repo({ network: [network] })
await network.whenReady()
const names = (await readdir(documents)).sort()
const contents = await Promise.all(names.map(name => readFile(join(documents, name))))

const isStored = async id => {
  const kinds = await readdir(join(storage, id.slice(0, 2), id.slice(2))).catch(() => [])
  return kinds.length > 0
}
let next = 0
const push = async () => {
  while (next < contents.length) {
    const handle = repo.import(new Uint8Array(contents[next++]))
    while (!(await isStored(handle.documentId))) await new Promise(done => setTimeout(done, 2))
  }
}
const started = performance.now()
await Promise.all(Array.from({ length: Number(inFlight) }, push))
console.log((contents.length * 1000) / (performance.now() - started))
process.exit(0)
