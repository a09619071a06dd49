interface Query {
  readonly args: readonly unknown[]
}
interface Transaction {
  executeRaw(query: Query): Promise<unknown>
}
interface Adapter {
  startTransaction(level?: never): Promise<Transaction>
}

/**
 * Prisma keeps the newest hundred statements with their values for whoever debugs it. Where each holds megabytes, that is
 * what fills the memory: here it keeps them without.
 */
export function forgetting<A extends Adapter>(adapter: A): A {
  const { startTransaction } = adapter
  adapter.startTransaction = async (level) => {
    const transaction = await startTransaction.call(adapter, level)
    const { executeRaw } = transaction
    transaction.executeRaw = async (query) => {
      const args = [...query.args]
      try {
        return await executeRaw.call(transaction, { ...query, args })
      } finally {
        args.length = 0
      }
    }
    return transaction
  }
  return adapter
}
