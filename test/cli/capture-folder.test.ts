import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CaptureFiles } from '../../src/planner/read/capture-files.ts'
import {
  fileName,
  readCaptureFolder,
  captureFilesIn,
  writeCaptureFolder,
} from '../../src/cli/capture-folder.ts'
import { captureNames, HOSTS, loadCapture } from '../capture.ts'
import { scratchFolder } from './scratch.ts'

describe('readCaptureFolder', () => {
  test.each(captureNames())('%s: every file of the capture, none of the experiment', (name) => {
    expect(asText(captureFilesIn(join(HOSTS, name)))).toEqual(asText(loadCapture(name)))
  })

  test('a plain file goes before a gzipped one', () => {
    const dir = scratchFolder()
    writeFileSync(join(dir, 'dmesg.txt'), 'plain')
    writeFileSync(join(dir, 'dmesg.txt.gz'), 'not even gzip')
    expect(readCaptureFolder(dir)).toMatchObject({ ok: true, value: { files: { dmesg: 'plain' } } })
  })

  test('names the path that a file was read from', () => {
    const folder = readCaptureFolder(join(HOSTS, 'arm64-dt-1g'))
    if (!folder.ok) throw new Error('the capture was not read')
    expect(folder.value.paths.get('fdt')).toBe(join(HOSTS, 'arm64-dt-1g', 'fdt.dtb.gz'))
  })

  test('a folder that is not there', () => {
    const dir = join(scratchFolder(), 'nowhere')
    expect(readCaptureFolder(dir)).toMatchObject({
      ok: false,
      error: [{ code: 'unreadable-folder', file: dir }],
    })
    expect(() => captureFilesIn(dir)).toThrow(`${dir}: unreadable-folder`)
  })

  test('damaged gzip is named, for each file', () => {
    const dir = scratchFolder()
    writeFileSync(join(dir, 'dmesg.txt.gz'), 'no gzip')
    writeFileSync(join(dir, 'iomem.txt.gz'), 'no gzip either')
    const folder = readCaptureFolder(dir)
    expect(folder.ok ? [] : folder.error.map((e) => [e.code, e.file])).toEqual([
      ['bad-gzip', join(dir, 'iomem.txt.gz')],
      ['bad-gzip', join(dir, 'dmesg.txt.gz')],
    ])
  })
})

describe('writeCaptureFolder', () => {
  test.each(captureNames())('%s: what was written reads back the same', (name) => {
    const dir = join(scratchFolder(), 'new', 'folder')
    const files = loadCapture(name)
    const written = writeCaptureFolder(dir, files)
    expect(written).toEqual(readdirSync(dir).sort())
    expect(asText(captureFilesIn(dir))).toEqual(asText(files))
  })
})

test.each([
  ['text', 'memblock-memory', 'memblock-memory.txt'],
  ['the device tree', 'fdt', 'fdt.dtb'],
  ['boot_params, the one name with an underscore', 'boot-params', 'boot_params.bin'],
] as const)('file name of %s', (_why, file, name) => {
  expect(fileName(file)).toBe(name)
})

/** Blobs as base64: comparing a megabyte element by element takes seconds. */
function asText(files: CaptureFiles) {
  return Object.fromEntries(
    Object.entries(files).map(([file, content]) => [
      file,
      typeof content === 'string' ? content : Buffer.from(content).toString('base64'),
    ]),
  )
}
