/**
 * What several reads show together, as it stood at one moment: they are made again until nothing has changed in
 * between. A transaction would keep all writers waiting for somebody who only looks.
 *
 * What is read must not come back as it was unseen: something in it that a change always changes.
 */
export async function atOneMoment<T>(read: () => Promise<T>): Promise<T> {
  let before = await read()
  for (;;) {
    const now = await read()
    if (JSON.stringify(now) === JSON.stringify(before)) return now
    before = now
  }
}
