// Builds the one page that every report is: `node build.mjs [--out FILE]`.
// Style and script are inlined, so the page opens from a disk, from a mail and from a build server alike.

import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";

const here = dirname(fileURLToPath(import.meta.url));
const asked = process.argv.indexOf("--out");
const target = asked > 0 ? process.argv[asked + 1] : join(here, "..", "viewer.html");
if (!target) {
  console.error("build.mjs: --out wants the name of a file after it.");
  process.exit(2);
}

const MARKS = ["<!--journeyproof:csp-->", "<!--journeyproof:data-->"];

// Indentation inside of templates would be carried into the page; htm drops it there anyway.
const unindented = {
  name: "unindented",
  setup(builder) {
    builder.onLoad({ filter: /viewer\/src\/.*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return { contents: source.replace(/\n[ \t]+/g, "\n"), loader: "js" };
    });
  },
};

async function bundle() {
  const built = await build({
    absWorkingDir: here,
    entryPoints: ["src/main.js"],
    outdir: "out",
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    plugins: [unindented],
    logLevel: "warning",
  });
  const text = (ending) => built.outputFiles.find((file) => file.path.endsWith(ending))?.text ?? "";
  return { script: text(".js").trim(), style: text(".css").trim() };
}

// Inside a page, `</script`, `<script` and `<!--` would change how the rest is read. They occur only in
// strings, where the escape means the same; parsing the outcome proves that nothing else was touched.
function safeScript(script) {
  const safe = script.replace(/<(?=\/script|script|!--)/gi, "\\x3C");
  new Script(safe);
  return safe;
}

function safeStyle(style) {
  if (/<\/style/i.test(style)) throw new Error("the style holds </style, which would end it early");
  return style;
}

function put(shell, mark, text) {
  if (shell.split(mark).length !== 2) throw new Error(`src/page.html must hold ${mark} exactly once`);
  return shell.replace(mark, () => text);
}

// What the licences of the libraries inside ask for: their names, who wrote them, and the terms.
const INSIDE = ["preact", "@preact/signals", "@preact/signals-core", "uplot", "htm"];

async function notices() {
  const told = [];
  for (const name of INSIDE) {
    const folder = join(here, "node_modules", ...name.split("/"));
    const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const text = (await readFile(join(folder, "LICENSE"), "utf8")).trim();
    // The Apache licence is that of journeyproof itself, whose LICENSE has its text.
    const copyright = text.match(/^\s*Copyright (?!\[yyyy\])\S.*$/m)?.[0].trim() ?? "";
    told.push(`${name} ${version}, ${license}\n${license === "Apache-2.0" ? copyright : text}`);
  }
  return `Inside this page:\n\n${told.join("\n\n")}`.replace(/--/g, "- -").replace(/https?:\/\//g, "");
}

const { script, style } = await bundle();
let page = await readFile(join(here, "src", "page.html"), "utf8");
page = put(page, "/*style*/", safeStyle(style));
page = put(page, "/*script*/", safeScript(script));
page = put(page, "notices", await notices());
for (const mark of MARKS) {
  if (page.split(mark).length !== 2) throw new Error(`the page must hold ${mark} exactly once`);
}
await writeFile(target, page);
console.log(`${target}: ${(Buffer.byteLength(page) / 1000).toFixed(0)} kB`);
