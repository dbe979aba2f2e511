import { parseArgs } from 'node:util'
import { shortest } from './shortest.ts'
import { simulate } from './simulation.ts'

/** `npm run sim -- --seeds N [--from S]`: N histories; a failure prints its seed and the shortest trace that shows it. */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } },
})
const [seeds, from] = [values.seeds, values.from].map(Number)
process.exitCode = await run(seeds, from)

async function run(seeds = Number.NaN, from = Number.NaN): Promise<number> {
  if (!Number.isSafeInteger(seeds) || !Number.isSafeInteger(from)) {
    console.error(`--seeds ${values.seeds} --from ${values.from}: both are whole numbers`)
    return 2
  }
  const began = performance.now()
  let commits = 0
  const ends = new Map<string, number>()
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await simulate({ seed })
    commits += outcome.commits
    for (const { outcome: end = 'still waiting' } of outcome.history) ends.set(end, (ends.get(end) ?? 0) + 1)
    if (outcome.violation === undefined) continue
    const short = await shortest(outcome.violation, seed)
    console.log(short.trace.join('\n'))
    console.log(`seed ${seed}: ${outcome.violation.message}`)
    console.log(`shortest trace above: ${short.how}`)
    return 1
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  const runs = [...ends].sort(([, a], [, b]) => b - a).map(([end, count]) => `${count} ${end}`)
  console.log(`${seeds} histories, ${commits} commits, no violation (${seconds} s); runs: ${runs.join(', ')}`)
  return 0
}
