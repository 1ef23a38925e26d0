// Asks the app for JSON, and turns its refusals into words that say what to do.
export class LostError extends Error {
  constructor() {
    super("The app does not answer: the connection is lost, or it is restarting.");
    this.spoken = true;
  }
}

export class RefusedError extends Error {
  constructor(status, problem) {
    super([problem.detail, problem.hint].filter(Boolean).map(sentence).join(" ") || `The app answers ${status}.`);
    this.status = status;
    this.spoken = true;
  }
}

export async function post(address, csrf, body) {
  let response;
  try {
    response = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf },
      body: JSON.stringify(body ?? {}),
    });
  } catch {
    throw new LostError();
  }
  const answer = await response.json().catch(() => ({}));
  if ([502, 503, 504].includes(response.status) && !answer.detail) throw new LostError();
  if (!response.ok) throw new RefusedError(response.status, answer);
  return answer;
}

function sentence(text) {
  const begun = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
