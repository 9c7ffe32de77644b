/** Flags of dgram's handles (uv.h, enum uv_udp_flags). */
export const UV_UDP_IPV6ONLY = 1;
export const UV_UDP_REUSEADDR = 4;
export const UV_UDP_REUSEPORT = 512;
