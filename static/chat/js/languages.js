// The programming languages that code can be highlighted in: how each is loaded (the path is
// written out, so that static files get their hashed names), the extension of its files, other
// names that it goes by, and the languages found inside of it.

export const LANGUAGES = {
  bash: {
    load: () => import("../../vendor/highlight/languages/bash.js"),
    extension: "sh",
    also: "sh zsh",
  },
  c: { load: () => import("../../vendor/highlight/languages/c.js"), extension: "c", also: "h" },
  clojure: {
    load: () => import("../../vendor/highlight/languages/clojure.js"),
    extension: "clj",
    also: "clj edn",
  },
  cmake: { load: () => import("../../vendor/highlight/languages/cmake.js"), extension: "cmake" },
  cpp: {
    load: () => import("../../vendor/highlight/languages/cpp.js"),
    extension: "cpp",
    also: "cc c++ h++ hpp hh hxx cxx",
  },
  csharp: {
    load: () => import("../../vendor/highlight/languages/csharp.js"),
    extension: "cs",
    also: "cs c#",
  },
  css: { load: () => import("../../vendor/highlight/languages/css.js"), extension: "css" },
  dart: { load: () => import("../../vendor/highlight/languages/dart.js"), extension: "dart" },
  diff: {
    load: () => import("../../vendor/highlight/languages/diff.js"),
    extension: "diff",
    also: "patch",
  },
  dockerfile: {
    load: () => import("../../vendor/highlight/languages/dockerfile.js"),
    extension: "dockerfile",
    also: "docker",
    holds: "bash",
  },
  dos: {
    load: () => import("../../vendor/highlight/languages/dos.js"),
    extension: "bat",
    also: "bat batch cmd",
  },
  elixir: {
    load: () => import("../../vendor/highlight/languages/elixir.js"),
    extension: "ex",
    also: "ex exs",
  },
  erlang: {
    load: () => import("../../vendor/highlight/languages/erlang.js"),
    extension: "erl",
    also: "erl",
  },
  fortran: {
    load: () => import("../../vendor/highlight/languages/fortran.js"),
    extension: "f90",
    also: "f90 f95",
  },
  fsharp: {
    load: () => import("../../vendor/highlight/languages/fsharp.js"),
    extension: "fs",
    also: "fs f#",
  },
  go: {
    load: () => import("../../vendor/highlight/languages/go.js"),
    extension: "go",
    also: "golang",
  },
  graphql: {
    load: () => import("../../vendor/highlight/languages/graphql.js"),
    extension: "graphql",
    also: "gql",
  },
  groovy: {
    load: () => import("../../vendor/highlight/languages/groovy.js"),
    extension: "groovy",
    also: "gradle",
  },
  haskell: {
    load: () => import("../../vendor/highlight/languages/haskell.js"),
    extension: "hs",
    also: "hs",
  },
  http: {
    load: () => import("../../vendor/highlight/languages/http.js"),
    extension: "http",
    also: "https",
  },
  ini: {
    load: () => import("../../vendor/highlight/languages/ini.js"),
    extension: "ini",
    also: "toml env properties",
  },
  java: {
    load: () => import("../../vendor/highlight/languages/java.js"),
    extension: "java",
    also: "jsp",
  },
  javascript: {
    load: () => import("../../vendor/highlight/languages/javascript.js"),
    extension: "js",
    also: "js jsx mjs cjs",
    holds: "css graphql xml",
  },
  json: {
    load: () => import("../../vendor/highlight/languages/json.js"),
    extension: "json",
    also: "jsonc json5 jsonl",
  },
  julia: {
    load: () => import("../../vendor/highlight/languages/julia.js"),
    extension: "jl",
    also: "jl",
  },
  kotlin: {
    load: () => import("../../vendor/highlight/languages/kotlin.js"),
    extension: "kt",
    also: "kt kts",
  },
  latex: {
    load: () => import("../../vendor/highlight/languages/latex.js"),
    extension: "tex",
    also: "tex",
  },
  less: { load: () => import("../../vendor/highlight/languages/less.js"), extension: "less" },
  lisp: {
    load: () => import("../../vendor/highlight/languages/lisp.js"),
    extension: "lisp",
    also: "elisp scheme",
  },
  lua: { load: () => import("../../vendor/highlight/languages/lua.js"), extension: "lua" },
  makefile: {
    load: () => import("../../vendor/highlight/languages/makefile.js"),
    extension: "mk",
    also: "make mak mk",
  },
  markdown: {
    load: () => import("../../vendor/highlight/languages/markdown.js"),
    extension: "md",
    also: "md mkd",
    holds: "xml",
  },
  matlab: {
    load: () => import("../../vendor/highlight/languages/matlab.js"),
    extension: "m",
    also: "octave",
  },
  nginx: {
    load: () => import("../../vendor/highlight/languages/nginx.js"),
    extension: "conf",
    also: "nginxconf",
  },
  nix: {
    load: () => import("../../vendor/highlight/languages/nix.js"),
    extension: "nix",
    also: "nixos",
  },
  objectivec: {
    load: () => import("../../vendor/highlight/languages/objectivec.js"),
    extension: "m",
    also: "objc obj-c objective-c mm",
  },
  ocaml: {
    load: () => import("../../vendor/highlight/languages/ocaml.js"),
    extension: "ml",
    also: "ml",
  },
  perl: {
    load: () => import("../../vendor/highlight/languages/perl.js"),
    extension: "pl",
    also: "pl pm",
  },
  php: { load: () => import("../../vendor/highlight/languages/php.js"), extension: "php" },
  powershell: {
    load: () => import("../../vendor/highlight/languages/powershell.js"),
    extension: "ps1",
    also: "pwsh ps ps1",
  },
  protobuf: {
    load: () => import("../../vendor/highlight/languages/protobuf.js"),
    extension: "proto",
    also: "proto",
  },
  python: {
    load: () => import("../../vendor/highlight/languages/python.js"),
    extension: "py",
    also: "py gyp ipython python3",
  },
  "python-repl": {
    load: () => import("../../vendor/highlight/languages/python-repl.js"),
    extension: "txt",
    also: "pycon",
    holds: "python",
  },
  r: { load: () => import("../../vendor/highlight/languages/r.js"), extension: "r" },
  ruby: {
    load: () => import("../../vendor/highlight/languages/ruby.js"),
    extension: "rb",
    also: "rb gemspec irb",
  },
  rust: {
    load: () => import("../../vendor/highlight/languages/rust.js"),
    extension: "rs",
    also: "rs",
  },
  scala: { load: () => import("../../vendor/highlight/languages/scala.js"), extension: "scala" },
  scss: {
    load: () => import("../../vendor/highlight/languages/scss.js"),
    extension: "scss",
    also: "sass",
  },
  shell: {
    load: () => import("../../vendor/highlight/languages/shell.js"),
    extension: "txt",
    also: "console shellsession",
    holds: "bash",
  },
  sql: {
    load: () => import("../../vendor/highlight/languages/sql.js"),
    extension: "sql",
    also: "mysql postgresql postgres sqlite plsql",
  },
  swift: { load: () => import("../../vendor/highlight/languages/swift.js"), extension: "swift" },
  typescript: {
    load: () => import("../../vendor/highlight/languages/typescript.js"),
    extension: "ts",
    also: "ts tsx mts cts",
    holds: "css graphql xml",
  },
  vbnet: {
    load: () => import("../../vendor/highlight/languages/vbnet.js"),
    extension: "vb",
    also: "vb",
  },
  verilog: {
    load: () => import("../../vendor/highlight/languages/verilog.js"),
    extension: "v",
    also: "v sv svh",
  },
  vim: { load: () => import("../../vendor/highlight/languages/vim.js"), extension: "vim" },
  wasm: {
    load: () => import("../../vendor/highlight/languages/wasm.js"),
    extension: "wat",
    also: "wat",
  },
  x86asm: {
    load: () => import("../../vendor/highlight/languages/x86asm.js"),
    extension: "asm",
    also: "asm nasm",
  },
  xml: {
    load: () => import("../../vendor/highlight/languages/xml.js"),
    extension: "xml",
    also: "html xhtml svg rss atom xsd xsl plist vue svelte",
    holds: "css javascript",
  },
  yaml: {
    load: () => import("../../vendor/highlight/languages/yaml.js"),
    extension: "yml",
    also: "yml",
  },
};

const names = new Map(Object.keys(LANGUAGES).map((name) => [name, name]));
for (const [name, { also = "" }] of Object.entries(LANGUAGES)) {
  for (const other of also.split(" ").filter(Boolean)) names.set(other, name);
}

/** The name in LANGUAGES of what someone called `language`; undefined if it is not there. */
export function nameOf(language) {
  return names.get(language.toLowerCase());
}

/** The extension, without a dot, of a file in that language. */
export function extensionOf(language) {
  return LANGUAGES[nameOf(language)]?.extension ?? "txt";
}
