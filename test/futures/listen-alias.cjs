/**
 * `net.Server.prototype._listen2`, deprecated (27) or removed (28).
 *
 * Today Node itself calls it. So that it goes on, a mask stands before it on each server that listens: an own accessor,
 * from the call of `listen` until Node has read it, which may be after a look-up or the answer of a cluster primary.
 * Node gets what the later one would run; everybody else sees what would be there without the mask.
 */
const net = require('node:net');
const { deprecate } = require('node:util');
const { replaceMethod, userOf } = require('./hidden.cjs');

// Taken before they are replaced below.
const { defineProperty: define, getOwnPropertyDescriptor: describe, getPrototypeOf } = Object;
const { apply, defineProperty: tryToDefine } = Reflect;

const NAME = '_listen2';
const setup = net.Server.prototype[NAME];
const masks = new WeakMap();

const READERS = new Set(['listenInCluster', 'listenOnPrimaryHandle']);
const isNode = ({ file, name }) => file === 'node:net' && READERS.has(name);

function plain(value) {
  return { value, writable: true, configurable: true, enumerable: true };
}

class Mask {
  #server;
  /** What there would be without the mask. */
  #behind;
  #get;

  /** `choose` says what Node runs where others see `override`. */
  constructor(server, choose) {
    const mask = this;
    this.#server = server;
    this.#behind = describe(server, NAME);
    this.#get = function get() {
      const override = mask.#seen();
      if (!isNode(userOf(get))) return override;
      mask.lift();
      return choose(override);
    };
  }

  /** Puts it in place, unless the object is frozen or the like. */
  wear() {
    const enumerable = this.#behind?.enumerable ?? false;
    const set = (value) => this.define(plain(value));
    const worn = tryToDefine(this.#server, NAME, { configurable: true, enumerable, get: this.#get, set });
    if (worn) masks.set(this.#server, this);
    return worn;
  }

  #seen() {
    if (this.#behind === undefined) return getPrototypeOf(this.#server)?.[NAME];
    return 'value' in this.#behind ? this.#behind.value : apply(this.#behind.get, this.#server, []);
  }

  /** What others define meanwhile goes behind it. */
  define(descriptor) {
    const absent = { writable: false, enumerable: false };
    this.#behind = { ...(this.#behind ?? absent), ...descriptor, configurable: true };
  }

  get isWorn() {
    return masks.get(this.#server) === this && describe(this.#server, NAME)?.get === this.#get;
  }

  lift() {
    const { isWorn } = this;
    if (masks.get(this.#server) === this) masks.delete(this.#server);
    if (!isWorn) return;
    delete this.#server[NAME];
    if (this.#behind !== undefined) define(this.#server, NAME, this.#behind);
  }
}

/** The mask of a server whose listen begins; undefined where none can be put. */
function maskOf(server, choose) {
  const known = masks.get(server);
  if (known?.isWorn) return known;
  if (describe(server, NAME)?.configurable === false) return undefined;
  const mask = new Mask(server, choose);
  return mask.wear() ? mask : undefined;
}

function maskEveryListen(choose) {
  replaceMethod(net.Server.prototype, 'listen', (next) => {
    return function listen(...args) {
      const mask = maskOf(this, choose);
      let underWay = false;
      try {
        const result = apply(next, this, args);
        underWay = !this.listening;
        return result;
      } finally {
        if (!underWay) mask?.lift();
      }
    };
  });
  keepMasksInFront();
}

function keepMasksInFront() {
  const behind = (object, name, descriptor) => {
    const mask = name === NAME ? masks.get(object) : undefined;
    mask?.define(descriptor);
    return mask !== undefined;
  };
  replaceMethod(Object, 'defineProperty', (next) => (object, name, descriptor) => {
    return behind(object, name, descriptor) ? object : next(object, name, descriptor);
  });
  replaceMethod(Reflect, 'defineProperty', (next) => (object, name, descriptor) => {
    return behind(object, name, descriptor) || next(object, name, descriptor);
  });
}

/** A Node that has come so far needs none of it. */
const isThere = typeof setup === 'function';

/** As merged for Node 27 (nodejs/node#64794): Node calls an override; only the alias itself warns. */
function deprecateAlias() {
  if (!isThere) return;
  const message = 'Server.prototype._listen2 is deprecated. Use Server.prototype.listen() instead.';
  const alias = deprecate(setup, message, 'DEP0208');
  net.Server.prototype[NAME] = alias;
  maskEveryListen((override) => (override === alias || override === undefined ? setup : override));
}

/** No override is called, on an instance, a subclass or the prototype, however it was put there. */
function removeAlias() {
  if (!isThere) return;
  let others;
  define(net.Server.prototype, NAME, {
    configurable: true,
    enumerable: false,
    // Node comes this way where somebody has deleted a mask.
    get: function get() {
      return isNode(userOf(get)) ? setup : others;
    },
    set(value) {
      if (this === net.Server.prototype) others = value;
      else define(this, NAME, plain(value));
    },
  });
  maskEveryListen(() => setup);
}

module.exports = { deprecateAlias, removeAlias };
