import { expect, test } from 'vitest'
import { type BundleName, buildBundle, bundles } from '../build/bundles.ts'
import { root } from './support/synth-project.ts'

/** Of the code alone: what lies beside it is read when it is asked for. */
const sum = (files: ReadonlyMap<string, Uint8Array>) =>
  [...files].reduce((all, [name, { length }]) => all + (name.endsWith('.mjs') ? length : 0), 0)

const names = Object.keys(bundles) as BundleName[]
const sizes = new Map(await Promise.all(names.map(async (name) => [name, sum(await buildBundle(name, root))] as const)))
const kilobytes = (name: BundleName) => Math.ceil((sizes.get(name) ?? Number.POSITIVE_INFINITY) / 1000)

/** Kilobytes. A cold start unpacks and compiles all of it. */
const most = { 'functions/aws/gateway': 1200, 'functions/aws/scheduler': 1200, 'functions/gcp/gateway': 600 } as const

test.each(
  Object.entries(most).map(
    ([name, limit]) => [name as keyof typeof most, kilobytes(name as BundleName), limit] as const,
  ),
)('the bundle %s has %i kB, and no more than %i', (_, size, limit) => expect(size).toBeLessThanOrEqual(limit))
