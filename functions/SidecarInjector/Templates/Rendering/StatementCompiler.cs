using System.Diagnostics;
using System.Linq.Expressions;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;
using HandlebarsDotNet.Features;

namespace SidecarInjector.Templates.Rendering;

/// <summary>
/// Takes the place of Handlebars.Net's compiler of expressions: what comes out of a template is a <see cref="Statement"/>. The library compiles a template's
/// blocks from the inside to the outside and passes each on as a delegate; ours are only handles that lead to the statement. Not for several threads.
/// </summary>
internal sealed class StatementCompiler : IExpressionCompiler, IFeatureFactory, IFeature
{
    private readonly StatementBuilder builder;
    private Statement latest = StatementList.Empty;

    public StatementCompiler(IReadOnlyDictionary<string, Statement> parts) => builder = new StatementBuilder(parts);

    /// <summary>The statement of the text that has just been compiled with a library that this is a feature of.</summary>
    public Statement Take()
    {
        var taken = latest;
        latest = StatementList.Empty;
        return taken;
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

    private sealed record Handle(Statement Statement)
    {
        public void Run(EncodedTextWriter writer, BindingContext context) => throw new UnreachableException($"{Statement} is not written by the library");
    }
}
