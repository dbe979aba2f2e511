import { historiesOn } from './histories.ts'
import { gcp } from './hosts/gcp.ts'
import { scenariosOn } from './scenarios.ts'

scenariosOn(gcp)
historiesOn(gcp)
