// @ts-check
/**
 * ESLint rule: a function has at most `max` lines of its own. The lines of the functions inside it
 * are theirs: a factory that returns an object of small functions is as long as its own part.
 * Blank lines and comments do not count.
 */

/** @type {import('eslint').Rule.RuleModule} */
export const ownLines = {
  meta: {
    type: 'suggestion',
    schema: [{ type: 'integer', minimum: 1 }],
    messages: { long: '{{lines}} lines of its own, at most {{max}}.' },
  },
  create(context) {
    const max = context.options[0];
    /** Lines with code on them, of each function under way. @type {Set<number>[]} */
    const open = [];
    const source = context.sourceCode;

    const enter = () => void open.push(new Set());
    /** @param {any} node */
    const leave = (node) => {
      const nested = open.pop();
      const lines = new Set(source.getTokens(node).map((token) => token.loc.start.line));
      for (const line of nested ?? []) lines.delete(line);
      if (lines.size > max) context.report({ node, loc: node.loc.start, messageId: 'long', data: { lines: String(lines.size), max } });
      const outer = open.at(-1);
      for (let line = node.loc.start.line + 1; line <= node.loc.end.line; line++) outer?.add(line);
    };
    return {
      FunctionDeclaration: enter,
      FunctionExpression: enter,
      ArrowFunctionExpression: enter,
      'FunctionDeclaration:exit': leave,
      'FunctionExpression:exit': leave,
      'ArrowFunctionExpression:exit': leave,
    };
  },
};
