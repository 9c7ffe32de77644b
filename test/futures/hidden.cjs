/** Properties that Node's own files see and others do not. */
const net = require('node:net');

// Taken before a test can replace them.
const { defineProperty } = Object;
const { captureStackTrace } = Error;

/** The first frame above `accessor`. */
function frameAbove(accessor) {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder = {};
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_error, frames) => frames;
    captureStackTrace(holder, accessor);
    return holder.stack[0];
  } finally {
    Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  }
}

/** The file and the function that an accessor was read or written from. */
function userOf(accessor) {
  const frame = frameAbove(accessor);
  return { file: frame?.getFileName() ?? '', name: frame?.getFunctionName() ?? '' };
}

const isNodes = ({ file }) => file.startsWith('node:');

/** Hides a property of one object from every file but those that `allowed` accepts; others have one of their own. */
function hideProperty(object, name, allowed) {
  let real = object[name];
  let others;
  defineProperty(object, name, {
    configurable: true,
    enumerable: true,
    get: function get() {
      return allowed(userOf(get).file) ? real : others;
    },
    set: function set(value) {
      if (allowed(userOf(set).file)) real = value;
      else others = value;
    },
  });
}

/** Hides what Node assigns to each net.Server: an accessor of the prototype takes the assignment of the constructor. */
function hideServerField(name, { readable }) {
  const values = new WeakMap();
  defineProperty(net.Server.prototype, name, {
    configurable: true,
    enumerable: true,
    get: function get() {
      return readable || isNodes(userOf(get)) ? values.get(this) : undefined;
    },
    set: function set(value) {
      if (isNodes(userOf(set))) values.set(this, value);
    },
  });
}

/** Replaces a method, which keeps its name, its length and how it is defined. */
function replaceMethod(object, name, make) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  const { value } = descriptor;
  const next = make(value);
  for (const key of ['name', 'length']) defineProperty(next, key, { value: value[key], configurable: true });
  defineProperty(object, name, { ...descriptor, value: next });
}

module.exports = { hideProperty, hideServerField, replaceMethod, userOf };
