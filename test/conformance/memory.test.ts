import type { Store } from '../../core/store.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import { storeSuite } from './store-suite.ts'

let shared: Store | undefined
storeSuite({
  name: 'memory',
  rounds: 5000,
  async open(now) {
    shared ??= memoryStore(now)
    return shared
  },
})
