// JSON of strangers (RFC 8259). Unlike JSON.parse it refuses a key that occurs twice, since readers
// differ in which of the two they take, and so in what they would verify; and integers are BigInts,
// so that none is rounded.
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const MOST_DIGITS = 4300; // far more than any field takes
const WORDS = { true: true, false: false, null: null };

export function parseJSON(text) {
  const reader = new Reader(text);
  const value = reader.value();
  reader.skip();
  if (reader.at !== text.length) reader.fail("something follows the value");
  return value;
}

// Nesting was bounded before, so that recursion is too.
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  value() {
    this.skip();
    const first = this.text[this.at];
    if (first === "{") return this.object();
    if (first === "[") return this.list();
    if (first === '"') return this.string();
    for (const [word, value] of Object.entries(WORDS)) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  object() {
    const found = new Map();
    this.items("}", () => {
      this.skip();
      const key = this.string();
      if (found.has(key)) this.fail("a key occurs twice in one object");
      this.skip();
      this.expect(":");
      found.set(key, this.value());
    });
    return found;
  }

  list() {
    const found = [];
    this.items("]", () => found.push(this.value()));
    return found;
  }

  items(end, take) {
    this.at += 1;
    this.skip();
    if (this.text[this.at] === end) {
      this.at += 1;
      return;
    }
    for (;;) {
      take();
      this.skip();
      if (this.text[this.at] === end) break;
      this.expect(",");
    }
    this.at += 1;
  }

  string() {
    if (this.text[this.at] !== '"') this.fail("expected a text");
    let end = this.text.indexOf('"', this.at + 1);
    const plain = this.text.slice(this.at + 1, end);
    if (end >= 0 && !plain.includes("\\")) {
      // eslint-disable-next-line no-control-regex -- they are what is looked for (RFC 8259, 7)
      if (/[\u0000-\u001f]/.test(plain)) this.fail("a control character in a text");
      this.at = end + 1;
      return plain;
    }
    end = this.at + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === "\\" ? 2 : 1;
    const quoted = this.text.slice(this.at, end + 1);
    this.at = end + 1;
    try {
      return JSON.parse(quoted);
    } catch {
      return this.fail("a malformed text");
    }
  }

  number() {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (!found) this.fail("expected a value");
    const [digits, fraction, exponent] = found;
    if (digits.length > MOST_DIGITS) this.fail("a number of too many digits");
    this.at += digits.length;
    return fraction || exponent ? Number(digits) : BigInt(digits);
  }

  skip() {
    SPACE.lastIndex = this.at;
    this.at += SPACE.exec(this.text)[0].length;
  }

  expect(character) {
    if (this.text[this.at] !== character) this.fail(`expected ${character}`);
    this.at += 1;
  }

  fail(reason) {
    throw new SyntaxError(`${reason} (character ${this.at})`);
  }
}
