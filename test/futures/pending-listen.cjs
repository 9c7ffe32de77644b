/** A second `listen()` throws while the first is under way (proposed as nodejs/node#64871), where Node supersedes. */
const net = require('node:net');
const { replaceMethod } = require('./hidden.cjs');

const pending = new WeakSet();

function alreadyListening() {
  const error = new Error('Listen method has been called more than once without closing.');
  error.code = 'ERR_SERVER_ALREADY_LISTEN';
  return error;
}

function refuseSecondListen() {
  replaceMethod(net.Server.prototype, 'listen', (next) => {
    return function listen(...args) {
      if (pending.has(this) && !this.listening) throw alreadyListening();
      const result = Reflect.apply(next, this, args);
      if (!this.listening) pending.add(this);
      return result;
    };
  });
  replaceMethod(net.Server.prototype, 'close', (next) => {
    return function close(...args) {
      pending.delete(this);
      return Reflect.apply(next, this, args);
    };
  });
  forgetAtTheEnd();
}

/** A listen has ended when Node says so; before any listener hears of it. */
function forgetAtTheEnd() {
  const { emit } = net.Server.prototype;
  net.Server.prototype.emit = {
    emit(name, ...args) {
      if (name === 'error' || name === 'listening') pending.delete(this);
      return Reflect.apply(emit, this, [name, ...args]);
    },
  }.emit;
}

module.exports = { refuseSecondListen };
