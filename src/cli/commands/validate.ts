export interface ValidateFlags { readonly advisory?: boolean; readonly format: string }
export async function validateCommand(_t: unknown, _p: readonly string[], _f: ValidateFlags): Promise<number> { return 0; }
