// Where a proof comes from: this server, asked by CID, or a file of the visitor's.
import { InputError } from "./trust.js";

const CID = /^baf[a-z2-7]{5,56}$/;
const CID_IN_A_LINK = /(?:^|[/=])(baf[a-z2-7]{5,56})(?:[/?#&.]|$)/;
const FULL_LENGTH = 59;

export function cidIn(text) {
  const given = text.trim();
  const found = CID.test(given) ? given : CID_IN_A_LINK.exec(given)?.[1];
  if (!found) {
    throw new InputError("cid", "That is no CID of a record, and no link to one: it begins with baf.");
  }
  return found;
}

// The proof that the server makes of a record. Nothing of it is believed.
export async function fromServer(cid, address) {
  let response;
  try {
    response = await fetch(address.replace("CID", cid), { headers: { Accept: "application/json" } });
  } catch {
    throw new InputError("cid", "This server cannot be reached. A proof file needs no server.");
  }
  if (!response.ok) throw new InputError("cid", await reasonOf(response));
  const raw = new Uint8Array(await response.arrayBuffer());
  return { raw, expectedCid: asked(cid, raw), origin: "the proof that this server sent" };
}

export async function fromFile(file) {
  const raw = new Uint8Array(await file.arrayBuffer());
  return { raw, expectedCid: null, origin: `the file ${file.name}` };
}

export const fromText = (text) => ({
  raw: new TextEncoder().encode(text),
  expectedCid: null,
  origin: "the text that you pasted",
});

// The beginning of a CID stands for any record whose name begins so; a whole one for itself alone.
function asked(cid, raw) {
  if (cid.length === FULL_LENGTH) return cid;
  const named = /"cid":\s*"([a-z2-7]{59})"/.exec(new TextDecoder().decode(raw.slice(0, 4096)))?.[1];
  return named?.startsWith(cid) ? named : cid;
}

async function reasonOf(response) {
  try {
    const { detail, hint } = await response.json();
    return `The server says: ${detail} ${hint ?? ""}`.trim();
  } catch {
    return `The server answers ${response.status}, and has no proof of it.`;
  }
}
