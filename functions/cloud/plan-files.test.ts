import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { handoutsIn } from './plan-files.ts'

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'al-plan-files-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return directory
}

test('an agent is handed its own line, whatever it is called and whatever stands before it', async () => {
  const lines = ['größe', 'constructor', 'plain'].map((name) => `${JSON.stringify({ name })}\n`)
  const index: Record<string, [number, number]> = {}
  let first = 0
  for (const line of lines) {
    index[JSON.parse(line).name] = [first, Buffer.byteLength(line)]
    first += Buffer.byteLength(line)
  }
  const handout = handoutsIn(
    directoryWith({ 'agents.jsonl': lines.join(''), 'agents.index.json': JSON.stringify(index) }),
  )
  for (const name of Object.keys(index)) expect(await handout(name)).toEqual({ name })
  for (const name of ['toString', '__proto__', 'gone']) expect(await handout(name), name).toBeUndefined()
})
