/**
 * All functions by purpose, then errors and types.
 *
 * @module API
 */
export type { IPFamily, SocketAddress } from './kernel/addon';
export { AddonUnavailableError } from './kernel/addon-unavailable';
export {
  type EmbeddedIPv4,
  type EmbeddingKind,
  embeddedIPv4,
  isIPv4Mapped,
  unmapIPv4,
} from './kernel/address';
export { type Reason, SystemError } from './kernel/errors';
export { bindUdp, type OnMessage, type UdpBinding } from './listen/bind-udp';
export type { Missing } from './listen/endpoints';
export { type Listening, listen } from './listen/listen';
export { listeningSockets } from './listen/listening-sockets';
export type { ListenOptions, Required } from './listen/options';
export { setStack } from './listen/set-stack';
export type { Stack } from './listen/stack';
export type { BindUdpOptions } from './listen/udp-options';
export type { UdpMessage, UdpSend, UdpSendCallback } from './listen/udp-send';
export { type PlatformDefaults, platformDefaults } from './machine/defaults';
export { listSockets } from './machine/list-sockets';
export type { ListOptions, SocketFilter } from './machine/socket-filter';
export type { SocketProtocol, SocketRow } from './machine/socket-rows';
export { type BindMatrixOptions, bindMatrix } from './matrix/bind-matrix';
export type { BindAnswer, BindMatrix, BindMatrixBind, BindMatrixRow } from './matrix/bind-outcome';
export { describeSocket, type SocketDescription } from './socket/describe';
export { type PeerAddress, peerAddress, rejectIPv4Mapped } from './socket/peer';
export type { SocketTarget } from './socket/target';
export { getV6Only, setV6Only } from './socket/v6only';
export type { ListeningSocket } from './socket/verify';
