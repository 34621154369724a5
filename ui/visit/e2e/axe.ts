import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import type { AxeResults } from 'axe-core'

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** axe on what a page shows. */
export class AxeBuilder {
  constructor(private readonly page: Page) {}

  /** Serious findings, and text whose contrast is below 7:1. */
  async findings(name: string): Promise<string[]> {
    await this.page.evaluate(SOURCE)
    const results = await this.page.evaluate(async () => {
      const axe = (globalThis as unknown as { axe: { run(root: Document, options: object): Promise<AxeResults> } }).axe
      return axe.run(document, { rules: { 'color-contrast-enhanced': { enabled: true } }, resultTypes: ['violations'] })
    })
    return results.violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map((one) => `${name}: axe ${one.id}: ${one.help}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)
  }
}
