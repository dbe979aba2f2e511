import type { Faults } from './scenario.ts'

/** A rule broken on purpose: what is changed in the sources, and which rule the simulation has to miss. */
export interface Breakage {
  readonly name: string
  readonly edits: readonly { readonly file: string; readonly find: string; readonly replace: string }[]
  /** Rules whose violation counts as noticing; any of them. */
  readonly noticed: readonly string[]
  /** What goes wrong more often than usual, for a mistake that takes several coincidences. */
  readonly faults?: Partial<Faults>
}

const edit = (file: string, find: string, replace = '') => ({ file, find, replace })

/** Each is one mistake that is easy to make. The text is looked for once in the file, so a breakage cannot go stale. */
export const breakages: readonly Breakage[] = [
  {
    name: 'the end of a run does not free its slot',
    edits: [edit('core/scheduler/end.ts', '...leaveSlot(agent, run.suffix, next?.suffix),')],
    noticed: ['Q4'],
  },
  {
    name: 'the project does not count its runs',
    edits: [
      edit(
        'core/scheduler/launch.ts',
        '...(world.rules.limits.scale !== undefined && { active: (project.active ?? sumOf(live)) + 1 }),',
      ),
    ],
    noticed: ['Q3', 'Q4'],
  },
  {
    name: 'a start goes past those who wait',
    edits: [
      edit('core/scheduler/place.ts', 'agent.queue.length > 0 || ready(world, project, live).length > 0', 'false'),
    ],
    noticed: ['Q2'],
  },
  {
    name: 'the queue is ordered by the clock of the host alone',
    edits: [edit('core/scheduler/live.ts', 'Math.max(now, (queue.at(-1)?.seq ?? 0) + 1)', 'now')],
    noticed: ['Q2'],
  },
  {
    name: 'a delivery is not recorded with its run',
    edits: [edit('core/scheduler/trigger.ts', '...placed.writes, ...remember({ run })', '...placed.writes')],
    noticed: ['T1', 'T4'],
  },
  {
    name: 'a skipped tick is not recorded',
    edits: [edit('core/scheduler/tick.ts', '`tick|${agent}|${new Date(minute).toISOString()}`', '`${Math.random()}`')],
    noticed: ['T4'],
  },
  {
    name: 'a launch that nobody claims is not noticed',
    edits: [edit('core/scheduler/sweep.ts', 'if (!trusted || !isOver(world, run)) return', 'return')],
    noticed: ['R3'],
  },
  {
    name: 'the deadline does not end a run that answers',
    edits: [edit('core/scheduler/sweep.ts', 'Math.min(leaseUntil, deadline)', 'leaseUntil')],
    noticed: ['R3'],
  },
  {
    name: 'any container may claim',
    edits: [
      edit('core/scheduler/claim.ts', "if (run.state === 'running') return { answer: { kind: 'taken' } }"),
      edit('core/scheduler/claim.ts', "run.state !== 'starting' || !known", 'false'),
    ],
    noticed: ['R2'],
  },
  {
    name: 'a claim cannot be repeated',
    edits: [edit('core/scheduler/claim.ts', 'sameHash(run.session, session)', 'false')],
    noticed: ['R2'],
  },
  {
    name: 'a run that has ended can be finished again',
    edits: [
      edit('core/scheduler/finish.ts', "if (is === 'over') return repeated(before)"),
      edit('core/scheduler/finish.ts', "if (standing(run, session) !== 'running') return undefined"),
      edit('core/scheduler/end.ts', ' || !isLive(run)'),
    ],
    noticed: ['R1'],
  },
  {
    name: 'a rerun follows an error',
    edits: [edit('core/scheduler/finish.ts', "said.outcome === 'rerun'", "said.outcome !== 'completed'")],
    noticed: ['R4'],
  },
  {
    name: 'a lock that is held is granted again',
    edits: [edit('core/locks/locks.ts', 'lock.holder !== id && now < lock.until + clockSkew', 'false')],
    noticed: ['L1'],
  },
  {
    name: 'a lock is taken over while its holder’s clock still grants it',
    edits: [edit('core/locks/locks.ts', 'now < lock.until + clockSkew', 'now < lock.until')],
    noticed: ['L1'],
  },
  {
    name: 'a lock is granted without its run',
    edits: [edit('core/locks/locks.ts', 'putRun({ ...run, lock: partition }, runItem.expected),')],
    noticed: ['L7', 'L9'],
  },
  {
    name: 'a run leaves its lock behind',
    edits: [edit('core/scheduler/end.ts', '...(await freeLockOf(world, run)),')],
    noticed: ['L7'],
  },
  {
    name: 'a late heartbeat revives a lock',
    edits: [
      edit('core/locks/locks.ts', 'lock?.holder === undefined || now >= lock.until', 'lock?.holder === undefined'),
    ],
    noticed: ['L4'],
  },
  {
    name: 'fences are counted in an item that is collected',
    edits: [
      edit('core/locks/lock.ts', '48 * 3600', '0'),
      edit('core/locks/locks.ts', 'Math.max((lock?.fence ?? 0) + 1, now)', '(lock?.fence ?? 0) + 1'),
    ],
    noticed: ['L1 fences'],
  },
  {
    name: 'a call is made without its caller',
    edits: [edit('core/calls/calls.ts', 'putRun({ ...caller, calls: caller.calls + 1 }, callerItem.expected),')],
    noticed: ['C1'],
  },
  {
    name: 'the depth of a call is forgotten on the way',
    edits: [edit('core/calls/calls.ts', 'caller.chain.length >= world.rules.limits.maxCallDepth', 'false')],
    noticed: ['C2'],
  },
  {
    name: 'a pause does not stop the queue',
    edits: [edit('core/scheduler/admission.ts', 'project.paused === true || agent?.paused === true', 'false')],
    noticed: ['Q7'],
  },
  {
    name: 'the sweep does not look at the queues',
    edits: [edit('core/scheduler/sweep.ts', 'await drainEach(world, queues)')],
    noticed: ['Q5'],
  },
  {
    name: 'what waits for an agent that is not known here is refused at once',
    edits: [edit('core/scheduler/sweep.ts', 'unknown && now > entry.seq + deployed', 'unknown')],
    noticed: ['Q1'],
    faults: { deploy: 2 },
  },
  {
    name: 'a rerun goes on in a slot that a lower scale has taken away',
    edits: [edit('core/scheduler/end.ts', 'agent.active.length <= rule.scale &&')],
    noticed: ['Q3'],
    faults: { deploy: 4 },
  },
  {
    name: 'a report that is repeated is counted again',
    edits: [edit('core/scheduler/spending.ts', 'cost - (metered?.cost ?? 0)', 'cost')],
    noticed: ['R6'],
  },
  {
    name: 'what a run has used is counted beside the run, not with it',
    edits: [edit('core/scheduler/heartbeat.ts', 'run: { ...beaten, ...meter },', 'run: beaten,')],
    noticed: ['R6'],
  },
  {
    name: 'the end of a run does not count what it has used',
    edits: [edit('core/scheduler/end.ts', '...addTo(spending, more),')],
    noticed: ['R6'],
  },
  {
    name: 'a start is not counted',
    edits: [edit('core/scheduler/launch.ts', 'addTo(spending, { runs: 1 })', '[]')],
    noticed: ['R6'],
  },
  {
    name: 'a rerun is not counted',
    edits: [edit('core/scheduler/end.ts', ' + (goesOn ? 1 : 0)')],
    noticed: ['R6'],
  },
  {
    name: 'a run starts although its day has come to its limit',
    edits: [
      edit(
        'core/scheduler/place.ts',
        'spending && startLimit(world, rule, spending)',
        'undefined as DayLimit | undefined',
      ),
      edit('core/scheduler/drain.ts', 'spent && startLimit(world, rule, spent)', 'undefined'),
    ],
    noticed: ['R6'],
  },
  {
    name: 'a turn is granted although the day has come to its limit',
    edits: [edit('core/scheduler/limits.ts', "one.what === 'maxCostPerDay' && isReached(one)", 'false')],
    noticed: ['R6'],
  },
  {
    name: 'a turn is granted by what others had spent before it was read',
    edits: [edit('core/scheduler/heartbeat.ts', 'after(spending, more)', 'spending')],
    noticed: ['R6'],
  },
  {
    name: 'a day ends runs before its limit is reached',
    edits: [edit('core/scheduler/limits.ts', 'spent >= limit', 'spent >= limit * 0.5')],
    noticed: ['R6'],
  },
  {
    name: 'what a provider refuses is started all the same',
    edits: [
      edit(
        'core/scheduler/breaker.ts',
        'breaker.probe !== undefined || world.clock.now() < breaker.until + wait',
        'false',
      ),
    ],
    noticed: ['R5'],
  },
  {
    name: 'everything starts at once when a breaker is half open',
    edits: [edit('core/scheduler/launch.ts', '...(breakers && { breakers }),')],
    noticed: ['R5'],
  },
  {
    name: 'a probe that is lost keeps its breaker shut for good',
    edits: [edit('core/scheduler/breaker.ts', 'else after.set(key, breaker)')],
    noticed: ['Q1', 'Q5', 'R5'],
  },
  {
    name: 'ticks that were held up start all at once',
    edits: [edit('core/scheduler/tick.ts', 'late || isOvertaken(rule, minute, now)', 'late')],
    noticed: ['T5'],
    faults: { stall: 40 },
  },
  {
    name: 'versions are counters',
    edits: [
      edit('functions/stores/memory.ts', 'const version = randomUUID() as string as Expected'),
      edit(
        'functions/stores/memory.ts',
        'set(write.key.sk, { version,',
        'set(write.key.sk, { version: String(Number(find(write.key)?.version ?? 0) + 1) as Expected,',
      ),
    ],
    noticed: ['Q3', 'Q4', 'L1', 'L1 fences', 'L4', 'L7', 'Q1', 'R1', 'R2'],
    // Somebody has to sleep while an item is deleted and made again.
    faults: { stall: 40, hostDeath: 0 },
  },
]
