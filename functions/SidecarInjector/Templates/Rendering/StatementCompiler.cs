using System.Diagnostics;
using System.Linq.Expressions;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;
using HandlebarsDotNet.Features;
using HandlebarsDotNet.Helpers;
using HandlebarsDotNet.PathStructure;
using SidecarInjector.Templates.Functions;

namespace SidecarInjector.Templates.Rendering;

/// <summary>
/// Takes the place of Handlebars.Net's compiler of expressions: what comes out of a template is a <see cref="Statement"/>. The library compiles a template's
/// blocks from the inside to the outside and passes each on as a delegate; ours are only handles that lead to the statement.
/// </summary>
internal sealed class StatementCompiler : IExpressionCompiler, IFeatureFactory, IFeature
{
    private readonly Lock compiling = new();
    private readonly StatementBuilder builder;
    private readonly IHandlebars library;
    private Statement latest = StatementList.Empty;

    /// <param name="parts">What templates may include, by name; parts that come later can be included from then on.</param>
    public StatementCompiler(IReadOnlyDictionary<string, Statement> parts)
    {
        builder = new StatementBuilder(parts);
        var configuration = new HandlebarsConfiguration();
        configuration.CompileTimeConfiguration.Features.Add(this);
        foreach (var name in TemplateFunctions.All.Names.Append(MarkStatement.Name))
            configuration.Helpers.AddOrReplace(name, new FunctionName(name));
        library = Handlebars.Create(configuration);
    }

    /// <exception cref="HandlebarsException">The text is not a template.</exception>
    public Statement Compile(string text)
    {
        lock (compiling)
        {
            latest = StatementList.Empty;
            using var reader = new StringReader(text);
            library.Compile(reader);
            return latest;
        }
    }

    /// <summary>The statement behind a delegate that was passed on. The library has a delegate of its own for empty blocks.</summary>
    public static Statement BuiltFor(TemplateDelegate body) => body.Target is Handle handle ? handle.Statement : StatementList.Empty;

    T IExpressionCompiler.Compile<T>(Expression<T> expression)
    {
        latest = builder.Build(expression.Body);
        return (T)(Delegate)new TemplateDelegate(new Handle(latest).Run);
    }

    IFeature IFeatureFactory.CreateFeature() => this;

    void IFeature.OnCompiling(ICompiledHandlebarsConfiguration configuration) => configuration.ExpressionCompiler = this;

    void IFeature.CompilationCompleted()
    {
    }

    /// <summary>Tells the library that a name is a function's; the call is ours.</summary>
    private sealed class FunctionName(string name) : IHelperDescriptor<HelperOptions>
    {
        public PathInfo Name { get; } = PathInfo.Parse(name);

        public object Invoke(in HelperOptions options, in Context context, in Arguments arguments) => throw new UnreachableException();

        public void Invoke(in EncodedTextWriter output, in HelperOptions options, in Context context, in Arguments arguments) => throw new UnreachableException();
    }

    private sealed record Handle(Statement Statement)
    {
        public void Run(EncodedTextWriter writer, BindingContext context) => throw new UnreachableException($"{Statement} is not written by the library");
    }
}
