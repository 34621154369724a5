// A sync server of automerge-repo with its storage on disk: `node server.mjs DIR`; prints its port.
import { Repo } from "@automerge/automerge-repo"
import { NodeWSServerAdapter } from "@automerge/automerge-repo-network-websocket"
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs"
import { WebSocketServer } from "ws"

const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" })
new Repo({
  network: [new NodeWSServerAdapter(sockets)],
  storage: new NodeFSStorageAdapter(process.argv[2]),
  sharePolicy: async () => false,
})
sockets.on("listening", () => console.log(sockets.address().port))
