/**
 * Goes through the contract, form by form, and prints a line of JSON for each: a name and a result in few words.
 *     node contract.cjs listen|stack|arguments|read|register|cluster
 */
const cluster = require('node:cluster');
const { record } = require('./contract-trial.cjs');

const warnings = [];
process.on('warning', ({ name, code, message }) => warnings.push(`${name} ${code ?? message}`));

const [group] = process.argv.slice(2);
require(`./contract-${group}.cjs`)
  .run()
  // A warning is emitted in a later tick.
  .then(() => setTimeout(() => cluster.isPrimary && record('warnings', warnings.join(', ') || 'none'), 10));
