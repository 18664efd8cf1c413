/** What was staged, with other texts for some of the outputs: an edit merged in, or a conflict that a person resolved. */
import { digestOf } from "../artifact/digest.ts";
import { digestFragment, readFragment, replaceFragment } from "../artifact/fragment.ts";
import { formatRef, parseRef } from "../artifact/ref.ts";
import { decodeUtf8, encodeUtf8 } from "../artifact/utf8.ts";
import type { Fault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import type { Staged } from "./stage.ts";

/**
 * @param texts new texts by reference, of outputs and amended files that were staged.
 * @returns a fault where a text would not be read back as its fragment.
 */
export function replaceTexts(staged: Staged, texts: ReadonlyMap<string, string>): Result<Staged, Fault> {
  const files = new Map(staged.files);
  const outputs = { ...staged.outputs };
  const all = new Map(staged.texts);
  const amended = new Map(staged.amended);
  for (const [name, text] of texts) {
    const ref = parseRef(name);
    if (!ref.ok) return ref;
    const { path, fragment } = ref.value;
    if (fragment === undefined) {
      const bytes = encodeUtf8(text);
      files.set(path, bytes);
      all.set(name, bytes);
      if (name in outputs) outputs[name] = digestOf(bytes);
      if (amended.has(path)) amended.set(path, bytes);
      continue;
    }
    const whole = decodeUtf8(files.get(path) ?? new Uint8Array());
    if (!whole.ok) return err({ ...whole.error, where: path });
    const replaced = replaceFragment(whole.value, fragment, text);
    if (!replaced.ok) return err({ ...replaced.error, where: formatRef(ref.value) });
    const [own, digest] = [readFragment(replaced.value, fragment), digestFragment(replaced.value, fragment)];
    if (!own.ok) return own;
    if (!digest.ok) return digest;
    files.set(path, encodeUtf8(replaced.value));
    outputs[name] = digest.value;
    all.set(name, encodeUtf8(own.value ?? ""));
  }
  return ok({ ...staged, files, outputs, texts: all, amended });
}
