/** Whether an operator has listed where this leads: what the service may ask though others have named it. */
export function isListed(origins: readonly string[], url: string): boolean {
  return URL.canParse(url) && origins.includes(new URL(url).origin)
}
