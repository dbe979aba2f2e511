import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../start/project-on-disk.ts'
import { chromium, openBrowser, withoutChromium } from '../support/chromium.ts'
import { isAt, logIn, type Person, sees, withKeyboard, withMouse } from './person.ts'
import { markup, openStage, type Stage } from './stage.ts'

if (chromium === undefined) console.warn(`the dashboard is not tested: it ${withoutChromium}`)

describe.skipIf(chromium === undefined)('the dashboard in a browser', { timeout: 180_000 }, () => {
  let stage: Stage
  let browser: Browser
  beforeAll(async () => {
    ;[stage, browser] = await Promise.all([openStage(), openBrowser()])
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await stage?.close()
  })

  describe.each([
    ['by mouse', withMouse],
    ['by keyboard alone', withKeyboard],
  ] as const)('%s', (_, hands) => {
    let page: Page
    let person: Person
    beforeAll(async () => {
      const context = await browser.createBrowserContext()
      page = await context.newPage()
      await page.setViewport({ width: 1200, height: 900 })
      person = hands(page)
      await logIn(page, stage.host.url, stage.host.key, person)
    }, 180_000)
    afterAll(async () => {
      await page?.close()
    })
    beforeEach(async () => {
      await page.goto(`${stage.host.url}/dashboard`)
    })
    const status = () =>
      stage.ask<{ scheduler: { paused: boolean }; agents: { name: string; enabled: boolean }[] }>(
        'GET',
        '/control/status',
      )
    const isEnabled = async (name: string) => (await status()).agents.find((one) => one.name === name)?.enabled
    const newest = async (name: string) => (await stage.runs(name))[0]

    test('a run is started with an input, its log is seen while it works, and it can be killed', async () => {
      stage.hold()
      const before = await newest('worker')
      const asked = stage.model.requests.length
      await person.press('Run worker')
      await person.write('What to tell it (optional: text or JSON)', 'the input of a person')
      await person.press('Run now')
      await sees(page, 'agent "worker" started')
      await until(async () => (await newest('worker'))?.id !== before?.id)
      const run = (await newest('worker'))?.id ?? ''
      await person.press('Runs')
      await isAt(page, '/dashboard/runs')
      await person.press(`worker ${run.slice(-8)}`)
      await sees(page, `I begin ${markup}`)
      await sees(page, `at work ${markup}`)
      expect(JSON.stringify(stage.model.requests.slice(asked))).toContain('the input of a person')
      await person.press(`Kill ${run}`)
      await person.press('Kill')
      await sees(page, 'killed')
      await until(async () => (await newest('worker'))?.outcome === 'killed')
      stage.letGo()
    })

    test('whatever an agent runs can be killed at once, and the question can be taken back', async () => {
      stage.hold()
      await stage.ask('POST', '/control/trigger/worker')
      await person.press('Kill worker')
      await page.waitForSelector('dialog[open]')
      await page.keyboard.press('Escape')
      await page.waitForSelector('dialog', { hidden: true })
      expect(await page.evaluate('document.activeElement.textContent.replace(/\\s+/g, " ").trim()')).toBe('Kill worker')
      expect((await newest('worker'))?.outcome).toBeUndefined()
      await person.press('Kill worker')
      await person.press('Kill')
      await sees(page, 'killed 1 of agent "worker"')
      await until(async () => (await newest('worker'))?.outcome === 'killed')
      stage.letGo()
    })

    test('an agent is paused and resumed, and so is the project', async () => {
      await person.press('Pause helper')
      await sees(page, 'agent "helper" is disabled')
      expect(await isEnabled('helper')).toBe(false)
      await person.press('Resume helper')
      await sees(page, 'agent "helper" is enabled')
      expect(await isEnabled('helper')).toBe(true)
      await person.press('Pause all')
      await sees(page, 'Paused: nothing starts until you resume')
      expect((await status()).scheduler.paused).toBe(true)
      await person.press('Run helper')
      await person.press('Run now')
      await sees(page, 'resume it first')
      await person.press('Dismiss')
      await person.press('Resume all')
      await sees(page, 'resumed')
      expect((await status()).scheduler.paused).toBe(false)
    })

    test('a run that is over is run again, from its list and from its page', async () => {
      await stage.ask('POST', '/control/trigger/helper')
      await until(async () => (await newest('helper'))?.status === 'done')
      const first = (await newest('helper'))?.id ?? ''
      await person.press('helper')
      await isAt(page, '/dashboard/agents/helper')
      await person.press(`Run again ${first}`)
      await until(async () => (await newest('helper'))?.id !== first && (await newest('helper'))?.status === 'done')
      const second = (await newest('helper'))?.id ?? ''
      await person.press(second.slice(-8))
      await isAt(page, `/dashboard/runs/${second}`)
      await person.press(`Run again ${second}`)
      await until(async () => (await newest('helper'))?.id !== second)
    })

    test('a delivery is shown with its reasons, and run again', async () => {
      await stage.deliver('help')
      await until(async () => (await newest('helper'))?.status === 'done')
      const run = (await newest('helper'))?.id
      await person.press('Deliveries')
      await sees(page, 'events: the event is "help", not "work"')
      await sees(page, `title ${markup}`)
      await person.press('Run again help')
      await sees(page, 'run again for helper')
      await until(async () => (await newest('helper'))?.id !== run)
    })

    test('calls stand below the run that called, and locks with who holds them', async () => {
      stage.hold()
      await stage.ask('POST', '/control/trigger/worker')
      await until(async () => (await newest('worker'))?.status === 'running')
      const run = (await newest('worker'))?.id ?? ''
      await person.press('Locks')
      await sees(page, `thing ${markup}`)
      await sees(page, run.slice(-8))
      await person.press('Calls')
      await sees(page, run.slice(-8))
      stage.letGo()
      await until(async () => (await newest('worker'))?.status === 'done')
    })

    test('the cost of the day is what its runs have cost', async () => {
      await stage.ask('POST', '/control/trigger/worker')
      await until(async () => (await newest('worker'))?.status === 'done')
      await person.press('Cost')
      await sees(page, 'By agent')
      await sees(page, 'worker')
      await sees(page, `${new Date().toISOString().slice(0, 10)}`)
    })

    test('after the logout the page is the login, and the session opens nothing any more', async () => {
      const [cookie] = await page.cookies()
      await person.press('Log out')
      await isAt(page, '/login')
      const headers = { cookie: `${cookie?.name}=${cookie?.value}`, 'x-al-dashboard': '1' }
      expect((await fetch(`${stage.host.url}/control/status`, { headers })).status).toBe(401)
    })
  })

  test('nothing that agents and strangers wrote has become markup, and no secret has come into the log', async () => {
    const context = await browser.createBrowserContext()
    const page = await context.newPage()
    const problems: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    await logIn(page, stage.host.url, stage.host.key)
    const [cookie] = await page.cookies()
    const [run] = await stage.runs('worker')
    for (const path of [
      '',
      '/runs',
      `/runs/${run?.id}`,
      '/agents/worker',
      '/deliveries',
      '/calls',
      '/locks',
      '/costs',
    ]) {
      await page.goto(`${stage.host.url}/dashboard${path}`)
      await page.waitForFunction('document.querySelector("h1") && !document.querySelector(".loading")')
      expect(await page.evaluate('document.querySelectorAll("main img, main script").length'), path).toBe(0)
      expect(await page.title()).not.toBe('owned')
    }
    expect(problems).toEqual([])
    for (const secret of [stage.host.key, cookie?.value ?? '?']) expect(stage.logged()).not.toContain(secret)
  })
})
