#!/usr/bin/env node
"use strict";
const { join } = require("node:path");
require("./code-cache.cjs").install(join(__dirname, "../dist"));
if (!require("../dist/start.cjs").answered(process.argv.slice(2))) require("../dist/cli.cjs");
