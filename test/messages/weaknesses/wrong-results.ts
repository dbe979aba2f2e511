import type { Weakness } from '../register.ts'

export const wrongResults: readonly Weakness[] = [
  {
    number: 20,
    there:
      'A function of Lambda kept the prompt of an earlier run, "4g" were 4 MB, and followed logs repeated themselves.',
    here: 'Each invocation has its own run and nothing of another, sizes are read whole, and a line is shown once.',
    shown: {
      'test/launchers/lambda.test.ts': ['a function is invoked with what its container is told, and nothing else'],
      'test/agent/lambda.test.ts': ['nothing of an invocation is there in the next one'],
      'core/plan/plan.test.ts': ['on Lambda %j is %i MiB and %d vCPU'],
      'test/cli-client/logs.test.ts': ['-f shows what comes, once each, until Ctrl-C'],
      'test/cloud-client/cloud-logs.test.ts': [
        'al logs -f of a run of a function shows its lines alone, once each, and ends with it',
      ],
    },
  },
  {
    number: 21,
    there:
      'On Cloud Run secrets did not arrive, nothing could be run again, no image was built, and state had no place.',
    here: 'A job reads its own secrets, runs are run again, state is in Firestore, and images carry no configuration.',
    shown: {
      'test/agent-credentials/secret-stores.test.ts': [
        "gives what the run may have, asked as the job's service account",
      ],
      'test/gcp/cloud-run.test.ts': ['a launch runs the job with the start message in its environment'],
      'test/e2e/scenarios.ts': ['an agent that wants to go on does, as often as it may'],
      'test/conformance/same-history.test.ts': ['… and on Firestore (%i)'],
      'core/image/compose.test.ts': ['without Dockerfiles of its own an agent runs in the base image'],
      'test/launchers/gateway.test.ts': [
        'a signed webhook starts a function, which claims its run and is handed what its agent is told',
      ],
    },
  },
  {
    number: 22,
    there: 'What agents returned and used was lost on the way, and the prompt did not say how to call.',
    here: 'What an agent returns reaches its caller, what it used is shown, and the prompt teaches every command.',
    shown: {
      'test/agent/exit-codes.test.ts': ['what an agent returns reaches the record whole, and the log in short'],
      'test/agent/session.test.ts': [
        'a session with a model ends in the record, with what it returned and what it used',
      ],
      'test/e2e/scenarios.ts': ['a call brings back what the called agent returns, to the run that made it'],
      'test/cli-client/run.test.ts': [
        'a run that completes ends in 0: what it said is shown, then how it ended and what it cost',
      ],
      'core/prompt/prompt.test.ts': ['teaches every command, and the codes it may end with'],
    },
  },
  {
    number: 23,
    there: '`al stat` knew of no run, and said that every agent was idle.',
    here: '`al stat` shows what runs, what it does and what it holds.',
    shown: {
      'test/cli-client/commands.test.ts': ['stat, locks and kill: what runs, what it holds, and its end'],
      'test/gateway/control.test.ts': [
        'status: of each agent the newest run that is over, also while the next one is on',
      ],
    },
  },
  {
    number: 24,
    there:
      'Calls were never deeper than nothing, so that agents could call each other for ever; a restart forgot locks.',
    here: 'Calls end at the depth that is set, a circle is told to who waits, and a crash loses neither queue nor lock.',
    shown: {
      'test/control-plane/calls.test.ts': [
        'C2: nobody calls itself, unknown agents or deeper than the limit',
        'C4: a call that waits for its own chain says so, and stays',
      ],
      'test/gateway/calls.test.ts': ['the reasons of a refusal are those that scripts know'],
      'test/start/crash.test.ts': [
        'a host that is killed loses no run, queue entry or lock, starts nothing twice and leaves no orphan',
      ],
    },
  },
  {
    number: 25,
    there:
      'Stopping emptied the queues, pausing did not hold webhooks and calls, and deliveries during a build were lost.',
    here: 'Queues outlive the host, a pause holds all that starts runs, and what comes in before the host begins is kept.',
    shown: {
      'test/local/reload.test.ts': [
        'a host that has waited long enough kills what is left, and what waits in a queue stays',
        'what comes in before the host begins is kept, and starts once when it does',
      ],
      'test/control-plane/triggers.test.ts': ['Q7: while paused, webhooks wait; on resume nothing is lost'],
      'test/cli-client/commands.test.ts': ['pause and resume, of an agent and of the project'],
    },
  },
  {
    number: 26,
    there: 'Pausing one agent could pause the schedule of another, and a restart forgot it.',
    here: 'A pause is of the agent that was named, and lasts until somebody resumes it.',
    shown: {
      'test/local/schedules.test.ts': [
        'a pause holds the schedule of that agent alone, whatever stands before it, and on the next host as well',
      ],
    },
  },
  {
    number: 27,
    there: 'The scale of a project was exceeded by one run per agent, and agents that were off were switched on by it.',
    here: 'Runs stay within the scale of the project, agents that could never use theirs are named, and off is off.',
    shown: {
      'test/messages/project.test.ts': [
        'an agent of a larger scale than its project is told so, with both numbers',
        'an agent that is switched off stays off, also where the project has no place left for it',
      ],
      'test/control-plane/triggers.test.ts': [
        'Q3: runs of all agents together stay within the scale of the project; who has waited longest is next',
        'an agent of scale 0 and an unknown one are told apart, and neither starts',
      ],
      'test/cli-client/run.test.ts': ['a paused agent, and one that is switched off, are refused with what to do'],
    },
  },
  {
    number: 28,
    there:
      'Logs of `dev` were found under `dev-ops`, stopped at midnight, ignored the day, and an error showed other ones.',
    here: 'Logs are of the agent and the day that were asked for, and where there are none that is said.',
    shown: {
      'functions/local/logs/logs.test.ts': [
        'an agent may be named like the beginning of another, or like the scheduler',
        'a log goes on over midnight, for those who follow it and for those who come later',
      ],
      'test/cli-client/logs.test.ts': [
        '-n counts what is shown, -i and an id choose a run, -d a day',
        'where the host gives no log, that is said, and no file is shown in its place',
      ],
    },
  },
  {
    number: 29,
    there: 'Texts of others became part of shell commands and of JSON.',
    here: 'What others wrote is data in preflight steps, in commands of agents and in prompts.',
    shown: {
      'test/agent-credentials/preflight-git-clone.test.ts': ['runs nothing for %o'],
      'test/agent-credentials/preflight.test.ts': ['takes a variable with %j in it as a text'],
      'test/commands/locks.test.ts': ['a key is data, whatever stands in it'],
      'test/commands/signals.test.ts': ['each signal is a file, written whole'],
      'core/prompt/untrusted.test.ts': ['nothing in the input opens or closes a block: %s'],
    },
  },
]
