import { BadCursor, type LogEntry, type LogPage, type LogQuery, type LogSource } from '../../gateway/log-source.ts'
import { endOfLines, linesBefore, linesFrom } from './lines.ts'
import { dayOf, daysIn, fileOf, logDirectory } from './log-files.ts'

/** A place in a log: a day, and an offset in bytes of its file. */
interface Place {
  readonly day: string
  readonly offset: number
}

/** Lines that one request looks at: those of a busy agent may belong to other runs for long. */
const mostLines = 100_000

const dayLength = 24 * 3600_000

/** The logs that `logWriter` writes, page by page. Several may read while it writes. */
export function fileLogs(root: string): LogSource {
  return {
    async read(query) {
      const directory = logDirectory(root, query.agent)
      const days = await daysIn(directory)
      if (query.cursor !== undefined) return await forward(directory, days, placeOf(query.cursor), query)
      return await last(directory, days, query)
    },
  }
}

/** The last entries, and the place behind them. */
async function last(directory: string, days: readonly string[], query: LogQuery): Promise<LogPage> {
  const newest = days.at(-1)
  if (newest === undefined) return { entries: [], cursor: null, hasMore: false }
  const matches = matcher(query)
  // Read first: what is written from now on comes after the cursor.
  const end = await endOfLines(fileOf(directory, newest))
  const entries: LogEntry[] = []
  let looked = 0
  search: for (const day of days.filter(nearby(query)).reverse()) {
    const file = fileOf(directory, day)
    for await (const text of linesBefore(file, day === newest ? end : await endOfLines(file))) {
      const entry = matches(text)
      if (entry !== undefined) entries.push(entry)
      looked += 1
      if (entries.length === query.lines || looked === mostLines) break search
    }
  }
  return { entries: entries.reverse(), cursor: cursorOf({ day: newest, offset: end }), hasMore: false }
}

/** The next entries after a place. A day that is over is followed by the next one there is. */
async function forward(directory: string, days: readonly string[], from: Place, query: LogQuery): Promise<LogPage> {
  const matches = matcher(query)
  const entries: LogEntry[] = []
  let place = from
  let looked = 0
  for (const day of days.filter((one) => one >= from.day)) {
    if (day !== from.day) place = { day, offset: 0 }
    else if (from.offset > (await endOfLines(fileOf(directory, day)))) throw new BadCursor('there is no such place')
    for await (const { text, end } of linesFrom(fileOf(directory, day), place.offset)) {
      // Looked at only now, to know whether there is more.
      if (entries.length === query.lines || looked === mostLines) {
        return { entries, cursor: cursorOf(place), hasMore: true }
      }
      const entry = matches(text)
      if (entry !== undefined) entries.push(entry)
      looked += 1
      place = { day, offset: end }
    }
  }
  return { entries, cursor: cursorOf(place), hasMore: false }
}

/** The entry in a line, if it is asked for. */
function matcher({ agent, instance, after, before }: LogQuery): (text: string) => LogEntry | undefined {
  const run = instance === undefined ? undefined : `${agent}-${instance}`
  return (text) => {
    // Far cheaper than to parse what is of other runs.
    if (text === '' || (run !== undefined && !text.includes(run))) return undefined
    const entry = parse(text)
    if (entry === undefined || (run !== undefined && entry.instance !== run)) return undefined
    if (after !== undefined && entry.time <= after) return undefined
    if (before !== undefined && entry.time >= before) return undefined
    return entry
  }
}

/** A line that a crash has cut off is no entry. */
function parse(text: string): LogEntry | undefined {
  try {
    const { level, time, msg, ...fields } = JSON.parse(text)
    if (typeof level !== 'number' || typeof time !== 'number' || typeof msg !== 'string') return undefined
    return { level, time, msg, ...fields }
  } catch {
    return undefined
  }
}

/** Days that may hold what is asked for: an entry has the time of its container, its file that of the host. */
function nearby({ after, before }: LogQuery): (day: string) => boolean {
  const first = after === undefined ? undefined : dayNear(after - dayLength)
  const final = before === undefined ? undefined : dayNear(before + dayLength)
  return (day) => (first === undefined || day >= first) && (final === undefined || day <= final)
}

/** Times beyond what a date can hold are as good as the first or the last day. */
function dayNear(time: number): string {
  if (Number.isNaN(new Date(time).getTime())) return time < 0 ? '0000-01-01' : '9999-12-31'
  const day = dayOf(time)
  return day.length === 10 ? day : time < 0 ? '0000-01-01' : '9999-12-31'
}

const cursorOf = ({ day, offset }: Place): string => Buffer.from(`${day}:${offset}`).toString('base64url')

function placeOf(cursor: string): Place {
  const [, day, offset] = /^(\d{4}-\d\d-\d\d):(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (day === undefined || offset === undefined) throw new BadCursor('it is not of this log')
  return { day, offset: Number(offset) }
}
