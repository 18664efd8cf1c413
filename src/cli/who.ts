/** Who is at the keyboard, for the records: git's user where there is one, else the system's. */
import { spawnSync } from "node:child_process";
import { userInfo } from "node:os";

/** Set where a conversational operator runs the command: what it decides is not taken for a person's own word. */
export const BY_OPERATOR = "CODEX_BY_OPERATOR";

/** @param root the workspace, whose own git settings count first. */
export function whoIsThere(root: string): string {
  const name = userOf(root);
  return process.env[BY_OPERATOR] === undefined ? name : `${name}, by a conversational operator`;
}

function userOf(root: string): string {
  const { stdout, status } = spawnSync("git", ["config", "user.name"], { cwd: root, encoding: "utf8" });
  const name = status === 0 ? stdout.trim() : "";
  if (name !== "") return name;
  try {
    return userInfo().username;
  } catch {
    // In a container a user may have a number and no name.
    return `uid ${process.getuid?.()}`;
  }
}
