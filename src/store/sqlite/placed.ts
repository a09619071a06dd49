import { chmod, copyFile, link, open, rm } from 'node:fs/promises'
import { constants } from 'node:fs'
import { dirname } from 'node:path'

/** Nobody but whoever made it reads a database: it holds what keys are compared with. */
const OWN_MODE = 0o600

/** Makes sure that a file is on the disk before anybody is told of it. */
export async function onDisk(path: string): Promise<void> {
  const file = await open(path, 'r')
  await file.sync().finally(() => file.close())
}

/** The same for what is in a folder under which name. */
export function namedOnDisk(path: string): Promise<void> {
  return onDisk(dirname(path))
}

/** Gives a whole file its name, and never takes one that something else has. Errors: EEXIST where something has it. */
export async function place(whole: string, path: string): Promise<void> {
  await chmod(whole, OWN_MODE)
  await onDisk(whole)
  try {
    await link(whole, path)
  } catch (error) {
    // Some file systems have no links; the copy is not whole from its first moment on, but it takes nobody's name either.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(String((error as NodeJS.ErrnoException).code))) throw error
    await copyFile(whole, path, constants.COPYFILE_EXCL)
    await onDisk(path)
  }
  await rm(whole)
  await namedOnDisk(path)
}
