import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Script } from '../../examples/scripted-model/script.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'

async function serve(scripts: Readonly<Record<string, Script>>) {
  const model = await startScriptedModel({ scripts })
  onTestFinished(() => model.close())
  return model
}

/** Asks for the next turn of a conversation that has come to so many answers. */
async function ask(url: string, model: string, prompt: string, answers = 0) {
  const later = Array.from({ length: answers }, () => [
    { role: 'assistant', content: 'said' },
    { role: 'user', content: 'go on' },
  ])
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    body: JSON.stringify({
      ...{ model, tools: [{ name: 'bash' }] },
      messages: [{ role: 'user', content: prompt }, ...later.flat()],
    }),
  })
  return { status: response.status, body: await response.text() }
}

describe('the scripted model', () => {
  it('plays the script that the model names, else the one that the prompt asks for, else the default', async () => {
    const { url } = await serve({
      first: { turns: [{ text: 'A' }] },
      second: { prompt: 'the weather', turns: [{ text: 'B' }] },
      default: { turns: [{ text: 'C' }] },
    })
    expect((await ask(url, 'scripted/first', 'the weather')).body).toContain('"text":"A"')
    expect((await ask(url, 'any', 'tell me the weather')).body).toContain('"text":"B"')
    expect((await ask(url, 'any', 'hello')).body).toContain('"text":"C"')
  })

  it('keeps conversations apart, the failures of each among them', async () => {
    const { url } = await serve({
      default: { turns: [{ text: '0' }, { fail: 'rate_limit', times: 2 }, { text: '1' }] },
    })
    const one = async () => (await ask(url, 'm', 'one', 1)).status
    const two = async () => (await ask(url, 'm', 'two', 1)).status
    expect([await one(), await two(), await one(), await two(), await one(), await two()]).toEqual([
      ...[429, 429, 429, 429, 200, 200],
    ])
    // Whoever asks again after the answer begins anew, as a second conversation with the same words does.
    expect(await one()).toBe(429)
  })

  it('says so when a script is over or there is none', async () => {
    const { url } = await serve({ short: { turns: [{ text: 'x' }] } })
    expect(await ask(url, 'scripted/short', 'x', 1)).toMatchObject({
      status: 400,
      body: expect.stringContaining('ends'),
    })
    expect(await ask(url, 'other', 'x')).toMatchObject({ status: 404, body: expect.stringContaining('no script') })
  })

  it('runs from the command line with scripts of its own', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'al-scripts-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'mine.json')
    await writeFile(file, JSON.stringify({ default: { turns: [{ text: 'M' }] } }))
    const program = join(import.meta.dirname, '../../examples/scripted-model/serve.ts')
    const child = spawn(process.execPath, [program, '--port', '0', '--scripts', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const url = /http:\S+/.exec(line)?.[0] ?? ''
    expect((await ask(url, 'm', 'x')).body).toContain('"text":"M"')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
