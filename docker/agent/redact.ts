/** Shorter values are no secrets worth the name, and hiding them would make every line unreadable. */
const shortestSecret = 6
/** Of the beginning of a secret at the end of a text, where a limit of characters has cut it off. */
const shortestStub = 8
const replacement = '[redacted]'
/** Levels deeper than this are left out: a log line is flat. */
const deepest = 8

/** Knows the secrets of one run and takes them out of what is printed. */
export interface Redactor {
  /** From now on these values are taken out, in every encoding they may be met in. */
  hide(...values: readonly string[]): void
  /** The text without them. */
  text(text: string): string
  /** The same for every text and every name in a value that becomes JSON. */
  value(value: unknown): unknown
}

export function redactor(): Redactor {
  let needles: readonly string[] = []

  function text(dirty: string): string {
    let clean = dirty
    for (const needle of needles) {
      if (clean.includes(needle)) clean = clean.replaceAll(needle, replacement)
    }
    return withoutStub(clean, needles)
  }

  function value(dirty: unknown, depth: number): unknown {
    if (typeof dirty === 'string') return text(dirty)
    if (typeof dirty !== 'object' || dirty === null) return dirty
    if (depth > deepest) return '[…]'
    if (Array.isArray(dirty)) return dirty.map((one) => value(one, depth + 1))
    return Object.fromEntries(Object.entries(dirty).map(([name, one]) => [text(name), value(one, depth + 1)]))
  }

  return {
    hide(...values) {
      const all = new Set(needles)
      for (const one of values) for (const form of formsOf(one)) all.add(form)
      // The longest first: a form may stand within another one.
      needles = [...all].sort((a, b) => b.length - a.length)
    },
    text,
    value: (dirty) => value(dirty, 0),
  }
}

/** A value as it may appear in what is printed. */
function formsOf(secret: string): string[] {
  const whole = secret.trim()
  // A key of several lines is met line by line, too.
  const lines = whole.split(/\r?\n/).filter((line) => line.length >= 16 && !line.startsWith('-----'))
  const forms = [whole, ...lines].filter((one) => one.length >= shortestSecret).flatMap(encodings)
  return [...new Set(forms)].filter((form) => form.length >= shortestSecret)
}

function encodings(value: string): string[] {
  const json = inJson(value)
  const url = encodeURIComponent(value)
  const bytes = Buffer.from(value)
  return [
    value,
    json,
    inJson(json),
    url,
    url.replaceAll('%20', '+'),
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...inBase64(bytes),
  ]
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/**
 * In base64 the same bytes look different by where they stand: a token in `user:token` is not its own encoding. Three
 * bytes are four characters, so there are three cases; the characters at the ends, which neighbours have a part in, are left out.
 */
function inBase64(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes])
    const from = Math.ceil((before * 8) / 6)
    const to = Math.floor((padded.length * 8) / 6)
    return (['base64', 'base64url'] as const).map((encoding) => padded.toString(encoding).slice(from, to))
  })
}

/** Without the first part of a secret at the end: texts are cut to a length, and may be cut within one. */
function withoutStub(text: string, needles: readonly string[]): string {
  const [, body = text, dots = ''] = /^([\s\S]*?)(…|\.\.\.)?$/.exec(text) ?? []
  for (const needle of needles) {
    if (needle.length <= shortestStub) continue
    const start = needle.slice(0, shortestStub)
    for (
      let at = body.indexOf(start, Math.max(0, body.length - needle.length));
      at >= 0;
      at = body.indexOf(start, at + 1)
    ) {
      if (needle.startsWith(body.slice(at))) return `${body.slice(0, at)}${replacement}${dots}`
    }
  }
  return text
}
