/** `v6only doctor`: what this machine and this runtime do with IPV6_V6ONLY, and any problems. */
import { addon, manifest } from '../kernel/addon';
import { type PlatformDefaults, platformDefaults } from '../machine/defaults';
import { currentRuntime } from '../runtime/support';
import { describeDefaults } from './defaults-text';
import { cannotMeasure, type Finding, findingsOf } from './findings';
import { localhost, type Prospect, prospects } from './prospects';
import { paragraph, type Screen, visible } from './text-table';

export interface DoctorReport {
  ok: boolean;
  /** Of this package. */
  version: string;
  platform: string;
  runtime: { name: string; version: string };
  defaults: PlatformDefaults | null;
  /** What this package's calls do here. */
  calls: Prospect[];
  /** The addresses of localhost, in the resolver's order. */
  localhost: string[];
  findings: Finding[];
}

type Measured = Pick<DoctorReport, 'defaults' | 'calls' | 'localhost' | 'findings'>;

export async function examine(): Promise<DoctorReport> {
  const measured = await measure();
  return {
    ok: measured.findings.every(({ severity }) => severity === 'note'),
    version: String(manifest().version),
    platform: process.platform,
    runtime: { name: currentRuntime().name, version: process.version },
    ...measured,
  };
}

async function measure(): Promise<Measured> {
  try {
    addon();
    const defaults = platformDefaults();
    const calls = prospects(defaults);
    const addresses = await localhost();
    return { defaults, calls, localhost: addresses, findings: findingsOf(defaults, addresses) };
  } catch (error) {
    return { defaults: null, calls: [], localhost: [], findings: [cannotMeasure(error)] };
  }
}

export function formatDoctor(report: DoctorReport, screen: Screen): string {
  const { platform, runtime, defaults, findings } = report;
  const system = `${platform}${defaults === null ? '' : ` ${defaults.release}`}`;
  const lines = [`v6only doctor: v6only v${report.version}, ${runtime.name} ${runtime.version}, ${system}`];
  if (defaults !== null) {
    lines.push('', ...rows(describeDefaults(defaults), screen), '', ...rows(outlook(report), screen));
  }
  for (const { severity, message, remedy } of findings) {
    const remedyLines = paragraph(remedy, screen, '  ').map((line, at) => (at === 0 ? `  ${line}` : line));
    lines.push('', ...paragraph(`${severity}: ${visible(message)}`, screen), ...remedyLines);
  }
  lines.push('', report.ok ? 'No problems found.' : 'Problems found; see above.');
  return `${lines.join('\n')}\n`;
}

function outlook({ calls, localhost: addresses }: DoctorReport): [name: string, value: string][] {
  const known = addresses.map(visible);
  return [
    ...calls.map(({ call, result }): [string, string] => [call, result]),
    ["a stock server.listen(port, 'localhost')", known[0] === undefined ? 'an error' : `${known[0]} only`],
    ['localhost', known.join(', ') || 'cannot be resolved'],
  ];
}

/** As wide as the widest name of both blocks. */
const NAME_WIDTH = 40;

function rows(named: readonly [name: string, value: string][], screen: Screen): string[] {
  return named.flatMap(([name, value]) => {
    const start = `  ${name.padEnd(NAME_WIDTH)}  `;
    const [first = '', ...rest] = paragraph(value, screen, ' '.repeat(start.length));
    return [start + first, ...rest];
  });
}
