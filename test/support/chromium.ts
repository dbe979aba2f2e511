import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, launch } from 'puppeteer-core'

/** Chromium of this machine: `AL_CHROMIUM`, or `chromium` on the path. Nothing if there is none. */
export const chromium: string | undefined =
  process.env.AL_CHROMIUM ||
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'chromium'))
    .find((file) => existsSync(file))

export const withoutChromium = 'needs Chromium: install it, or name its program in AL_CHROMIUM'

/** A browser without a window. It is ended with `close`. */
export async function openBrowser(): Promise<Browser> {
  if (chromium === undefined) throw new Error(withoutChromium)
  return await launch({
    executablePath: chromium,
    headless: true,
    // As root, and where /dev/shm is small, it does not start otherwise.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--hide-scrollbars', '--lang=en-US'],
    protocolTimeout: 120_000,
  })
}
