// Preloaded into a measured process: writes its largest resident set, in KiB, when it ends.
import { writeFileSync } from 'node:fs'

process.on('exit', () => writeFileSync(process.env.AL_BENCH_PEAK, String(process.resourceUsage().maxRSS)))
