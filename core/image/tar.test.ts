import { execFileSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { tar } from './tar.ts'

test('tar reads back every path, mode, content and link', () => {
  const directory = mkdtempSync(join(tmpdir(), 'al-tar-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const long = `${'deep/'.repeat(60)}file`
  const input = Buffer.concat([
    ...tar([
      { path: 'empty', kind: 'file', mode: 0o600 },
      { path: 'größe/ж.txt', kind: 'file', mode: 0o644, bytes: 'ü' },
      { path: long, kind: 'file', mode: 0o755, bytes: new Uint8Array(1025).fill(7) },
      { path: 'closed', kind: 'directory', mode: 0o700 },
      { path: 'short', kind: 'link', mode: 0o777, bytes: 'empty' },
      { path: 'far', kind: 'link', mode: 0o777, bytes: long },
    ]),
  ])
  execFileSync('tar', ['-x', '-p', '--no-same-owner', '-f', '-', '-C', directory], { input })
  const mode = (path: string) => lstatSync(join(directory, path)).mode & 0o777
  expect([mode('empty'), mode('größe/ж.txt'), mode(long), mode('closed')]).toEqual([0o600, 0o644, 0o755, 0o700])
  expect(readFileSync(join(directory, 'größe/ж.txt'), 'utf8')).toBe('ü')
  expect(readFileSync(join(directory, 'far'))).toEqual(Buffer.alloc(1025, 7))
  expect(readlinkSync(join(directory, 'short'))).toBe('empty')
  expect(readFileSync(join(directory, 'empty'))).toHaveLength(0)
})

test('the owner is written down', () => {
  const input = Buffer.concat([...tar([{ path: 'mine', kind: 'file', mode: 0o600, bytes: 'x', owner: 1000 }])])
  const listed = execFileSync('tar', ['-t', '-v', '--numeric-owner', '-f', '-'], { input, encoding: 'utf8' })
  expect(listed).toMatch(/^-rw------- 1000\/1000\s+1 1970/)
})
