import type { Page } from 'puppeteer-core'
import { until } from '../start/project-on-disk.ts'

/** Milliseconds: machines that test are slow. */
export const patience = 60_000

/** Somebody at a browser, with a mouse or with a keyboard alone. Whatever is asked for is waited for. */
export interface Person {
  /** Presses the button or link of this name. */
  press(name: string): Promise<void>
  /** Writes into the field with this label. */
  write(label: string, text: string): Promise<void>
}

export const withMouse = (page: Page): Person => ({
  async press(name) {
    await page.locator(named(name)).setTimeout(patience).click()
  },
  async write(label, text) {
    await page.locator(withRole(label, 'textbox')).setTimeout(patience).fill(text)
  },
})

/** Everything by Tab, letters and Enter; what has the focus has to show it. */
export function withKeyboard(page: Page): Person {
  const reach = async (name: string) => {
    const any = `${named(name)}, ${withRole(name, 'textbox')}`
    await page.waitForSelector(any, { timeout: patience })
    for (let i = 0; i < 120; i++) {
      const { name: here, visible } = (await page.evaluate(focused)) as { name: string; visible: boolean }
      if (here === name) {
        if (!visible) throw new Error(`${name} has the focus, and does not show it`)
        return
      }
      await page.keyboard.press('Tab')
    }
    throw new Error(`no Tab leads to ${name}`)
  }
  return {
    async press(name) {
      // A row may be drawn anew while one is on the way to it.
      await reach(name)
      await page.keyboard.press('Enter')
    },
    async write(label, text) {
      await reach(label)
      await page.keyboard.type(text)
    },
  }
}

const withRole = (name: string, role: string): string => `::-p-aria([name="${name}"][role="${role}"])`

/** By its role as well: the text within a button may be called like another one. */
const named = (name: string): string => `${withRole(name, 'button')}, ${withRole(name, 'link')}`

const focused = `(() => {
  const one = document.activeElement
  const label = one.labels?.[0] ?? one
  return {
    name: label.textContent.replace(/\\s+/g, ' ').trim(),
    visible: one.matches(':focus-visible') && getComputedStyle(one).outlineStyle !== 'none',
  }
})()`

/** Waits until the page shows a text. */
export async function sees(page: Page, text: string): Promise<void> {
  await page.waitForFunction(`document.body.innerText.includes(${JSON.stringify(text)})`, {
    timeout: patience,
    polling: 100,
  })
}

/** Waits until the page is at a path. */
export const isAt = (page: Page, path: string): Promise<void> => until(() => new URL(page.url()).pathname === path)

/** Logs in by the form of the page. */
export async function logIn(page: Page, url: string, key: string, person: Person = withMouse(page)): Promise<void> {
  await page.goto(`${url}/login`)
  await person.write('Gateway key', key)
  await person.press('Log in')
  await page.waitForSelector('nav', { timeout: patience })
}
