import type { Hand } from './hand'
import { jpeg } from './picture'
import { signSheet } from './sheet'

/** One question that is on the screen. */
interface Asked {
  id: string
  label: string
  kind: 'choice' | 'opener' | 'text' | 'offered' | 'photo' | 'signature' | 'place'
  choices: string[]
  isWanted: boolean
}

/** Answers by the words of the question; what is not here is answered by its kind. */
export type Answers = Array<[RegExp, string]>

/** Fills in whatever a page asks, in its order, also what an answer makes it ask. */
export async function fillPage(hand: Hand, answers: Answers): Promise<number> {
  let filled = 0
  for (;;) {
    const next = (await asked(hand)).find((one) => one.isWanted)
    if (next === undefined) return filled
    await answer(hand, next, answers)
    filled += 1
    if (filled > 200) throw new Error(`no end of questions at ${next.label}`)
  }
}

async function asked(hand: Hand): Promise<Asked[]> {
  await settled(hand)
  return hand.page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.question')].map((question) => {
      const label = question.querySelector('.label')?.textContent ?? ''
      const radios = [...question.querySelectorAll<HTMLInputElement>('input[type=radio],input[type=checkbox]')]
      const opener = question.querySelector<HTMLElement>('.opener')
      const text = question.querySelector<HTMLInputElement>('input.input,textarea.input')
      const isRequired = label.includes('必填')
      if (radios.length > 0) {
        const choices = radios.map((one) => one.value)
        return {
          id: question.id,
          label,
          kind: 'choice' as const,
          choices,
          isWanted: isRequired && !radios.some((one) => one.checked),
        }
      }
      if (opener) {
        return {
          id: question.id,
          label,
          kind: 'opener' as const,
          choices: [],
          isWanted: isRequired && opener.textContent?.includes('请选择') === true,
        }
      }
      if (text) return { id: question.id, label, kind: 'text' as const, choices: [], isWanted: isRequired && text.value === '' }
      const buttons = [...question.querySelectorAll('button')].map((one) => one.textContent ?? '').join(' ')
      const isDone = question.querySelector('img,audio,.reads') !== null
      const isWanted = isRequired && !isDone && buttons !== ''
      const kind = buttons.includes('位置')
        ? 'place'
        : buttons.includes('选用')
          ? 'offered'
          : buttons.includes('签')
            ? 'signature'
            : 'photo'
      return { id: question.id, label, kind: kind as 'place' | 'offered' | 'signature' | 'photo', choices: [], isWanted }
    }),
  )
}

async function settled(hand: Hand): Promise<void> {
  await hand.page.locator('.progress', { hasText: '已保存' }).waitFor()
}

async function answer(hand: Hand, question: Asked, answers: Answers): Promise<void> {
  const place = hand.page.locator(`[id="${question.id}"]`)
  const given = answers.find(([words]) => words.test(question.label))?.[1]
  switch (question.kind) {
    case 'choice': {
      const value = given ?? (question.choices.includes('no') ? 'no' : (question.choices[0] ?? ''))
      if (!question.choices.includes(value))
        throw new Error(`${question.label}: ${value} is none of ${question.choices.join(' ')}`)
      await hand.tap(place.locator(`input[value="${value}"]`))
      return
    }
    case 'opener': {
      await hand.tap(place.locator('.opener'))
      const sheet = hand.page.locator('.sheet').filter({ visible: true })
      await hand.tap(
        given ? sheet.locator(`input[value="${given}"]`) : sheet.locator('input[type=radio],input[type=checkbox]').first(),
      )
      if (await sheet.isVisible()) await sheet.waitFor({ state: 'hidden' })
      return
    }
    case 'text': {
      const field = place.locator('.input')
      const byMode = (await field.getAttribute('inputmode')) === null ? '示例' : '0'
      const isDate = (await field.getAttribute('placeholder'))?.includes('1958') ?? false
      await hand.type(field, given ?? (isDate ? '19580312' : byMode))
      await field.blur()
      return
    }
    case 'place':
      await hand.tap(place.locator('button'))
      await place.locator('.reads').waitFor()
      return
    // What is there already answers with one tap.
    case 'offered':
      await hand.tap(place.locator('button').filter({ hasText: '选用' }).first())
      await place.locator('img,audio').waitFor()
      return
    case 'signature':
      await hand.tap(place.locator('button').last())
      await signSheet(hand)
      await place.locator('img').waitFor()
      return
    case 'photo': {
      const chooser = hand.page.waitForEvent('filechooser')
      await hand.tap(place.locator('button'))
      await (await chooser).setFiles(await jpeg(hand.page, question.label))
      await place.locator('img').waitFor()
    }
  }
}
