#!/usr/bin/env node
import module from 'node:module'
import { version } from './version.ts'

/**
 * The entry. It imports next to nothing, since every command pays for what stands here: what a command needs is loaded by
 * the command. It has to load on an old Node too, to say that this is one: no named import of what is new there.
 */
const oldestNode = 24
if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  console.error(
    `al needs Node.js ${oldestNode} or newer; this is ${process.versions.node}. See https://nodejs.org/download`,
  )
  process.exitCode = 1
} else if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  console.log(version)
} else {
  module.enableCompileCache()
  const { run } = await import('./program.ts')
  process.exitCode = await run(process.argv.slice(2))
}
