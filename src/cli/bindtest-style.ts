/**
 * The style of the page. The colors are from Okabe and Ito (Color Universal Design, 2008), distinguishable with any kind
 * of color blindness; every cell also has a symbol.
 */
export const STYLE: string = `
:root { --page: #fff; --text: #1b1f24; --soft: #59636e; --line: #d4d9df; --refused: #e3e6ea; --cross: #59636e;
  --first: #0072b2; --on-first: #fff; --second: #e69f00; --on-second: #000; --either: #cc79a7; --on-either: #000; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161b; --text: #e6e9ed; --soft: #a3adb8; --line: #3a424c; --refused: #272d35; --cross: #a3adb8;
    --first: #56b4e9; --on-first: #000; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 20px 12px 40px; max-width: 1360px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { margin: 0; font-size: 26px; line-height: 1.2; }
h2 { margin: 36px 0 8px; font-size: 20px; }
h3 { margin: 20px 0 0; font-size: 16px; }
p { margin: 8px 0; max-width: 75ch; }
.machine, footer { color: var(--soft); }
.legend { margin-top: 16px; padding: 4px 14px 12px; border: 1px solid var(--line); border-radius: 8px; }
.legend ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 8px 20px;
  margin: 8px 0 0; padding: 0; list-style: none; }
.legend li { display: flex; align-items: center; gap: 10px; line-height: 1.3; }
.sample { flex: none; }
.together { white-space: nowrap; }
.grids { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 374px), 1fr)); gap: 24px 32px; }
figure { margin: 8px 0 0; max-width: 520px; overflow-x: auto; }
figure svg { display: block; width: 100%; min-width: 350px; }
figcaption { margin-bottom: 6px; font-weight: 600; }
svg text { font-size: 10px; fill: var(--text); }
svg .axis { fill: var(--soft); }
svg .symbol { font-size: 14px; font-weight: 700; text-anchor: middle; }
.first { fill: var(--first); } svg .on-first { fill: var(--on-first); }
.second { fill: var(--second); } svg .on-second { fill: var(--on-second); }
.either { fill: var(--either); } svg .on-either { fill: var(--on-either); }
.nobody, .impossible { fill: none; stroke: var(--line); }
.impossible { stroke-dasharray: 3 2; }
svg .on-nobody, svg .impossible-symbol { fill: var(--soft); }
.refused { fill: var(--refused); }
.cross { fill: none; stroke: var(--cross); stroke-width: 2.2; stroke-linecap: round; }
.faded { opacity: .22; }
table { border-collapse: collapse; }
th, td { padding: 4px 16px 4px 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; font-size: 14px; }
.defaults th { font-weight: 400; color: var(--soft); }
.wide { overflow-x: auto; }
.wide td { white-space: nowrap; }
summary { margin-top: 12px; cursor: pointer; }
`;
