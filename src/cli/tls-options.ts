import type { Command } from 'commander'

/** What every command takes that connects to the service. */
export interface TlsOptions {
  readonly ca?: string
  readonly clientCert?: string
  readonly clientKey?: string
}

export function withTlsOptions(command: Command): Command {
  return command
    .option('--ca <file>', "who signs the service's certificate, and nobody else (env: BERTH_CA_FILE)")
    .option('--client-cert <file>', 'certificate to show to the service (env: BERTH_CLIENT_CERT_FILE)')
    .option('--client-key <file>', 'its key (env: BERTH_CLIENT_KEY_FILE)')
}
