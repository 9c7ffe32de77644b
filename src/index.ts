export { type PlatformDefaults, platformDefaults } from './defaults';
export { describeSocket, type IPFamily, type SocketDescription } from './describe';
export { type Reason, SystemError } from './errors';
export type { SocketTarget } from './target';
export { getV6Only, setV6Only } from './v6only';
