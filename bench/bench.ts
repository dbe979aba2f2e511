import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatTable } from '../cli/ui/table.ts'
import { reportGateway } from './gateway/report.ts'
import { type Measured, measure } from './measure.ts'
import { writeProject } from './project.ts'

/** `npm run bench`: start of the built CLI, synth of small and large projects, and the gateway. Compare ratios, not milliseconds. */
const root = join(import.meta.dirname, '..')
const al = join(root, 'dist', 'cli', 'main.js')
const work = mkdtempSync(join(tmpdir(), 'al-bench-'))

function show(title: string, rows: readonly Measured[], base: Measured, aims: Readonly<Record<string, string>>): void {
  console.log(`\n${title}`)
  const cells = rows.map(({ name, ms, peakMiB }) => [
    name,
    `${ms.toFixed(0)} ms`,
    `${(ms / base.ms).toFixed(2)} ×`,
    `${peakMiB.toFixed(0)} MiB`,
    aims[name] ?? '',
  ])
  for (const line of formatTable(['what', 'median', 'ratio', 'peak', 'aim'], cells)) console.log(line)
}

try {
  const built = spawnSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'inherit' })
  if (built.status !== 0) throw new Error('the build failed')
  console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`)

  const start = measure(
    [
      { name: 'node -e 0', args: ['-e', '0'] },
      { name: 'al --version', args: [al, '--version'] },
      { name: 'al --help', args: [al, '--help'] },
    ],
    21,
  )
  const [bare] = start
  if (bare !== undefined) show('Start', start, bare, { 'al --version': '≤ 1.6 ×', 'al --help': '≤ 1.8 ×' })

  const synths = [1, 10, 100, 1000].map((count) => {
    const project = writeProject(join(work, `p${count}`), count)
    return { name: `al synth, ${count} agents`, args: [al, 'synth', '-p', project, '-o', join(work, `out${count}`)] }
  })
  const empty = {
    name: 'CDK app, 1 empty stack',
    args: [join(root, 'bench', 'empty-cdk-app.mjs'), join(work, 'empty')],
  }
  const synth = measure([empty, ...synths], 5)
  const [reference] = synth
  if (reference !== undefined) {
    show('Synth', synth, reference, {
      'al synth, 10 agents': '≤ 0.50 ×',
      'al synth, 1000 agents': '≤ 1.50 ×, ≤ 300 MiB',
    })
  }
  await reportGateway(work)
} finally {
  rmSync(work, { recursive: true, force: true })
}
