import { historiesOn } from './histories.ts'
import { local } from './hosts/local.ts'
import { scenariosOn } from './scenarios.ts'

scenariosOn(local)
historiesOn(local)
