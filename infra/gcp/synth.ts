import { type Dirent, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plan } from '../../core/plan/schema.ts'
import { replaceOutput } from '../output-directory.ts'
import { stageAsset } from '../staged-asset.ts'
import { functionCode } from './function-code.ts'
import { imagesOf } from './images.ts'
import { gcpProgram } from './program.ts'
import { type RecordedResource, recordResources } from './record-resources.ts'
import { stackPlace } from './stack-place.ts'

/**
 * Writes what a deploy would ask Pulumi for: `resources.json`, and the code of the gateway's function beside it. Nothing in
 * it depends on the machine, the directory or the time, so that the same plan gives the same bytes; the number of the Google
 * Cloud project, which only Google knows, stands as `${number}`. It takes no account, no network and no Pulumi CLI.
 */
export async function synthesize(plan: Plan, projectDirectory: string, outdir: string): Promise<void> {
  await replaceOutput(outdir, { name: 'a synthesized Pulumi program', isPart }, async (draft) => {
    const code = stageAsset(draft, await functionCode(plan), symlinkSync)
    const images = await imagesOf(plan, projectDirectory)
    const program = gcpProgram(plan, {
      projectNumber: '${number}',
      images: new Map(images.map(({ key, reference }) => [key, reference])),
      code,
    })
    writeFileSync(join(draft, resourcesFile), asJson(await recordResources(program, stackPlace(plan))))
  })
}

const resourcesFile = 'resources.json'

/** What the output consists of. */
const isPart = (entry: Dirent): boolean =>
  entry.isDirectory() ? /^asset\.[0-9a-f]{64}$/.test(entry.name) : entry.name === resourcesFile

/** By what Pulumi calls a resource within a stack: its type and its name. */
function asJson(resources: readonly RecordedResource[]): string {
  const entries = resources.map(({ type, name, ...rest }) => [`${type}::${name}`, rest] as const)
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}
