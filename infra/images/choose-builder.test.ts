import { expect, test } from 'vitest'
import type { Plan } from '../../core/plan/schema.ts'
import { chooseBuilder } from './choose-builder.ts'

const plan = (build: Plan['target']['build'], architecture: Plan['target']['architecture'] = 'x86_64') => ({
  target: { build, architecture } as Plan['target'],
})
const answers = async () => 'amd64'
const silent = async () => {
  throw Object.assign(new Error('connect'), { code: 'ENOENT' })
}

test('Docker builds where it answers and agents run on its processor, CodeBuild otherwise', async () => {
  expect(await chooseBuilder(plan('auto'), answers)).toEqual({ builder: 'docker', why: 'Docker answers' })
  expect(await chooseBuilder(plan('auto', 'arm64'), answers)).toEqual({
    builder: 'cloud',
    why: 'Docker here is for amd64, and agents run on arm64',
  })
  expect(await chooseBuilder(plan('auto'), silent)).toEqual({
    builder: 'cloud',
    why: 'Docker does not answer (ENOENT)',
  })
})

test('what the configuration names is used, and a missing Docker is told with the way out', async () => {
  expect(await chooseBuilder(plan('codebuild'), answers)).toMatchObject({ builder: 'cloud' })
  expect(await chooseBuilder(plan('docker', 'arm64'), answers)).toMatchObject({ builder: 'docker' })
  await expect(chooseBuilder(plan('docker'), silent)).rejects.toThrow(
    'Docker does not answer (ENOENT), and build = "docker": start it, or set build = "codebuild" in [cloud]',
  )
})
