export {
  type EmbeddedIPv4,
  type EmbeddingKind,
  embeddedIPv4,
  isIPv4Mapped,
  unmapIPv4,
} from './kernel/address';
