/**
 * Completes package-lock.json after `npm install` behind a registry mirror that does not serve packages for other
 * platforms: `npm ci` refuses a lock that lacks an optional package which one of its packages names, though it would never
 * install it here. Each gets an entry with its version and the platform that its name tells. Run by hand when
 * dependencies change: `npm install && node scripts/complete-lock.mjs`.
 */
import { readFileSync, writeFileSync } from "node:fs";

const OS = [
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "aix",
  "win32",
  "windows",
];
const CPU = ["arm64", "arm", "x64", "ia32", "ppc64", "riscv64", "s390x", "loong64", "mips64el", "wasm32"];
const names = { windows: "win32", x86_64: "x64" };

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
let added = 0;
for (const [place, holder] of Object.entries(lock.packages)) {
  // Beside its holder: elsewhere another version may stand.
  const folder = place.slice(0, Math.max(0, place.lastIndexOf("node_modules/")));
  for (const [name, version] of Object.entries(holder.optionalDependencies ?? {})) {
    const key = `${folder}node_modules/${name}`;
    if (lock.packages[key] !== undefined) continue;
    const words = name.split(/[/_-]/).map((word) => names[word] ?? word);
    const os = OS.filter((each) => words.includes(each));
    const cpu = CPU.filter((each) => words.includes(each));
    if (os.length === 0 && cpu.length === 0) continue;
    lock.packages[key] = {
      version,
      ...(cpu.length > 0 ? { cpu } : {}),
      ...(holder.dev ? { dev: true } : {}),
      ...(words.includes("musl") ? { libc: ["musl"] } : {}),
      optional: true,
      ...(os.length > 0 ? { os } : {}),
    };
    added++;
  }
}
const root = lock.packages[""];
const others = Object.keys(lock.packages)
  .filter((key) => key !== "")
  .sort();
lock.packages = { "": root, ...Object.fromEntries(others.map((key) => [key, lock.packages[key]])) };
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} entries added\n`);
