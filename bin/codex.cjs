#!/usr/bin/env node
"use strict";
const { join } = require("node:path");
require("./code-cache.cjs").install(join(__dirname, "../dist"));
if (!require("../dist/start.cjs").answered(process.argv.slice(2))) {
  // What a command reads it mostly keeps: a larger nursery would take memory (a fifth at 10,000 targets), and save no time.
  require("node:v8").setFlagsFromString("--semi-space-growth-factor=1");
  require("../dist/cli.cjs");
}
