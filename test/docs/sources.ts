/** What the sources declare, read from their syntax: keys that the documentation must list. */
import ts from "typescript";

const parse = (text: string): ts.SourceFile => ts.createSourceFile("source.ts", text, ts.ScriptTarget.ES2023, true);

function find<T extends ts.Node>(node: ts.Node, fits: (node: ts.Node) => node is T): T | undefined {
  if (fits(node)) return node;
  return ts.forEachChild(node, (child) => find(child, fits));
}

/** The keys of a zod object held by the constant `name`, those of objects inside it as `outer.inner`. */
export function keysOfSchema(text: string, name: string): string[] {
  const declaration = find(
    parse(text),
    (node): node is ts.VariableDeclaration => ts.isVariableDeclaration(node) && node.name.getText() === name,
  );
  if (declaration?.initializer === undefined) throw new Error(`there is no ${name}`);
  return keysIn(declaration.initializer, "");
}

const isObjectSchema = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) && /^z\s*\.(strictObject|looseObject|object)$/.test(node.expression.getText());

function keysIn(schema: ts.Node, prefix: string): string[] {
  const call = find(schema, isObjectSchema);
  const shape = call?.arguments[0];
  if (shape === undefined || !ts.isObjectLiteralExpression(shape))
    throw new Error(`no object schema in ${schema.getText()}`);
  return shape.properties.flatMap((property) => {
    if (!ts.isPropertyAssignment(property)) throw new Error(`not a plain key: ${property.getText()}`);
    const key = `${prefix}${property.name.getText()}`;
    // A loose object only says what something must look like (a collection, say); a strict one has keys of its own.
    const inner = find(property.initializer, isObjectSchema);
    return inner?.expression.getText().endsWith("strictObject") ? [key, ...keysIn(inner, `${key}.`)] : [key];
  });
}

/** The members of an interface. */
export function keysOfInterface(text: string, name: string): string[] {
  const found = find(
    parse(text),
    (node): node is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(node) && node.name.text === name,
  );
  if (found === undefined) throw new Error(`there is no interface ${name}`);
  return found.members.map((member) => member.name!.getText());
}

/** The alternatives of a union of object types, by their `type`, each with its other keys. */
export function keysOfUnion(text: string, name: string): Map<string, string[]> {
  const found = find(
    parse(text),
    (node): node is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(node) && node.name.text === name,
  );
  if (found === undefined || !ts.isUnionTypeNode(found.type)) throw new Error(`there is no union ${name}`);
  return new Map(
    found.type.types.map((alternative) => {
      if (!ts.isTypeLiteralNode(alternative)) throw new Error(`no object type: ${alternative.getText()}`);
      const members = alternative.members.filter(ts.isPropertySignature);
      const kind = members.find((member) => member.name.getText() === "type")?.type?.getText();
      if (kind === undefined) throw new Error(`it has no type: ${alternative.getText()}`);
      return [JSON.parse(kind), members.map((member) => member.name.getText()).filter((key) => key !== "type")];
    }),
  );
}

/** The names that a module exports from others. */
export function exportsOf(text: string): string[] {
  return parse(text).statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) &&
    statement.exportClause !== undefined &&
    ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map((element) => element.name.text)
      : [],
  );
}
