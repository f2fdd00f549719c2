/**
 * Builds what pages load: `static/vendor/` from npm packages and `static/dist/` from `static/css` and `static/js`.
 *
 * vendor: Tabler's CSS reduced to the classes that templates, scripts and Python use; htmx; the Inter typeface;
 * and one SVG sprite with the icons that are named somewhere. dist: each `static/js/*.js` bundled by itself and
 * all of `static/css` joined to one sheet, all minified. Each text file gets a `.br` and a `.gz` twin.
 *
 * Nothing is done when no input changed since the last run. `--watch` builds again on every change, `--force`
 * builds in any case. An icon name that Tabler does not have stops the build.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";
import esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const at = (...parts) => path.join(ROOT, ...parts);
const VENDOR = at("static/vendor");
const DIST = at("static/dist");
const STAMP = path.join(DIST, "inputs.sha256");
const SOURCES = [
  ["templates", ".html"],
  ["webapp", ".py"],
  ["static/js", ".js"],
  ["static/css", ".css"],
];
/** Style sheets that come first and last; those of features stand between them in the order of the alphabet. */
const FIRST_SHEETS = ["tokens", "controls", "shell", "components", "feedback"];
const LAST_SHEETS = ["print"];
const FONT_FILES = ["latin", "latin-ext"].map((subset) => `inter-${subset}-wght-normal.woff2`);
const ICON_NAME = /\b(?:icon|draw)(?:\(|=|:)\s*["']([a-z0-9-]+)["']/g;
/** Classes that Tabler's rules need although no file of ours writes them whole. */
const KEPT_CLASSES = [/^alert-(success|info|warning|danger)$/, /^bg-(green|red|yellow|blue|primary|secondary)-lt$/, /^is-invalid$/];
const TARGET = ["chrome123", "firefox128", "safari17.5"];

function filesUnder(folder, ending) {
  if (!fs.existsSync(at(folder))) return [];
  return fs
    .readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

const inputs = () => SOURCES.flatMap(([folder, ending]) => filesUnder(folder, ending));
const read = (file) => fs.readFileSync(file, "utf8");

function fingerprint() {
  const hash = createHash("sha256");
  for (const file of [...inputs(), at("package-lock.json"), fileURLToPath(import.meta.url)]) {
    hash.update(path.relative(ROOT, file)).update("\0").update(fs.readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function writeFile(folder, name, content) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, name), content);
}

/** Our own style sheets use Tabler's variables: those must survive. */
function variablesWeUse() {
  const names = filesUnder("static/css", ".css").flatMap((file) => read(file).match(/--tblr-[a-z0-9-]+/g) ?? []);
  return [...new Set(names)];
}

async function tablerCss() {
  const purger = new PurgeCSS();
  const [{ css }] = await purger.purge({
    content: SOURCES.slice(0, 3).flatMap(([folder, ending]) => filesUnder(folder, ending)).map((file) => ({ raw: read(file), extension: "html" })),
    css: [{ raw: read(at("node_modules/@tabler/core/dist/css/tabler.css")) }],
    defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
    safelist: { standard: KEPT_CLASSES, variables: variablesWeUse() },
    dynamicAttributes: ["data-bs-theme", "aria-current", "aria-invalid", "type", "open"],
    keyframes: true,
    variables: true,
  });
  const { code } = await esbuild.transform(`@layer tabler{${css.replace('@charset "UTF-8";', "")}}`, { loader: "css", minify: true, target: TARGET });
  writeFile(VENDOR, "tabler.css", code);
}

function iconNames() {
  const found = new Map();
  for (const file of SOURCES.slice(0, 3).flatMap(([folder, ending]) => filesUnder(folder, ending))) {
    const text = read(file);
    for (const match of text.matchAll(ICON_NAME)) found.set(match[1], path.relative(ROOT, file));
    if (file.endsWith(".py") && /\bicon\b/.test(text)) iconsInTables(text).forEach((name) => found.set(name, path.relative(ROOT, file)));
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Python that speaks of icons may name them in tables: each text that is the name of an icon counts. */
function iconsInTables(text) {
  return [...text.matchAll(/"([a-z0-9]+(?:-[a-z0-9]+)*)"/g)].map((match) => match[1]).filter((name) => fs.existsSync(iconFile(name)));
}

function iconFile(name) {
  const [folder, base] = name.endsWith("-filled") ? ["filled", name.slice(0, -7)] : ["outline", name];
  return at("node_modules/@tabler/icons/icons", folder, `${base}.svg`);
}

function symbol([name, usedIn]) {
  if (!fs.existsSync(iconFile(name))) throw new Error(`${usedIn} asks for the icon "${name}", which Tabler does not have.`);
  const body = read(iconFile(name)).replace(/<!--[\s\S]*?-->/g, "").match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
  const shapes = body.replace(/<path stroke="none"[^>]*fill="none"\s*\/>/g, "").replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
}

function sprite() {
  writeFile(VENDOR, "icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${iconNames().map(symbol).join("")}</svg>\n`);
}

function copies() {
  fs.mkdirSync(VENDOR, { recursive: true });
  fs.copyFileSync(at("node_modules/htmx.org/dist/htmx.min.js"), path.join(VENDOR, "htmx.js"));
  for (const file of FONT_FILES) fs.copyFileSync(at("node_modules/@fontsource-variable/inter/files", file), path.join(VENDOR, file));
}

function sheetNames() {
  const all = filesUnder("static/css", ".css").map((file) => path.basename(file, ".css"));
  const features = all.filter((name) => !FIRST_SHEETS.includes(name) && !LAST_SHEETS.includes(name));
  return [...FIRST_SHEETS, ...features, ...LAST_SHEETS];
}

async function bundles() {
  const shared = { outdir: DIST, bundle: true, minify: true, target: TARGET, external: ["*.woff2", "*.svg"], legalComments: "none", logLevel: "warning" };
  const scripts = fs.readdirSync(at("static/js")).filter((name) => name.endsWith(".js"));
  await esbuild.build({ ...shared, entryPoints: scripts.map((name) => at("static/js", name)), format: "esm" });
  const contents = sheetNames().map((name) => `@import "./${name}.css";`).join("\n");
  await esbuild.build({ ...shared, stdin: { contents, resolveDir: at("static/css"), loader: "css", sourcefile: "app.css" }, outdir: undefined, outfile: path.join(DIST, "app.css") });
}

function compress(folder) {
  const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } };
  for (const name of fs.readdirSync(folder).filter((file) => /\.(css|js|svg)$/.test(file))) {
    const content = fs.readFileSync(path.join(folder, name));
    writeFile(folder, `${name}.br`, zlib.brotliCompressSync(content, quality));
    writeFile(folder, `${name}.gz`, zlib.gzipSync(content, { level: 9 }));
  }
}

function removeOrphans() {
  const scripts = new Set(filesUnder("static/js", ".js").map((file) => path.basename(file)));
  for (const name of fs.readdirSync(DIST)) {
    const source = name.replace(/\.(br|gz)$/, "");
    if (source.endsWith(".js") && !scripts.has(source)) fs.rmSync(path.join(DIST, name));
  }
}

function report(since) {
  const sizes = [VENDOR, DIST].flatMap((folder) =>
    fs.readdirSync(folder).filter((name) => /\.(br|woff2)$/.test(name)).map((name) => `${name.replace(/\.br$/, "")} ${(fs.statSync(path.join(folder, name)).size / 1024).toFixed(1)}`),
  );
  console.log(`Static files built in ${((Date.now() - since) / 1000).toFixed(1)} s (KB compressed: ${sizes.join(", ")}).`);
}

async function build({ force = false } = {}) {
  const print = fingerprint();
  if (!force && fs.existsSync(STAMP) && read(STAMP) === print) return;
  const started = Date.now();
  copies();
  sprite();
  await Promise.all([tablerCss(), bundles()]);
  removeOrphans();
  [VENDOR, DIST].forEach(compress);
  writeFile(DIST, "inputs.sha256", print);
  report(started);
}

async function watch() {
  for (;;) {
    await build().catch((error) => console.error(error.message));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

try {
  await (process.argv.includes("--watch") ? watch() : build({ force: process.argv.includes("--force") }));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
