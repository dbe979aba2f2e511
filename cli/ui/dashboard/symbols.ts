/** The characters the view draws with. */
export interface Symbols {
  /** Everything that is shown must be ASCII, also what agents say. */
  readonly ascii: boolean
  readonly waiting: string
  readonly ready: string
  readonly failed: string
  readonly selected: string
  readonly dot: string
  readonly rule: string
  readonly ellipsis: string
  readonly upDown: string
  readonly spinner: readonly string[]
}

const unicode: Symbols = {
  ascii: false,
  waiting: '○',
  ready: '✓',
  failed: '✗',
  selected: '❯',
  dot: '·',
  rule: '─',
  ellipsis: '…',
  upDown: '↑↓',
  spinner: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'],
}

const ascii: Symbols = {
  ascii: true,
  waiting: 'o',
  ready: '+',
  failed: 'x',
  selected: '>',
  dot: '|',
  rule: '-',
  ellipsis: '~',
  upDown: 'j/k',
  spinner: [...'|/-\\'],
}

/** What the terminal can show, by the locale as POSIX reads it: the first of the three that is set and not empty. */
export function symbolsFor(env: Readonly<Record<string, string | undefined>>, platform: string): Symbols {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '')
  // Windows has no locale in its environment, and terminals that know UTF-8.
  const utf8 = locale === undefined ? platform === 'win32' : /utf-?8/i.test(locale)
  return utf8 ? unicode : ascii
}

/** Text as these symbols allow it. */
export const shown = (text: string, symbols: Symbols): string =>
  symbols.ascii ? text.replaceAll(/\P{ASCII}/gu, '?') : text
