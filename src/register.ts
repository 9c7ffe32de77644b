/** `node --import v6only/register app.js` with V6ONLY_STACK=ipv6|dual|split|system. */
import { installPolicy } from './listen/policy';

const stack = process.env['V6ONLY_STACK'];
if (stack !== undefined && stack !== '') installPolicy(stack);
