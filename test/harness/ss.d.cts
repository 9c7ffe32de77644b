export interface SsRow {
  kind: 'tcp' | 'udp';
  /** As `ss` spells it: 'LISTEN', 'ESTAB', 'UNCONN'. */
  state: string;
  /** The backlog, of a listener. */
  sendQueue: number;
  /** '[::1]:80', '127.0.0.1:80', '*:80' for a dual-stack wildcard. */
  local: string;
  peer: string;
  /** null for an AF_INET socket, and for what is left of one that has closed. */
  v6Only: 0 | 1 | null;
  text: string;
}

export interface SsQuestion {
  kind?: SsRow['kind'] | undefined;
  port?: number | string | undefined;
  peerPort?: number | undefined;
  family?: 4 | 6;
  /** Not listeners alone. */
  all?: boolean;
}

export function ssRows(question?: SsQuestion): SsRow[];
export function ssV6Only(port: number, kind?: SsRow['kind']): 0 | 1 | null;
