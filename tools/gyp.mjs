// What node-gyp knows about the addon, for compilers that are run without it: prebuild.mjs, fuzzers.mjs, instrumented.mjs.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systems } from './targets.mjs';

const ROOT = dirname(import.meta.dirname);

/** binding.gyp is a Python literal: JSON plus comments, single quotes and commas before a closing bracket. */
function parseGyp(text) {
  const json = text.replace(/#.*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|,(?=\s*[\]}])/g, (token) => {
    if (token[0] === "'") return JSON.stringify(token.slice(1, -1));
    return token[0] === '"' ? token : '';
  });
  return JSON.parse(json).targets[0];
}

/** The sources and definitions of one system, from the text of binding.gyp. */
export function readGyp(text, system) {
  const gyp = parseGyp(text);
  const parts = [gyp];
  for (const [condition, part] of gyp.conditions) {
    const [, operator, os] = /^OS(==|!=)'(\w+)'$/.exec(condition) ?? [];
    if (os === undefined) throw new Error(`binding.gyp: cannot evaluate ${condition}`);
    if ((os === systems[system].gyp) === (operator === '==')) parts.push(part);
  }
  return {
    sources: parts.flatMap((part) => part.sources ?? []),
    defines: parts.flatMap((part) => part.defines ?? []).map((define) => `-D${define}`),
  };
}

/** The headers of this Node and of node-addon-api, as options of a compiler. */
export function includeFolders() {
  const beside = [process.env.npm_config_nodedir, dirname(dirname(process.execPath))]
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, 'include/node'))
    .find((folder) => existsSync(join(folder, 'node_api.h')));
  if (beside === undefined) throw new Error(`no include/node/node_api.h beside ${process.execPath}`);
  return [beside, join(ROOT, 'node_modules/node-addon-api')].flatMap((folder) => ['-isystem', folder]);
}
