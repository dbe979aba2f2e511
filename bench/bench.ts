import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { reportEntry, reportHost, reportImage } from './agent/report.ts'
import { reportColdStart, reportLocks, reportUnits, reportWebhooks } from './gateway/report.ts'
import { type Measured, measure } from './measure.ts'
import { reportPackage } from './package/report.ts'
import { writeProject } from './project.ts'
import { table } from './table.ts'

/**
 * `npm run bench`: everything; `npm run bench -- entry cold`: these parts only. Compare ratios, not milliseconds.
 */
const root = join(import.meta.dirname, '..')
const al = join(root, 'dist', 'cli', 'main.js')
const work = mkdtempSync(join(tmpdir(), 'al-bench-'))

const parts: Readonly<Record<string, () => void | Promise<void>>> = {
  package: () => reportPackage(root, join(work, 'package')),
  start: reportStart,
  synth: reportSynth,
  entry: () => reportEntry(join(work, 'entry')),
  image: () => reportImage(join(work, 'image')),
  host: reportHost,
  webhooks: reportWebhooks,
  locks: reportLocks,
  cold: () => reportColdStart(join(work, 'cold')),
  units: reportUnits,
}

function reportStart(): void {
  const start = measure(
    [
      { name: 'node -e 0', args: ['-e', '0'] },
      { name: 'al --version', args: [al, '--version'] },
      { name: 'al --help', args: [al, '--help'] },
    ],
    21,
  )
  show('Start', start, { 'al --version': '≤ 1.6 ×', 'al --help': '≤ 1.8 ×' })
}

function reportSynth(): void {
  const synths = [1, 10, 100, 1000].map((count) => {
    const project = writeProject(join(work, `p${count}`), count)
    return { name: `al synth, ${count} agents`, args: [al, 'synth', '-p', project, '-o', join(work, `out${count}`)] }
  })
  const empty = {
    name: 'CDK app, 1 empty stack',
    args: [join(root, 'bench', 'empty-cdk-app.mjs'), join(work, 'empty')],
  }
  const forGoogle = synths.map(({ name, args }, i) => ({
    name: `${name}, for Google Cloud`,
    args: [...args.slice(0, -1), join(work, `google${i}`), '--provider', 'cloud-run'],
  }))
  show('Synth', measure([empty, ...synths, ...forGoogle], 5), {
    'al synth, 10 agents': '≤ 0.50 ×',
    'al synth, 1000 agents': '≤ 1.50 ×, ≤ 300 MiB',
  })
}

/** Ratios are to the first row. */
function show(title: string, rows: readonly Measured[], aims: Readonly<Record<string, string>>): void {
  const [base] = rows
  const cells = rows.map(({ name, ms, peakMiB }) => [
    name,
    `${ms.toFixed(0)} ms`,
    `${(ms / (base?.ms ?? Number.NaN)).toFixed(2)} ×`,
    `${peakMiB.toFixed(0)} MiB`,
    aims[name] ?? '',
  ])
  table(title, ['what', 'median', 'ratio', 'peak', 'aim'], cells)
}

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !Object.hasOwn(parts, name))
try {
  if (unknown !== undefined) throw new Error(`no part ${unknown}: use ${Object.keys(parts).join(', ')}`)
  const built = spawnSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'inherit' })
  if (built.status !== 0) throw new Error('the build failed')
  console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`)
  for (const [name, report] of Object.entries(parts)) if (asked.length === 0 || asked.includes(name)) await report()
} finally {
  rmSync(work, { recursive: true, force: true })
}
