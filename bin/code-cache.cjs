"use strict";
/**
 * Loads the bundle's files with the code that V8 made of them when Codex was built (scripts/code-cache.cjs): compiling
 * them costs more than running them. V8 refuses code of another version of itself; then the file is compiled as always.
 */
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname } = require("node:path");
const vm = require("node:vm");

/**
 * @param {string} folder the bundle's folder; files elsewhere are loaded as always.
 * @param {(file: string, script: vm.Script) => void} [compiled] told of every file that is loaded so.
 */
exports.install = (folder, compiled) => {
  const plain = Module.prototype._compile;
  Module.prototype._compile = function compile(content, filename, ...more) {
    if (dirname(filename) !== folder) return plain.call(this, content, filename, ...more);
    const script = new vm.Script(Module.wrap(content), {
      filename,
      cachedData: compiled === undefined ? cacheOf(filename) : undefined,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    compiled?.(filename, script);
    const require = (id) => this.require(id);
    require.resolve = (id) => Module._resolveFilename(id, this);
    require.main = process.mainModule;
    return script.runInThisContext().call(this.exports, this.exports, require, this, filename, folder);
  };
};

function cacheOf(filename) {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
}
