import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plan } from '../../core/plan/schema.ts'
import { clouds } from '../../core/project/schema/cloud.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'

/** What the command line says about the cloud; what it does not say is asked for. */
export interface CloudFlags {
  readonly provider?: 'ecs' | 'cloud-run'
  readonly region?: string
  readonly gcpProject?: string
}

/** The keys of `[cloud]` that have to be there. */
export type CloudTable =
  | { readonly provider: 'ecs'; readonly awsRegion: string }
  | { readonly provider: 'cloud-run'; readonly gcpProject: string; readonly region: string }

/** Asks for what the flags leave open. Throws a `UserError` (usage) for a flag that says nothing sensible. */
export async function chooseCloud(flags: CloudFlags, ask: Ask): Promise<CloudTable> {
  const provider =
    flags.provider ??
    (await ask.choose<CloudTable['provider']>({
      text: 'Where should the agents run?',
      flag: '--provider ecs',
      initial: 'ecs',
      options: [
        {
          value: 'ecs',
          label: 'Amazon Web Services',
          hint: 'Lambda, and Fargate for what takes longer than 15 minutes',
        },
        { value: 'cloud-run', label: 'Google Cloud', hint: 'a Cloud Run job per agent' },
      ],
    }))
  const given = async (flag: string, value: string | undefined, initial: string | undefined, check: Check) => {
    if (value === undefined)
      return await ask.text({ text: check.question, flag: `${flag} <name>`, initial, check: check.problem })
    const wrong = check.problem(value)
    if (wrong !== undefined) throw new UserError(`${flag}: ${wrong}`, exitCodes.usage)
    return value
  }
  if (provider === 'ecs') {
    const here = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || 'us-east-1'
    return { provider, awsRegion: await given('--region', flags.region, here, checks.awsRegion) }
  }
  return {
    provider,
    gcpProject: await given(
      '--gcp-project',
      flags.gcpProject,
      process.env.GOOGLE_CLOUD_PROJECT || undefined,
      checks.gcpProject,
    ),
    region: await given('--region', flags.region, 'us-central1', checks.region),
  }
}

interface Check {
  readonly question: string
  readonly problem: (text: string) => string | undefined
}

const ofSchema = (
  question: string,
  schema: { safeParse(value: unknown): { readonly success: boolean } },
  example: string,
): Check => ({
  question,
  problem: (text) => (schema.safeParse(text).success ? undefined : `${JSON.stringify(text)} is not ${example}`),
})

const checks = {
  awsRegion: ofSchema('In which region?', clouds.ecs.shape.awsRegion, 'an AWS region such as "eu-west-1"'),
  region: ofSchema(
    'In which region?',
    clouds['cloud-run'].shape.region,
    'a Google Cloud region such as "europe-west1"',
  ),
  gcpProject: ofSchema('In which Google Cloud project?', clouds['cloud-run'].shape.gcpProject, 'the id of a project'),
}

/** Appends `[cloud]` to the project's config.toml; every byte that stands there stays as it is. Returns the file. */
export function appendCloud(project: string, table: CloudTable): string {
  const file = join(project, 'config.toml')
  const text = readFileSync(file, 'utf8')
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const lines = ['[cloud]', ...Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)]
  const before = text === '' ? '' : text.endsWith('\n') ? eol : eol + eol
  appendFileSync(file, before + lines.map((line) => line + eol).join(''))
  return file
}

/** The project has its cloud already: flags may repeat what it says, not change it. Throws a `UserError` (usage). */
export function refuseAnother({ target }: Plan, { provider, region }: CloudFlags): void {
  const has = target.provider === 'gcp' ? 'cloud-run' : 'ecs'
  const differs = (flag: string, wanted: string | undefined, key: string, is: string | undefined) => {
    if (wanted === undefined || wanted === is) return
    throw new UserError(
      `${flag} ${wanted}: the project has a [cloud] already, with ${key} = "${is}"; change it there, or leave the flag out`,
      exitCodes.usage,
    )
  }
  differs('--provider', provider, 'provider', has)
  differs('--region', region, has === 'ecs' ? 'awsRegion' : 'region', target.region)
}
