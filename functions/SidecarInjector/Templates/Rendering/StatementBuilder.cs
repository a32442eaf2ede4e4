using System.Linq.Expressions;
using System.Reflection;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;
using HandlebarsDotNet.PathStructure;
using SidecarInjector.Templates.Functions;

namespace SidecarInjector.Templates.Rendering;

/// <summary>
/// Makes statements of the expression tree that Handlebars.Net binds a template to. That tree is a small language of its own: calls that write text or an
/// object, resolve a path, call a helper, iterate, include a part; conditions; and blocks of those. Why it is not compiled as the library does:
/// docs/decisions/0009.
/// </summary>
internal sealed class StatementBuilder(IReadOnlyDictionary<string, Statement> parts)
{
    /// <exception cref="NotSupportedException">The tree holds what no template may hold.</exception>
    public Statement Build(Expression node) => node switch
    {
        BlockExpression { Variables.Count: > 0 } raw => BuildRaw(raw),
        BlockExpression block => List(block.Expressions),
        ConditionalExpression condition => BuildConditional(condition),
        MethodCallExpression call => BuildCall(call),
        DefaultExpression => StatementList.Empty,
        _ => new ValueStatement(Written(node)),
    };

    private Statement List(IReadOnlyList<Expression> nodes) => nodes is [var only] ? Build(only) : new StatementList([.. nodes.Select(Build)]);

    /// <summary>The library switches its encoding off, writes, and switches it on again.</summary>
    private RawStatement BuildRaw(BlockExpression block) => new(Written(block.Expressions.First(e => e.NodeType != ExpressionType.Assign)));

    private ConditionalStatement BuildConditional(ConditionalExpression node)
    {
        var (test, isNot) = node.Test is UnaryExpression { NodeType: ExpressionType.Not } not ? (not.Operand, true) : (node.Test, false);
        if (test is not MethodCallExpression { Method.Name: nameof(HandlebarsUtils.IsTruthyOrNonEmpty) } call)
            throw Unknown(test);
        var (then, otherwise) = (Build(node.IfTrue), Build(node.IfFalse));
        return isNot ? new ConditionalStatement(Value(call.Arguments[0]), otherwise, then) : new ConditionalStatement(Value(call.Arguments[0]), then, otherwise);
    }

    private Statement BuildCall(MethodCallExpression call) => (call.Method.Name, call.Arguments) switch
    {
        ("Write", [var text, _]) when Constant(text) is string content => new ContentStatement(content),
        ("Iterate", [_, _, var names, var sequence, var body, var otherwise])
            => new EachStatement(Value(sequence), Names(names), Body(body), Body(otherwise)),
        ("InvokePartialWithFallback", [var name, _, _, _, _, var indent]) => BuildPart(Constant(name) as string, Constant(indent) as string),
        ("Invoke", [_, NewExpression { Arguments: [_, var body, var otherwise, var names, _] } options, _, NewExpression { Arguments: [var value] }])
            when NameOf(options) == "#with" => new WithStatement(Value(value), Names(names), Body(body), Body(otherwise)),
        ("Invoke", [_, NewExpression options, _, NewExpression { Arguments: [var tag] }]) when NameOf(options) == MarkStatement.Name
            => new MarkStatement((int)Constant(tag)!),
        _ => new ValueStatement(Written(call)),
    };

    /// <summary>The value that a statement writes.</summary>
    private TemplateExpression Written(Expression node) => node switch
    {
        MethodCallExpression { Method.Name: "WriteObjectTo", Arguments: [_, var value] } => Value(value),
        MethodCallExpression { Method.Name: "Invoke", Arguments: [_, NewExpression options, _, NewExpression arguments] } => Named(NameOf(options), arguments),
        _ => Value(node),
    };

    private PartStatement BuildPart(string? name, string? indent)
        => new(parts.GetValueOrDefault(name?.Trim('[', ']') ?? "") ?? throw new NotSupportedException($"there is no part '{name}'"), indent ?? "");

    private TemplateExpression Value(Expression node) => node switch
    {
        UnaryExpression { NodeType: ExpressionType.Convert } conversion => Value(conversion.Operand),
        ConstantExpression constant => new Literal(constant.Value is int number ? (long)number : constant.Value),
        MethodCallExpression { Method.Name: nameof(PathResolver.ResolvePath), Arguments: [_, var path] } => Path(PathOf(path)),
        MethodCallExpression { Method.Name: "Invoke", Arguments: [NewExpression options, _, NewExpression arguments] } => Named(NameOf(options), arguments),
        MethodCallExpression { Method.Name: "Invoke", Arguments: [_, var path, _] } => Named(PathOf(path), null),
        _ => throw Unknown(node),
    };

    /// <summary>A name that stands alone may be a function's or a value's; the function comes first.</summary>
    private TemplateExpression Named(string name, NewExpression? arguments)
    {
        if (TemplateFunctions.All.Find(name) is not { } function)
            return Path(name);
        IReadOnlyList<Expression> values = arguments?.Arguments switch
        {
            null or [ConstantExpression { Value: 0 }] => [],
            [NewArrayExpression many] => many.Expressions,
            var few => few,
        };
        return new FunctionCall(function, [.. values.Select(Value)]);
    }

    private static TemplateExpression Path(string text) => text == "null" ? new Literal(null) : TemplatePath.Parse(text);

    private static string NameOf(NewExpression options) => PathOf(options.Arguments[0]);

    private static string PathOf(Expression node) => (Constant(node) as PathInfo)?.Path ?? throw Unknown(node);

    private static string[] Names(Expression node) => Constant(node) is ChainSegment[] names ? [.. names.Select(n => n.TrimmedValue)] : throw Unknown(node);

    /// <summary>The body of a block, which was built before the block.</summary>
    private static Statement Body(Expression node) => Constant(node) is TemplateDelegate body ? StatementCompiler.BuiltFor(body) : throw Unknown(node);

    /// <summary>The value of a constant, or of a field of one: the library's lambdas close over what they need.</summary>
    private static object? Constant(Expression node) => node switch
    {
        ConstantExpression constant => constant.Value,
        UnaryExpression { NodeType: ExpressionType.Convert } conversion => Constant(conversion.Operand),
        MemberExpression { Member: FieldInfo field, Expression: { } owner } => field.GetValue(Constant(owner)),
        _ => throw Unknown(node),
    };

    private static NotSupportedException Unknown(Expression node) => new($"templates cannot hold {node}");
}
