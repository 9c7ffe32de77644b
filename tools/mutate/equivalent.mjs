/**
 * Mutants that nobody can notice from outside, and why; by file, and by the lines before and after. A row that no
 * longer meets its lines fails the run, and so does a mutant without a row.
 */
const SHORT_CUT = 'A short cut to an answer that the lines after it give too; it saves time only.';
const ONE_SOCKET = 'A narrowing for the compiler: without any socket opening has thrown before.';
const TYPES = 'Narrows the type for the compiler; what it lets through is refused by what follows.';

const mappedPrefix =
  "if (!address.startsWith(COMMON_PREFIX) || address.includes(':', COMMON_PREFIX.length)) return null;";
const commonTail = 'function commonTail(address: string): string | null {';
const perCharacter = 'if ((address.charCodeAt(index) | LOWER_CASE) !== LETTER_F) return false;';

export const EQUIVALENT = {
  'src/address.ts': [
    {
      why: SHORT_CUT,
      was: "const COMMON_PREFIX = '::ffff:';",
      becomes: ['const COMMON_PREFIX = "";'],
    },
    { why: SHORT_CUT, was: "if (address === '::') return true;", becomes: ['if (false) return true;'] },
    {
      why: SHORT_CUT,
      was: `${commonTail} ${mappedPrefix} const tail = address.slice(COMMON_PREFIX.length); return isIPv4(tail) ? tail : null; }`,
      becomes: [`${commonTail}}`],
    },
    {
      why: SHORT_CUT,
      was: mappedPrefix,
      becomes: [
        'if (true) return null;',
        'if (false) return null;',
        "if (!address.startsWith(COMMON_PREFIX) && address.includes(':', COMMON_PREFIX.length)) return null;",
        "if (address.startsWith(COMMON_PREFIX) || address.includes(':', COMMON_PREFIX.length)) return null;",
        "if (!address.endsWith(COMMON_PREFIX) || address.includes(':', COMMON_PREFIX.length)) return null;",
        'if (!address.startsWith(COMMON_PREFIX) || address.includes("", COMMON_PREFIX.length)) return null;',
      ],
    },
    {
      why: SHORT_CUT,
      was: 'const tail = address.slice(COMMON_PREFIX.length);',
      becomes: ['const tail = address;'],
    },
    {
      why: SHORT_CUT,
      was: `for (const end = index + 4; index < end; index++) { ${perCharacter} }`,
      becomes: ['for (const end = index + 4; index < end; index++) {}'],
    },
    {
      why: SHORT_CUT,
      was: perCharacter,
      becomes: [
        'if (false) return false;',
        'if ((address.charCodeAt(index) | LOWER_CASE) !== LETTER_F) return true;',
      ],
    },
    {
      why: SHORT_CUT,
      was: 'return address.charCodeAt(index) === COLON;',
      becomes: ['return true;'],
    },
  ],
  'src/address-groups.ts': [
    {
      why: 'What begins with % is no address, whether nothing or all of it is read.',
      was: 'const end = zone < 0 ? address.length : zone;',
      becomes: ['const end = zone <= 0 ? address.length : zone;'],
    },
    {
      why: 'Without it a text of any length is read to its end, and refused then.',
      was: 'if (end > LONGEST) return false;',
      becomes: ['if (false) return false;'],
    },
    {
      why: 'Of what has no zone net.isIPv6 says the same, as the tests hold; an empty text before a zone was refused.',
      was: 'return spread(count, gap) && (zone < 0 || isIPv6(address));',
      becomes: [
        'return spread(count, gap) && (false || isIPv6(address));',
        'return spread(count, gap) && (zone <= 0 || isIPv6(address));',
      ],
    },
    {
      why: 'What is written beyond the end of a typed array is lost.',
      was: 'for (let index = GROUPS - 1; index >= gap; index--) {',
      becomes: ['for (let index = GROUPS + 1; index >= gap; index--) {'],
    },
  ],
  'src/address-text.ts': [
    {
      why: 'An array of no length grows as it is filled.',
      was: 'readonly #texts = new Array<string | undefined>(KEPT);',
      becomes: ['readonly #texts = new Array();'],
    },
  ],
  'src/known-options.ts': [
    {
      why: 'The undefined of an empty block is false to whoever asks.',
      was: '} catch { return false; }',
      becomes: ['} catch {}'],
    },
  ],
  'src/listen-options.ts': [
    {
      why: TYPES,
      was: "return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;",
      becomes: ['return true && Number.isInteger(value) && value >= 0 && value <= max;'],
    },
  ],
  'src/contender.ts': [
    {
      why: 'Neither descriptor is a socket with a port.',
      was: 'const info = addon().describe(this.#fd ?? -1);',
      becomes: ['const info = addon().describe(this.#fd ?? +1);'],
    },
    {
      why: 'A number has no local, and what was opened here has one.',
      was: "return typeof info === 'number' ? 0 : (info.local?.port ?? 0);",
      becomes: [
        'return false ? 0 : (info.local?.port ?? 0);',
        'return typeof info === "" ? 0 : (info.local?.port ?? 0);',
        "return typeof info === 'number' ? 0 : (info.local.port ?? 0);",
      ],
    },
    {
      why: 'Of a descriptor that Node is given, the kind shows in nothing that is read here.',
      was: "const socket = createSocket(this.#options.bind.family === 'IPv6' ? 'udp6' : 'udp4');",
      becomes: [
        "const socket = createSocket(true ? 'udp6' : 'udp4');",
        "const socket = createSocket(false ? 'udp6' : 'udp4');",
        "const socket = createSocket(this.#options.bind.family !== 'IPv6' ? 'udp6' : 'udp4');",
        "const socket = createSocket(this.#options.bind.family === \"\" ? 'udp6' : 'udp4');",
      ],
    },
    {
      why: 'The addon closes nothing for what is no descriptor.',
      was: 'if (this.#fd !== null) addon().close(this.#fd);',
      becomes: ['if (true) addon().close(this.#fd);'],
    },
  ],
  'src/listen-plan.ts': [
    {
      why: ONE_SOCKET,
      was: 'if (main !== undefined) giveHandle(this.#server, main.socket);',
      becomes: ['if (true) giveHandle(this.#server, main.socket);'],
    },
    { why: ONE_SOCKET, was: 'if (main === undefined) return;', becomes: ['if (false) return;'] },
    {
      why: ONE_SOCKET,
      was: 'if (main !== undefined) takeWithPort(main.socket, main.port, () => reply(0, main.socket));',
      becomes: ['if (true) takeWithPort(main.socket, main.port, () => reply(0, main.socket));'],
    },
  ],
  'src/v6only.ts': [
    {
      why: 'A number has a descriptor, and does not come here.',
      was: "const memory = typeof target === 'object' ? recall(target) : undefined;",
      becomes: ['const memory = true ? recall(target) : undefined;'],
    },
  ],
};
