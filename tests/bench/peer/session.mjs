// Opens a form with ODK's own engine and takes a recorded session in it: `node session.mjs CASE OPENS WARM_UP`. CASE is
// one line of the corpus' sessions. Prints {"open_ms", "answer_ms"}, means; fails where the engine's last state is not
// the recorded one, since then it was not at work (solid-js built for servers, say, recalculates nothing).
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { JSDOM } from "jsdom"

// The engine reads XML with the DOM of a browser; its own tests use jsdom too.
const { window } = new JSDOM("")
const names = ["DOMParser", "XMLSerializer", "Node", "Element", "Attr", "Text", "Document", "XPathResult", "document"]
for (const name of names) globalThis[name] = window[name]
// Its parser in WebAssembly takes node for CommonJS.
globalThis.require = createRequire(import.meta.url)
globalThis.__dirname = process.cwd()
const { createInstance } = await import("@getodk/xforms-engine")

const [path, opens, warmUp] = process.argv.slice(2)
const { form, steps } = JSON.parse(readFileSync(path))

const collect = (node, nodes) => {
  nodes.set(node.currentState.reference, node)
  for (const child of node.currentState.children ?? []) collect(child, nodes)
  return nodes
}
const set = (node, value) => {
  if (node.nodeType === "select") node.selectValues(value === "" ? [] : value.split(" "))
  else node.setValue(value)
}

const opened = []
const answered = []
let nodes
for (let round = -warmUp; round < opens; round++) {
  const begun = performance.now()
  const { root } = await createInstance(form)
  if (round >= 0) opened.push(performance.now() - begun)
  nodes = collect(root, new Map())
  for (const { op } of steps) {
    if (op.op !== "set") continue
    const node = nodes.get(op.ref)
    const begun = performance.now()
    set(node, op.value)
    if (round >= 0) answered.push(performance.now() - begun)
  }
}

// What was recorded last of each node; the clock moves a few of them.
const facts = new Map()
for (const { set } of steps) for (const fact of set) facts.set(fact.ref, { ...facts.get(fact.ref), ...fact })
const holds = ({ ref, relevant, value }) => {
  const state = nodes.get(ref)?.currentState
  if (state === undefined || (relevant ?? state.relevant) !== state.relevant) return false
  const isText = typeof value === "string" && !value.includes("*")
  return !isText || state.instanceValue === value
}
const wrong = [...facts.values()].filter(fact => !holds(fact)).length
if (wrong > facts.size / 100) throw new Error(`${wrong} of ${facts.size} nodes are not as recorded`)

const mean = times => times.reduce((sum, time) => sum + time, 0) / times.length
console.log(JSON.stringify({ open_ms: mean(opened), answer_ms: mean(answered) }))
