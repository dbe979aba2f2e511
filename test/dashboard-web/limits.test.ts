import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../start/project-on-disk.ts'
import { chromium, openBrowser } from '../support/chromium.ts'
import { violations } from './axe.ts'
import { logIn, patience, sees, withKeyboard } from './person.ts'
import { openStage, type Stage } from './stage.ts'

interface Limited {
  readonly scheduler: { readonly blocked: Readonly<Record<string, object>> }
}

const model = 'anthropic/claude-haiku-4-5'

describe.skipIf(chromium === undefined)('limits and refusals in the dashboard', { timeout: 180_000 }, () => {
  let stage: Stage
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    ;[stage, browser] = await Promise.all([openStage(), openBrowser()])
    await stage.ask('POST', '/control/trigger/broke')
    await until(async () => (await stage.runs('broke'))[0]?.status === 'done')
    page = await browser.newPage()
    await logIn(page, stage.host.url, stage.host.key)
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await stage?.close()
  })
  const blocked = async () => Object.keys((await stage.ask<Limited>('GET', '/control/status')).scheduler.blocked)

  test.each((['light', 'dark'] as const).flatMap((scheme) => [360, 1200].map((width) => ({ scheme, width }))))(
    '$scheme and $width wide: every view says what is refused, the costs how far limits are used',
    async ({ scheme, width }) => {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
      await page.setViewport({ width, height: 800 })
      for (const path of ['', '/runs', '/costs']) {
        await page.goto(`${stage.host.url}/dashboard${path}`)
        await sees(page, `${model} refuses (its account has nothing left): nothing starts on it.`)
        await sees(page, 'One run tries again ')
        if (path === '/costs') await page.waitForSelector('meter', { timeout: patience })
        expect(await violations(page), path).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(width)
      }
      const meters = await page.evaluate(`[...document.querySelectorAll('.limits > li')].map((one) =>
        [one.className, one.querySelector('meter').value, one.innerText.replace(/\\s+/g, ' ')])`)
      expect(meters).toEqual([
        ['', 0.001, 'Project: runs 1 of 1000'],
        ['bad', 1, 'broke: runs 1 of 1: reached'],
      ])
    },
  )

  test('what was refused can be tried again at once, by keyboard', async () => {
    expect(await blocked()).toEqual([model])
    await page.goto(`${stage.host.url}/dashboard`)
    await withKeyboard(page).press(`Try again now ${model}`)
    await until(async () => (await blocked()).length === 0)
    await page.waitForFunction('!document.body.innerText.includes("nothing starts on it")', { timeout: patience })
  })

  test('a reached limit is told to whoever wants a run all the same', async () => {
    const person = withKeyboard(page)
    await page.goto(`${stage.host.url}/dashboard`)
    await person.press('Run broke')
    await person.press('Run now')
    await sees(page, 'maxRunsPerDay of agent "broke": 1 of 1 runs started')
  })
})
