/** The path in `file:berth.db`, `file:/var/lib/berth.db` or `file:///var/lib/berth.db`. */
export function databaseFile(url: string): string {
  const path = url.replace(/^file:(\/\/(?=\/))?/, '').replace(/\?.*$/, '')
  return decodeURIComponent(path)
}

/** Whether several replicas may share what is at `url`. */
export function isPostgresql(url: string): boolean {
  return /^postgres(ql)?:/.test(url)
}
