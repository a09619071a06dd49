import { spawn } from 'node:child_process'
import { access, constants, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { failed, type AgentFailure } from './failure.ts'
import type { Result } from '../planner/index.ts'

/**
 * Before anything is loaded; before the host goes; in place of going, where somebody outside takes the power away; in the
 * next boot. Each has its folder.
 */
export const HOOK_STAGES = ['pre-load', 'pre-exec', 'power-cycle', 'post-boot'] as const
export type HookStage = (typeof HOOK_STAGES)[number]

export interface Hooks {
  /** Holds `pre-load.d`, `pre-exec.d`, `power-cycle.d` and `post-boot.d`. */
  readonly folder: string
  /** For each hook. */
  readonly timeoutMs?: number
}

/** What a hook is told of the reboot, in its environment. */
export interface HookFacts {
  readonly BERTH_PLAN: string
  readonly BERTH_HOST: string
  readonly BERTH_BOOT_ID: string
  readonly BERTH_KERNEL_RELEASE?: string
  readonly BERTH_BOOT_TITLE?: string
  readonly BERTH_REBOOT_MODE?: string
}

const TIMEOUT_MS = 60_000
/** How long the rest of its output may take to arrive once a hook has ended. */
const OUTPUT_GRACE_MS = 500
/** Of what a hook writes, so much is kept, and so much told. */
const MAX_OUTPUT_BYTES = 16_384
const TOLD_LINES = 5
const TOLD_CHARS = 1_000

/**
 * Runs what lies in the folder of a stage, in the order of the names. The first that fails ends it.
 *
 * What is not executable is left out, as in other folders of this kind. No shell reads anything.
 * Errors: `hook-failed` with the hook's name, how it ended and its last lines.
 */
export async function runHooks(
  { folder, timeoutMs = TIMEOUT_MS }: Hooks,
  stage: HookStage,
  facts: HookFacts,
): Promise<Result<null, AgentFailure>> {
  const stageFolder = join(folder, `${stage}.d`)
  for (const name of await executablesIn(stageFolder)) {
    const ended = await runHook(join(stageFolder, name), { stage, facts, timeoutMs })
    if (ended === null) continue
    return failed('hook-failed', `${stage}.d/${name} ${ended}`)
  }
  return { ok: true, value: null }
}

/** Whether anything would be run at a stage. */
export async function hasHooks({ folder }: Hooks, stage: HookStage): Promise<boolean> {
  return (await executablesIn(join(folder, `${stage}.d`))).length > 0
}

async function executablesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const found: string[] = []
  for (const name of names.filter((n) => !n.startsWith('.')).toSorted()) {
    const path = join(folder, name)
    const isFile = (await stat(path).catch(() => null))?.isFile() ?? false
    if (isFile && (await isExecutable(path))) found.push(name)
  }
  return found
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** How it ended, in words; null where it ended well. */
function runHook(
  path: string,
  { stage, facts, timeoutMs }: { stage: HookStage; facts: HookFacts; timeoutMs: number },
): Promise<string | null> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', ...facts, BERTH_STAGE: stage }
    // A group of its own, so that what the hook has started ends with it.
    const child = spawn(path, [], { env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let output = ''
    const keep = (part: Buffer): void => {
      output = (output + part.toString('utf8')).slice(-MAX_OUTPUT_BYTES)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      killGroup(child.pid)
    }, timeoutMs)
    let isDone = false
    const done = (how: string | null): void => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      child.stdout.destroy()
      child.stderr.destroy()
      const said = lastLines(output)
      resolve(how !== null && said !== '' ? `${how}: ${said}` : how)
    }
    child.on('error', (error) => done(`could not be run (${error.message})`))
    const ended = (code: number | null, signal: string | null): void => {
      if (isLate) done(`took longer than ${timeoutMs} ms`)
      else if (signal) done(`was ended by ${signal}`)
      else done(code === 0 ? null : `left with ${code}`)
    }
    child.on('close', ended)
    // What the hook left running may hold its output open for ever.
    child.on('exit', (code, signal) => setTimeout(() => ended(code, signal), OUTPUT_GRACE_MS))
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
  }
}

function lastLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(-TOLD_LINES).join(' | ').slice(-TOLD_CHARS)
}
