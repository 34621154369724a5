import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from './field'
import type { Photo } from './picture'

/** Where real photos and recordings lie that are not part of the project. */
const CORPUS = path.join(ROOT, '../shared/data')
const missed = new Set<string>()

/** The place of a file of the corpus; nothing where it is absent, and that is said. */
export function inCorpus(name: string): string | null {
  const place = path.join(CORPUS, name)
  if (existsSync(place)) return place
  if (!missed.has(name)) process.stdout.write(`${name} is not here: the story goes on with what the browser makes\n`)
  missed.add(name)
  return null
}

/** A photo of the corpus, as a camera would give it. */
export function photoOfCorpus(name: string): Photo | null {
  const place = inCorpus(`photos/plain/${name}`)
  return place === null ? null : { name: 'camera.jpg', mimeType: 'image/jpeg', buffer: readFileSync(place) }
}
