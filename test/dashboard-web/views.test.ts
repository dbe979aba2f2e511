import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../start/project-on-disk.ts'
import { chromium, openBrowser } from '../support/chromium.ts'
import { violations } from './axe.ts'
import { isAt, logIn, patience, sees, withKeyboard } from './person.ts'
import { openStage, type Stage } from './stage.ts'

const settled = 'document.querySelector("h1") !== null && document.querySelector(".loading") === null'

describe.skipIf(chromium === undefined)('views of the dashboard', { timeout: 180_000 }, () => {
  let stage: Stage
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    ;[stage, browser] = await Promise.all([openStage(), openBrowser()])
    page = await browser.newPage()
    await logIn(page, stage.host.url, stage.host.key)
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await stage?.close()
  })

  const look = async (path: string, scheme: 'light' | 'dark', width: number) => {
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: scheme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ])
    await page.setViewport({ width, height: 800 })
    // A page in the background asks for nothing.
    await page.bringToFront()
    await page.goto(`${stage.host.url}${path}`)
    await page.waitForFunction(settled, { timeout: patience })
  }
  const kinds = (['light', 'dark'] as const).flatMap((scheme) => [360, 1200].map((width) => ({ scheme, width })))
  const lists = ['', '/runs', '/deliveries', '/calls', '/locks', '/costs'].map((path) => `/dashboard${path}`)

  test.each(kinds)(
    'with nothing in them, $scheme and $width wide: axe finds nothing, and nothing is cut off',
    async ({ scheme, width }) => {
      for (const path of [...lists, '/login', '/dashboard/nowhere', '/dashboard/runs/nothing']) {
        await look(path, scheme, width)
        expect(await violations(page), path).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(width)
      }
    },
  )

  describe('while something runs', () => {
    let run: string
    beforeAll(async () => {
      stage.hold()
      await stage.deliver('work')
      await stage.deliver('nothing')
      await stage.ask('POST', '/control/agents/helper/pause')
      await until(async () => (await stage.ask<{ locks: unknown[] }>('GET', '/locks/status')).locks.length > 0)
      await stage.ask('POST', '/control/pause')
      run = (await stage.runs('worker'))[0]?.id ?? ''
    }, 180_000)
    afterAll(() => stage?.letGo())

    test.each(kinds)(
      '$scheme and $width wide: axe finds nothing, and nothing is cut off',
      async ({ scheme, width }) => {
        for (const path of [...lists, '/dashboard/agents/worker', `/dashboard/runs/${run}`]) {
          await look(path, scheme, width)
          expect(await violations(page), path).toEqual([])
          expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(width)
        }
        await look('/dashboard', scheme, width)
        for (const name of ['Run worker', 'Kill worker']) {
          await withKeyboard(page).press(name)
          await page.waitForSelector('dialog[open]')
          expect(await violations(page), name).toEqual([])
          await page.keyboard.press('Escape')
          await page.waitForSelector('dialog', { hidden: true })
        }
      },
    )

    test('the first paint takes less than 100 kB of transfer, data included', async () => {
      const context = await browser.createBrowserContext()
      const fresh = await context.newPage()
      await logIn(fresh, stage.host.url, stage.host.key)
      await fresh.setCacheEnabled(false)
      const network = await fresh.createCDPSession()
      await network.send('Network.enable')
      let bytes = 0
      network.on('Network.loadingFinished', ({ encodedDataLength }) => {
        bytes += encodedDataLength
      })
      await fresh.goto(`${stage.host.url}/dashboard`)
      await fresh.waitForSelector('main table')
      await until(() => bytes > 10_000)
      console.log(`first paint of the dashboard: ${bytes} bytes`)
      expect(bytes).toBeLessThan(100_000)
      await context.close()
    })

    test('a page that nobody sees asks for nothing', async () => {
      const other = await browser.newPage()
      const asked = { here: 0, there: 0 }
      page.on('request', () => asked.here++)
      other.on('request', () => asked.there++)
      await look('/dashboard', 'light', 1200)
      await other.bringToFront()
      await page.waitForFunction('document.hidden', { polling: 50, timeout: patience })
      await other.goto(`${stage.host.url}/dashboard`)
      await sees(other, 'worker')
      const [before, seen] = [asked.here, asked.there]
      await until(() => asked.there >= seen + 3)
      expect(asked.here - before).toBeLessThanOrEqual(1)
      const hidden = asked.here
      await page.bringToFront()
      await until(() => asked.here > hidden)
      await other.close()
    })

    test('a lost connection is told of, and so is that it is back', async () => {
      await look('/dashboard', 'light', 1200)
      await page.setOfflineMode(true)
      await sees(page, 'No connection to the gateway')
      expect(await violations(page)).toEqual([])
      await page.setOfflineMode(false)
      await page.waitForFunction('!document.body.innerText.includes("No connection")', { timeout: patience })
    })

    test('a session that is over leads to the login, and from there back to where one was', async () => {
      await look('/dashboard/locks', 'light', 1200)
      await browser.deleteCookie(...(await page.cookies()))
      await isAt(page, '/login')
      await page.waitForSelector('#key')
      await page.type('#key', 'a wrong key')
      await page.keyboard.press('Enter')
      await sees(page, 'this is not the gateway key')
      expect(await violations(page)).toEqual([])
      await page.evaluate('document.querySelector("#key").value = ""')
      await page.type('#key', stage.host.key)
      await page.keyboard.press('Enter')
      await isAt(page, '/dashboard/locks')
      expect(page.url()).not.toContain(stage.host.key)
    })

    test('a login link opens the dashboard without a key, once, and does not stay in the address', async () => {
      const link = await stage.host.loginLink()
      const [first, second] = await Promise.all([browser.createBrowserContext(), browser.createBrowserContext()])
      const one = await first.newPage()
      await one.goto(link)
      await isAt(one, '/dashboard')
      await sees(one, 'worker')
      const two = await second.newPage()
      await two.goto(link)
      await sees(two, 'this link has been used')
      expect(two.url()).toBe(`${stage.host.url}/login`)
      for (const secret of [link.split('#')[1] ?? '?']) expect(stage.logged()).not.toContain(secret)
      await Promise.all([first.close(), second.close()])
    })
  })
})
