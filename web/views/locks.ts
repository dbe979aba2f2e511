import { html } from '../html.ts'
import { RunLink } from '../parts/began.ts'
import { When } from '../parts/time.ts'
import { Empty, Loaded, View } from '../parts/view.ts'
import { usePoll } from '../poll.ts'
import type { HeldLock } from '../wire.ts'

interface Held {
  readonly locks: readonly HeldLock[]
}

/** The locks that runs hold now. */
export function Locks() {
  const held = usePoll<Held>('/locks/status')
  return html`<${View} title="Locks">
    <${Loaded} of=${held}>${({ locks }: Held) =>
      locks.length === 0
        ? html`<${Empty} title="No lock is held">An agent takes one with <code>rlock</code>, so that no other works on the same thing; it is given back when its run ends.<//>`
        : html`<table>
            <thead>
              <tr>
                <th scope="col">Lock</th>
                <th scope="col">Held by</th>
                <th scope="col" class="mid">Since</th>
                <th scope="col">Free at the latest</th>
                <th scope="col" class="wide r">Fence</th>
              </tr>
            </thead>
            <tbody>
              ${locks.map(
                ({ resourceKey, holder, heldSince, expiresAt, fence }) => html`<tr key=${resourceKey}>
                  <th scope="row" class="key">${resourceKey}</th>
                  <td><${RunLink} id=${holder} /></td>
                  <td class="mid"><${When} at=${heldSince} /></td>
                  <td><${When} at=${expiresAt} ahead /></td>
                  <td class="wide r num">${fence}</td>
                </tr>`,
              )}
            </tbody>
          </table>`}<//>
  <//>`
}
