import { allFaults, type Faults } from './scenario.ts'
import { type Options, type Outcome, simulate, type Violation } from './simulation.ts'

/**
 * Looks for the shortest history that breaks the same rule: with the same seed and its neighbours, in smaller worlds,
 * with fewer things that go wrong.
 */
export async function shortest(
  { rule }: Violation,
  seed: number,
  options: Pick<Options, 'subject'> = {},
): Promise<Outcome & { readonly how: string }> {
  let faults: Faults = allFaults
  const first = await simulate({ ...options, seed, traced: true })
  let best = { ...first, how: `seed ${seed}` }
  const consider = async (size: number, tried: Faults): Promise<boolean> => {
    let found = false
    for (let other = seed; other < seed + 40; other++) {
      const outcome = await simulate({ ...options, seed: other, size, faults: tried, traced: true })
      if (outcome.violation?.rule !== rule) continue
      found = true
      if (outcome.trace.length < best.trace.length) {
        const without = Object.entries(tried).flatMap(([name, on]) => (on === 0 ? [name] : []))
        best = { ...outcome, how: `seed ${other}, size ${size}, without ${without.join(', ') || 'nothing'}` }
      }
    }
    return found
  }
  for (const name of Object.keys(allFaults) as (keyof Faults)[]) {
    const fewer = { ...faults, [name]: 0 }
    if (await consider(0.3, fewer)) faults = fewer
  }
  for (const size of [0.1, 0.2]) await consider(size, faults)
  return best
}
