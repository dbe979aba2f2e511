import { toContext } from './context.ts'
import { at, firstText, objectOf } from './json.ts'
import type { Provider } from './provider.ts'

/** Deliveries made by hand, to try a trigger: the JSON body is the context. Never signed, and never taken for a repeat. */
export const testProvider: Provider = {
  verify: () => false,

  deliveryId: () => undefined,

  parse(payload, _header, receivedAt) {
    const fields = objectOf(payload)
    if (fields === undefined) return { ignored: 'the body is not an object' }
    return toContext(
      {
        ...fields,
        source: firstText(at(fields, 'source')) ?? 'test',
        event: firstText(at(fields, 'event')) ?? 'test',
        sender: firstText(at(fields, 'sender')) ?? 'test',
      },
      receivedAt,
    )
  },
}
