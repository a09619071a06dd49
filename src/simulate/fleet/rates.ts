/** How often things go wrong. Of a thousand of what each line says. */
export interface FaultRates {
  /** Questions and their answers on the wire. */
  readonly questionLost: number
  readonly answerLost: number
  readonly doubled: number
  readonly doubledAtOnce: number
  readonly answerLate: number
  /** Agents that end after a step of their cycle: the process alone, or the whole host with it. */
  readonly agentDies: number
  /** The step that every round has, also where nothing is to be done. */
  readonly idleAgentDies: number
  readonly powerFails: number
  /** Jumps. */
  readonly neverReturns: number
  readonly comesUpCold: number
  readonly comesUpElsewhere: number
  /** Loads that the kernel does not take. */
  readonly loadRefused: number
  /** Hosts: a clock that is wrong; somebody who cuts the power, or deletes the host, some time. */
  readonly wrongClock: number
  readonly powerCut: number
  readonly deleted: number
  /** Copies of a host that enrol, and an operator who has to decide. */
  readonly copied: number
  /** FleetLock clients beside each thousand hosts, which take locks of the same pool. */
  readonly lockers: number
  /**
   * Not of a thousand but in all: kills of the service; an operator's pauses and halts of each rollout; pauses of the
   * fleet; times in which what the health gates ask is ill or silent.
   */
  readonly kills: number
  readonly pauses: number
  readonly halts: number
  readonly fleetPauses: number
  readonly illnesses: number
}

/** Far more than any fleet has, so that every kind meets every step. */
export const FAULT_RATES: FaultRates = {
  questionLost: 8,
  answerLost: 12,
  doubled: 8,
  doubledAtOnce: 8,
  answerLate: 6,
  agentDies: 12,
  idleAgentDies: 2,
  powerFails: 3,
  neverReturns: 8,
  comesUpCold: 12,
  comesUpElsewhere: 10,
  loadRefused: 8,
  wrongClock: 300,
  powerCut: 40,
  deleted: 8,
  copied: 15,
  lockers: 30,
  kills: 4,
  pauses: 2,
  halts: 1,
  fleetPauses: 2,
  illnesses: 4,
}

/** A fleet in which nothing goes wrong. */
export const NO_FAULTS: FaultRates = {
  questionLost: 0,
  answerLost: 0,
  doubled: 0,
  doubledAtOnce: 0,
  answerLate: 0,
  agentDies: 0,
  idleAgentDies: 0,
  powerFails: 0,
  neverReturns: 0,
  comesUpCold: 0,
  comesUpElsewhere: 0,
  loadRefused: 0,
  wrongClock: 0,
  powerCut: 0,
  deleted: 0,
  copied: 0,
  lockers: 0,
  kills: 0,
  pauses: 0,
  halts: 0,
  fleetPauses: 0,
  illnesses: 0,
}
