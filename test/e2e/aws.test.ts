import { historiesOn } from './histories.ts'
import { aws } from './hosts/aws.ts'
import { scenariosOn } from './scenarios.ts'

scenariosOn(aws)
historiesOn(aws)
