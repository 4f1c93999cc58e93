// Requests to the gateway. Every answer that is not a success becomes an `ApiError` with the sentence
// that the gateway gave.

export class ApiError extends Error {
  constructor(status, message, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

const PATIENCE = 10_000;
let token = null;

/** The token that every request which changes something carries. */
export function useToken(csrf) { token = csrf; }

export const get = (path) => ask('GET', path);
export const post = (path, body) => ask('POST', path, body);
export const remove = (path) => ask('DELETE', path);

async function ask(method, path, body) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && token) headers['X-CSRF-Token'] = token;
  const answer = await fetch(`/api/v1/${path}`, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body),
    credentials: 'same-origin', signal: AbortSignal.timeout(PATIENCE),
  });
  let said = {};
  try { said = await answer.json(); } catch { /* an answer without a body */ }
  if (!answer.ok) {
    throw new ApiError(answer.status, said.error || `${answer.status} ${answer.statusText}`,
      said.retryAfter || 0);
  }
  return said;
}
