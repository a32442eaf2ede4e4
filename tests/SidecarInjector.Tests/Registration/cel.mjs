// Evaluates expressions of CEL with @bufbuild/cel, whose folder the variable CEL names. Standard input: [{object, variables: [[name, expression]], expressions: [text]}].
// Standard output: for each case the values of its expressions; what cannot be evaluated is {"error": text}.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { run } = createRequire(process.env.CEL + "/package.json")("@bufbuild/cel");

function evaluate(expression, bindings) {
  const value = run(expression, bindings);
  if (value instanceof Error) throw value;
  return value;
}

function results({ object, variables, expressions }) {
  const bindings = { object, variables: {} };
  try {
    for (const [name, expression] of variables) bindings.variables[name] = evaluate(expression, bindings);
    return expressions.map((e) => evaluate(e, bindings));
  } catch (e) {
    return expressions.map(() => ({ error: String(e) }));
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(results)));
