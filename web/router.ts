import { useEffect, useState } from 'preact/hooks'
import { type Children, html } from './html.ts'

const listeners = new Set<() => void>()
addEventListener('popstate', () => tell())

const tell = () => {
  for (const listener of listeners) listener()
}

/** The parts of the path behind `/dashboard`. */
export function usePlace(): readonly string[] {
  const [path, setPath] = useState(location.pathname)
  useEffect(() => {
    const look = () => setPath(location.pathname)
    listeners.add(look)
    return () => {
      listeners.delete(look)
    }
  }, [])
  return path.split('/').slice(2).map(decoded)
}

/** What somebody typed may be no encoding at all. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address of a view. */
export const at = (...parts: readonly string[]): string => ['/dashboard', ...parts.map(encodeURIComponent)].join('/')

/** Goes to a view without loading the page again; the heading of the new view gets the focus, as after a page load. */
function go(path: string): void {
  history.pushState(null, '', path)
  tell()
  scrollTo(0, 0)
  requestAnimationFrame(() => document.querySelector<HTMLElement>('h1')?.focus())
}

export function Link({
  to,
  children,
  current,
  ...rest
}: {
  readonly to: string
  readonly children?: Children
  readonly current?: boolean
  readonly [attribute: string]: unknown
}) {
  const follow = (event: MouseEvent) => {
    // Another tab or window is the browser's business.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    go(to)
  }
  return html`<a href=${to} onClick=${follow} aria-current=${current === true ? 'page' : undefined} ...${rest}>${children}</a>`
}
