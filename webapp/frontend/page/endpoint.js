// JSON-RPC over HTTP, in the form of EIP-1193: ({ method, params }) => Promise of the result.
import { NodeError } from "../verify/answers.js";

const TIMEOUT_MS = 30_000;

// The endpoint gave no answer that this page may read.
export class UnreachableError extends NodeError {}

// What JSON-RPC calls an error: the node understood, and refuses.
export class RefusedError extends NodeError {
  constructor({ code, message }) {
    super(String(message ?? "no reason given"));
    this.code = code;
  }
}

export function httpEndpoint(url) {
  let id = 0;
  return async ({ method, params }) => {
    id += 1;
    const answer = await posted(url, JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    if (answer?.error) throw new RefusedError(answer.error);
    if (!answer || answer.result === undefined) {
      throw new NodeError(`the answer to ${method} is not JSON-RPC`);
    }
    return answer.result;
  };
}

async function posted(url, body) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new UnreachableError(error.message);
  }
  try {
    return await response.json();
  } catch {
    throw new UnreachableError(`it answers ${response.status}, and not in JSON`);
  }
}
