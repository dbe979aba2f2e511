import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import Dockerode from 'dockerode'

const root = resolve(import.meta.dirname, '../..')

/** What tests with containers need of this machine: an engine, and an image with Node that nothing has to be pulled for. */
export interface Engine {
  readonly docker: Dockerode
  readonly baseImage: string
}

/** Nothing, and a word why, when there is no engine or no such image can be made. */
export async function findEngine(): Promise<Engine | undefined> {
  const docker = new Dockerode()
  try {
    await docker.ping()
  } catch {
    console.warn('skipped: no Docker engine answers')
    return undefined
  }
  const given = process.env.AL_TEST_BASE
  if (given !== undefined) return { docker, baseImage: given }
  const baseImage = 'al-test-base'
  const { status, stderr } = spawnSync(`${root}/scripts/debian-base.sh`, [baseImage], { encoding: 'utf8' })
  if (status === 0) return { docker, baseImage }
  console.warn(
    `skipped: no image to test with; name one with Node in AL_TEST_BASE (${stderr.trim().split('\n').at(-1)})`,
  )
  return undefined
}
