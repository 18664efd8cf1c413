/** The name under which an agent stands in ledgers and traces: whose work it does, and which attempt it is. */
export const agentId = (address: string, attempt: number): string =>
  `agent-${address.split("/").slice(1).join("-")}-${attempt}`;
